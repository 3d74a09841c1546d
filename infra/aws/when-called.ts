import { readFileSync } from "node:fs";
import type { Plugin } from "rolldown";

/**
 * Modules of ours that an ordinary event does not need: of each, a function loads a part of its own when one of the module's functions is called for the first time.
 * They are called from code that waits for nothing (reading a policy is a pure function), so an `import()` there cannot do it.
 */
const WHEN_CALLED: readonly string[] = [
  // Expressions, patterns, versions, licences and what configurations say: for policies that have such rules.
  "policy/cel/compile",
  "policy/cel/pattern",
  "policy/rules/configuration-checks",
  "policy/rules/expression-values",
  "policy/rules/semantic-versions",
  "policy/rules/version-numbers",
  "policy/rules/spdx",
  "policy/findings/purl",
  // Node's TLS, which the client of the table loads, too: with the first request.
  "runtime/exchange",
  // Reports in XML, and those that are longer than what is held as a whole.
  "runtime/xml",
  "runtime/json-pruned",
  // Kinds of key and signature that few images have.
  "signatures/cosign/keyless",
  "signatures/cosign/verify-bundle",
  "signatures/cosign/verify-envelope",
  "signatures/cosign/verify-payload",
  "signatures/ed25519ph",
  "signatures/notation/judge",
  "signatures/notation/trust-stores",
  "signatures/notation/verify",
  "signatures/binauthz/judge",
  "signatures/binauthz/pgp-key",
  "signatures/binauthz/exported",
  "signatures/notation/trust-policy",
  "signatures/revocation/check",
  "signatures/revocation/fetch",
  "signatures/publish/publisher",
  "signatures/publish/key-file",
  "compose/attestor-files",
  "signatures/sigstore/root",
  "trust-roots/update",
  "trust-roots/keep",
  // Feeds, which a schedule renews.
  "feeds/exploit-prediction",
  "feeds/feed",
  "feeds/known-exploited",
  "feeds/location",
  "feeds/osv",
  "feeds/unpack",
  // What people, schedules and changes of policy ask for, and no push.
  "policy/emergency/match",
  "policy/emergency/package",
  "policy/emergency/query",
  "policy/emergency/rule",
  "policy/simulate/report",
  "enforcement/undo",
  "pipeline/decide-run",
  "pipeline/emergency-list",
  "pipeline/emergency-report",
  "pipeline/emergency-start",
  "pipeline/follow-attestations",
  "pipeline/follow-policy",
  "pipeline/follow-threats",
  "pipeline/follow-usage",
  "pipeline/four-eyes",
  "pipeline/operate",
  "pipeline/promote",
  "pipeline/report",
  "pipeline/review",
  "pipeline/sweep",
  "pipeline/take-over",
  "pipeline/take-over-scans",
  "pipeline/take-over-status",
  "pipeline/tell-runs",
  "pipeline/undo",
  // What people and scripts see of the gate, and no registry.
  "web/admission",
  "web/api/app",
  "web/dashboard",
  "web/pages/layout",
  "web/pages/problem",
];

const STAND_IN = "\0when-called:";

/**
 * Puts in the place of each such module one that has the same functions, and loads it at the first call. `require` loads it at once, and whoever imports it shares
 * the instance. What cannot be loaded is thrown by the call, and tried again with the next.
 */
export function whenCalled(root: string, paths: readonly string[] = WHEN_CALLED): Plugin {
  const files = new Set(paths.map((path) => `${root}/shared/${path}.ts`));
  return {
    name: "when-called",
    resolveId: {
      filter: { id: /\.ts$/ },
      async handler(source, importer, options) {
        if (importer === undefined) return null;
        const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
        return resolved !== null && files.has(resolved.id)
          ? { id: STAND_IN + resolved.id.slice(0, -".ts".length), moduleSideEffects: false }
          : null;
      },
    },
    load: {
      filter: { id: new RegExp(`^${STAND_IN}`) },
      handler(id) {
        const file = `${id.slice(STAND_IN.length)}.ts`;
        const part = this.emitFile({ type: "chunk", id: file });
        return standIn(functionsOf(file), `import.meta.ROLLUP_FILE_URL_${part}`);
      },
    },
  };
}

function standIn(names: readonly string[], address: string): string {
  return [
    'import { createRequire } from "node:module";',
    'import { fileURLToPath } from "node:url";',
    "let loaded;",
    `const load = () => (loaded ??= createRequire(import.meta.url)(fileURLToPath(${address})));`,
    ...names.map((name) => `export const ${name} = (...given) => load().${name}(...given);`),
  ].join("\n");
}

/** @throws where a module has anything but functions: nothing else can wait until it is called */
function functionsOf(file: string): readonly string[] {
  const exported = [...readFileSync(file, "utf8").matchAll(/^export (?!type |interface )(?:async )?(?:function (?<name>\w+))?/gm)];
  return exported.map(({ groups }) => {
    const name = groups?.["name"];
    if (name === undefined) throw new Error(`${file} has more than functions, so it cannot wait until it is called`);
    return name;
  });
}
