import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { inlineText } from "../checks/inline-text.ts";
import { thirdPartyLicences } from "../checks/third-party-licences.ts";
import { atOnce } from "./at-once.ts";
import { withoutDescriptions } from "./no-descriptions.ts";
import { whenCalled } from "./when-called.ts";

/** The functions: each is `functions/aws/NAME.ts`, and becomes a folder of its own. */
export const FUNCTIONS = ["on-registry-event", "on-webhook", "on-schedule", "forward-audit", "admit", "canary"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
/** Those that judge and act: they hold the whole engine, of which an event needs a part. */
const JUDGING: readonly FunctionName[] = ["on-registry-event", "on-webhook", "on-schedule"];

export interface BundledPart {
  readonly file: string;
  readonly bytes: number;
  /** Paths of what it is made of. */
  readonly modules: readonly string[];
  /** Parts that are loaded with it, and those that may be loaded later. */
  readonly imports: readonly string[];
  readonly dynamicImports: readonly string[];
}

export interface Places {
  /** A folder for each function is made in it. */
  readonly code: string;
  /** Maps lie apart: they are three times the code, and nobody but a person reads them. */
  readonly maps: string;
}

/** Bundles one function: `index.cjs`, its parts, and the licences of all that is in them. The same sources give the same bytes. */
export async function bundleFunction(name: FunctionName, folder: string, places: Places): Promise<readonly BundledPart[]> {
  // Modules are known by their paths: a slash at its end would make others of them.
  const root = resolve(folder);
  const loaded = atOnce();
  const build = await rolldown({
    cwd: root,
    input: { index: `functions/aws/${name}.ts` },
    platform: "node",
    // The clients' CommonJS form brings each of their calls along; of the other only what is used.
    resolve: { mainFields: ["module", "main"], alias: { yaml: join(root, "node_modules/yaml/browser/dist/index.js") } },
    // No module of ours does anything when it is only loaded: what nobody uses is left out whole.
    treeshake: { moduleSideEffects: [{ test: /\/(?:shared|functions)\//, sideEffects: false }] },
    plugins: [
      inlineText(),
      ...(JUDGING.includes(name) ? [whenCalled(root)] : []),
      withoutDescriptions(),
      loaded.plugin,
      functionCredentials(),
      functionStores(),
      thirdPartyLicences("THIRD-PARTY-LICENSES.txt"),
      mapsApart(join(places.maps, name)),
    ],
  });
  const { output } = await build.write({
    dir: join(places.code, name),
    // Parts are loaded by `require` (when-called.ts), and Lambda has Node refuse ES modules there.
    format: "cjs",
    cleanDir: true,
    minify: true,
    sourcemap: "hidden",
    entryFileNames: "index.cjs",
    chunkFileNames: "parts/[name]-[hash].cjs",
    codeSplitting: { groups: [{ name: "at-once", test: loaded.holds }] },
  });
  await build.close();
  return output.filter((part) => part.type === "chunk").map((part) => describe(part, root));
}

function describe({ fileName, code, moduleIds, imports, dynamicImports }: OutputChunk, root: string): BundledPart {
  const files = moduleIds.filter((id) => !id.startsWith("\0"));
  const modules = files.map((id) => id.replace(/^.*?(?=node_modules\/)/, "").replace(`${root}/`, ""));
  return { file: fileName, bytes: Buffer.byteLength(code), modules, imports, dynamicImports };
}

const OF_THE_ENVIRONMENT = `import { fromEnv } from "@aws-sdk/credential-provider-env";
export const defaultProvider = () => fromEnv();`;

/**
 * Lambda puts the credentials of a function's role into its environment. The other places where the clients look for credentials bring the clients of five
 * services along, and are for machines.
 */
function functionCredentials(): Plugin {
  return {
    name: "function-credentials",
    load: {
      filter: { id: /node_modules\/@aws-sdk\/credential-provider-node\/.*index\.js$/ },
      handler: () => ({ code: OF_THE_ENVIRONMENT, moduleSideEffects: false }),
    },
  };
}

/** Functions keep nothing in a file. */
function functionStores(): Plugin {
  return {
    name: "function-stores",
    transform: {
      filter: { id: /\/shared\/stores\/table\.ts$/ },
      handler(code) {
        const without = code.replace(/^\s*sqlite: .*\n/m, "");
        if (without === code) throw new Error("the table of stores names no sqlite store: the bundles need not leave it out any more");
        return { code: without, map: null };
      },
    },
  };
}

/** Takes the maps out of the folder that is deployed. */
function mapsApart(folder: string): Plugin {
  return {
    name: "maps-apart",
    generateBundle(_options, bundle) {
      for (const [name, part] of Object.entries(bundle)) {
        if (part.type !== "asset" || !name.endsWith(".map")) continue;
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), part.source);
        delete bundle[name];
      }
    },
  };
}
