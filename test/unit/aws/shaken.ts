import { rolldown } from "rolldown";
import { inlineText } from "../../../infra/checks/inline-text.ts";

/** What of the code of a function leads to calls of AWS, after all is left out that it cannot reach. */
export interface Code {
  /** `ecr PutImageCommand`: commands, paginators and waiters of the SDK's clients. */
  readonly calls: readonly string[];
  /** Whether a method of that name is called somewhere. */
  hasCall(method: string): boolean;
  /** Whether a transaction has a step of that kind. */
  hasStep(kind: string): boolean;
  /** Names in quotes that begin like this. */
  names(start: string): readonly string[];
}

/** Bundles an entry as it is bundled to be deployed, but for what comes from packages, and reads the bundle. */
export async function shaken(root: string, entry: string): Promise<Code> {
  const build = await rolldown({
    cwd: root,
    input: { index: entry },
    platform: "node",
    treeshake: { moduleSideEffects: false },
    external: (id) => /^[@a-z]/.test(id) && !id.startsWith("functions/"),
    plugins: [inlineText()],
  });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  return readCode(output.map((part) => (part.type === "chunk" ? part.code : "")).join("\n"));
}

// The bundler prints every import and every declaration in one way.
const AT_ONCE = /^import \{([^}]*)\} from "@aws-sdk\/client-([a-z0-9-]+)";$/gm;
const LATER = /\{([^{}]*)\} = await import\("@aws-sdk\/client-([a-z0-9-]+)"\)/g;
const ANYHOW = /"@aws-sdk\/client-[a-z0-9-]+"/g;

/** @throws where an SDK's client is taken as a whole, so that nobody can tell what is called */
export function readCode(code: string): Code {
  const imports = [...code.matchAll(AT_ONCE), ...code.matchAll(LATER)];
  if (imports.length !== [...code.matchAll(ANYHOW)].length) throw new Error("a client of AWS is taken as a whole: name what is used of it");
  return {
    calls: imports.flatMap(([, names = "", client = ""]) => namesIn(names).map((name) => `${client} ${name}`)),
    hasCall: (method) => new RegExp(`\\.${method}(\\?\\.)?\\(`).test(code),
    hasStep: (kind) => new RegExp(`\\b${kind}: \\{\\s*TableName`).test(code),
    names: (start) => [...code.matchAll(new RegExp(`"(${start}[A-Z_]+)"`, "g"))].map(([, name = ""]) => name),
  };
}

function namesIn(specifiers: string): readonly string[] {
  return specifiers
    .split(",")
    .map((specifier) => specifier.trim().split(/ as |:/)[0] ?? "")
    .filter((name) => /Command$|^paginate|^waitUntil/.test(name));
}
