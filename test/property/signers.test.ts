import fc from "fast-check";
import { expect, test } from "vitest";
import { SIGNATURE_CODES, type SignatureFact } from "../../shared/domain/evidence.ts";
import { instant } from "../../shared/domain/time.ts";
import type { VerdictKind } from "../../shared/domain/verdict.ts";
import { parsePolicy } from "../../shared/policy/document.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { disjointPaths, type Edge } from "../../shared/policy/rules/disjoint-paths.ts";
import { digest, image, NOW, report, reported, signed, target } from "../unit/policy/given.ts";

const DAY = 86_400_000;
const NAMES = ["k1", "k2", "k3", "k4"] as const;
const RANK: Readonly<Record<VerdictKind, number>> = { compliant: 0, indeterminate: 1, violating: 2 };

const days = fc.integer({ min: -40, max: 40 }).map((count) => instant(NOW + count * DAY));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const given = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const good = fc
  .record({
    identity: fc.constantFrom(...NAMES),
    alsoAs: maybe(fc.subarray([...NAMES], { maxLength: 2 })),
    key: maybe(fc.constantFrom("01", "02", "03").map(digest)),
    place: fc.constantFrom("a", "b", "c"),
    made: maybe(fc.tuple(days, fc.constantFrom("certificate", "signer"))),
    signedAt: maybe(fc.record({ at: days, by: fc.constantFrom("log", "timestamp-authority", "signer") })),
    goodUntil: maybe(days),
  })
  .map(({ made, ...more }) =>
    given({ ...more, format: "cosign", code: "ok", detail: "", madeAfter: made === undefined ? undefined : { at: made[0], by: made[1] } }),
  ) as fc.Arbitrary<SignatureFact>;
const bad = fc
  .record({
    code: fc.constantFrom(...SIGNATURE_CODES.filter((code) => code !== "ok")),
    place: fc.constantFrom("a", "b"),
    goodUntil: maybe(days),
  })
  .map((fact) => given({ ...fact, format: "cosign", detail: "" })) as fc.Arbitrary<SignatureFact>;
const signatures = fc.array(fc.oneof(good, bad), { maxLength: 5 });

const rule = fc
  .record({
    signers: maybe(fc.subarray([...NAMES], { minLength: 2 })),
    need: fc.constantFrom("any", "all", 1, 2),
    roles: maybe(fc.constantFrom("[build]", "[build, release]")),
    maxAge: maybe(fc.constantFrom("10d", "30d")),
  })
  .filter(({ signers, roles }) => roles === undefined || signers === undefined || signers.length > 3)
  .map(({ signers, need, roles, maxAge }) =>
    [
      "id: a, rule: signature-required, grace: 0s",
      `need: ${need}`,
      ...(signers === undefined ? [] : [`signers: [${signers.join(", ")}]`]),
      ...(roles === undefined ? [] : [`roles: ${roles}`]),
      ...(maxAge === undefined ? [] : [`maxAge: ${maxAge}`]),
    ].join(", "),
  );

const ignored = fc.constantFrom("signer: k1", "signer: k2, from: 2026-11-10", "signature: a", "signer: k3, until: 2026-12-01");

const SIGSTORE = "sigstore: [{ name: own, root: a }]";
const identityOf = (name: string, roles: string): string =>
  `{ name: ${name}, issuer: "https://i.example", subject: ${name}, roles: ${roles} }`;

function rankOf(ruleText: string, facts: readonly SignatureFact[], ignoring: readonly string[] = [], now = NOW): number {
  const roles: Readonly<Record<string, string>> = { k1: "[build]", k2: "[release]", k3: "[build, release]", k4: "[]" };
  const signers = NAMES.map((name) => identityOf(name, roles[name] ?? "[]")).join(", ");
  const list = ignoring.map((entry) => `{ ${entry}, reason: x }`).join(", ");
  const text = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: p }
