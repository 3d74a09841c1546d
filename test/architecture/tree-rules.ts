import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Rule } from "./rules.ts";

const TOP_LEVEL = [
  ".ci",
  ".github",
  ".gitignore",
  ".npmrc",
  "LICENSE",
  "README.md",
  "functions",
  "infra",
  "package-lock.json",
  "package.json",
  "serverless.yml",
  "shared",
  "test",
  "tsconfig.json",
];

const topLevelIsTheLayout: Rule = (tree) => {
  const entries = new Set(tree.paths.map((path) => path.split("/")[0] ?? ""));
  return [...entries].filter((entry) => !TOP_LEVEL.includes(entry)).map((entry) => `${entry}:1: not in the layout of the tree`);
};

const DRAWERS = /(^|-)(utils?|helpers?|common|managers?|processors?|base|misc|data)(-|$)/;
const PLUG_FACE = /^shared\/(providers|signatures|scanners|sinks|stores|usage)\/[^/]+\/index\.ts$/;

const filesAreNamedPlainly: Rule = (tree) =>
  tree.paths
    .filter((path) => /^(functions|shared|test|infra)\/.*\.ts$/.test(path))
    .flatMap((path) => {
      const names = path.replace(/(\.(test|contract|config|d))?\.ts$/, "").split("/");
      if (!names.every((name) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))) return [`${path}:1: names are kebab-case`];
      if (names.some((name) => DRAWERS.test(name))) return [`${path}:1: says nothing of what is in it`];
      return names.at(-1) === "index" && !PLUG_FACE.test(path) ? [`${path}:1: only a plug has an index.ts`] : [];
    });

interface Forbidden {
  readonly pattern: RegExp;
  readonly what: string;
  /** Where it may stand. */
  readonly except: RegExp;
}

// Written in parts, so that this file does not break its own rule.
const words = (...parts: readonly string[]): string => parts.join("");
const NOWHERE = /^$/;

const FORBIDDEN: readonly Forbidden[] = [
  { pattern: new RegExp(words("(^|[^a-z.])/", "(work|root)/"), "i"), what: "a path of one machine", except: NOWHERE },
  {
    pattern: new RegExp(words("shared/", "(corpus|peers|reference|hooks)\\b")),
    what: "a folder beside the repository",
    except: /^(\.ci\/|package\.json$|test\/(interop|corpus|fault)\/)/,
  },
  { pattern: new RegExp(words("\\bissue", " #?\\d+"), "i"), what: "a number of a tracker", except: NOWHERE },
  {
    pattern: new RegExp(words("registry\\.npm", "js|registry\\.yarn", "pkg|proxy\\.go", "lang|files\\.python", "hosted"), "i"),
    what: "the host of a package registry",
    except: NOWHERE,
  },
  { pattern: new RegExp(words("\\b(TO", "DO|FIX", "ME|XX", "X)\\b")), what: "something left undone", except: NOWHERE },
  {
    pattern: new RegExp(words("co-authored", "-by|generated (with|by) ", "(an?|the) (agent|assistant|model)"), "i"),
    what: "a word on how it was written",
    except: NOWHERE,
  },
];

const BINARY = /\.(png|ico|gz|tgz|woff2?|bin)$/;

const theProductSpeaksOfItselfAlone: Rule = (tree) =>
  tree.paths
    .filter((path) => !BINARY.test(path) && path !== "package-lock.json")
    .flatMap((path) =>
      readFileSync(join(tree.root, path), "utf8")
        .split("\n")
        .flatMap((text, index) => wordsIn(path, text, index + 1)),
    );

function wordsIn(path: string, text: string, line: number): readonly string[] {
  return FORBIDDEN.filter(({ pattern, except }) => pattern.test(text) && !except.test(path)).map(({ what }) => `${path}:${line}: ${what}`);
}

const lockFileNamesNoHost: Rule = (tree) =>
  tree.paths.includes("package-lock.json") && readFileSync(join(tree.root, "package-lock.json"), "utf8").includes('"resolved": "http')
    ? ["package-lock.json:1: names the host of a package registry; write it again with omit-lockfile-registry-resolved=true"]
    : [];

export const treeRules = {
  topLevelIsTheLayout,
  filesAreNamedPlainly,
  theProductSpeaksOfItselfAlone,
  lockFileNamesNoHost,
} as const satisfies Readonly<Record<string, Rule>>;