mode: enforce
trust: { identities: [${signers}], ${SIGSTORE}, ignored: [${list}] }
rules: [{ ${ruleText} }]
`;
  const { kind, recheckAt } = evaluate(parsePolicy(text, "p", "v"), target(), image(reported(report()), signed(...facts)), instant(now));
  expect(recheckAt === undefined || recheckAt > now).toBe(true);
  return RANK[kind];
}

test("a further good signature never makes it worse", () => {
  fc.assert(
    fc.property(rule, signatures, good, (text, facts, more) => {
      expect(rankOf(text, [...facts, more])).toBeLessThanOrEqual(rankOf(text, facts));
    }),
  );
});

test("ignoring a signature never makes it better", () => {
  fc.assert(
    fc.property(rule, signatures, fc.subarray(["signer: k1", "signature: b"]), ignored, (text, facts, before, more) => {
      expect(rankOf(text, facts, [...before, more])).toBeGreaterThanOrEqual(rankOf(text, facts, before));
    }),
  );
});

test("the order of signatures does not matter", () => {
  fc.assert(
    fc.property(
      rule,
      signatures.chain((facts) => fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length }))),
      (text, [facts, shuffled]) => {
        expect(rankOf(text, shuffled)).toBe(rankOf(text, facts));
      },
    ),
  );
});

test("asking for more signers, or for a role, never makes it better", () => {
  fc.assert(
    fc.property(signatures, fc.integer({ min: 1, max: 3 }), fc.boolean(), (facts, need, withRole) => {
      const asking = (count: number, roles: string): string => `id: a, rule: signature-required, grace: 0s, need: ${count}${roles}`;
      expect(rankOf(asking(need + 1, ""), facts)).toBeGreaterThanOrEqual(rankOf(asking(need, ""), facts));
      const roles = withRole ? ", roles: [build]" : "";
      expect(rankOf(asking(need, ", roles: [build, release]"), facts)).toBeGreaterThanOrEqual(rankOf(asking(need, roles), facts));
    }),
  );
});

test("what is compliant stays so up to the time at which it is to be judged again", () => {
  const lasting = fc.property(rule, fc.array(good, { maxLength: 4 }), fc.integer({ min: 1, max: 60 * DAY }), (text, facts, later) => {
    const current = facts.filter(({ goodUntil }) => goodUntil === undefined || goodUntil > NOW);
    const signers = NAMES.map((name) => identityOf(name, "[build, release]")).join(", ");
    const policy = parsePolicy(
      `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: p }\nmode: enforce\ntrust: { identities: [${signers}], ${SIGSTORE} }\nrules: [{ ${text} }]\n`,
      "p",
      "v",
    );
    const evidence = image(reported(report()), signed(...current));
    const now = evaluate(policy, target(), evidence, NOW);
    fc.pre(now.kind === "compliant");
    const at = Math.min(NOW + later, (now.recheckAt ?? Number.POSITIVE_INFINITY) - 1);
    return evaluate(policy, target(), evidence, instant(at)).kind === "compliant";
  });
  expect(fc.check(lasting, { numRuns: 100 })).toMatchObject({ failed: false });
});

// The slow way: every choice of one path for each source.
function most(edges: readonly Edge[], sources: readonly string[], sinks: readonly string[], used: readonly string[] = []): number {
  const [source, ...rest] = sources;
  if (source === undefined) return 0;
  const paths = used.includes(source) ? [] : pathsFrom(edges, source, sinks, used);
  return Math.max(most(edges, rest, sinks, used), ...paths.map((path) => 1 + most(edges, rest, sinks, [...used, ...path])));
}

function pathsFrom(
  edges: readonly Edge[],
  node: string,
  sinks: readonly string[],
  used: readonly string[],
): readonly (readonly string[])[] {
  if (sinks.includes(node)) return [[node]];
  return edges
    .filter(([from, to]) => from === node && !used.includes(to))
    .flatMap(([, to]) => pathsFrom(edges, to, sinks, used).map((path) => [node, ...path]));
}

test("as many paths are found as there are that share nothing", () => {
  const edge = (from: string, to: string) =>
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })).map(([a, b]): Edge => [`${from}${a}`, `${to}${b}`]);
  const nodes = (letter: string) => [1, 2, 3, 4].map((number) => `${letter}${number}`);
  fc.assert(
    fc.property(fc.uniqueArray(fc.oneof(edge("r", "n"), edge("n", "m")), { maxLength: 12, selector: String }), (edges) => {
      expect(disjointPaths(edges, nodes("r"), nodes("m"))).toBe(most(edges, nodes("r"), nodes("m")));
    }),
  );
});
