import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FindingsEvidence, ImageEvidence } from "../../shared/domain/evidence.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import { evaluate } from "../../shared/policy/evaluate.ts";
import { startSimulation } from "../../shared/policy/simulate/report.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { digest, finding, image, index, NOW, policy, report, reported, signature, signed, target } from "../unit/policy/given.ts";

const findings: fc.Arbitrary<FindingsEvidence> = fc.oneof(
  fc
    .array(
      fc
        .record({
          id: fc.constantFrom("CVE-1", "CVE-2", "GHSA-1"),
          severity: fc.constantFrom("low", "medium", "high", "critical", "unknown"),
          fixed: fc.constantFrom([], ["2"]),
        })
        .map(({ id, severity, fixed }) => finding(id, severity, "openssl", { fixed })),
      { maxLength: 4 },
    )
    .map((found) => reported(report(found))),
  fc.constantFrom<FindingsEvidence>({ kind: "absent" }, { kind: "pending", why: "w" }, { kind: "failed", why: "w" }),
);
const signatures = fc.constantFrom(signed(), signed(signature("ok", "release")), signed(signature("signature-invalid")));
const images: fc.Arbitrary<ImageEvidence> = fc.tuple(findings, signatures).map(([found, by]) => image(found, by));
const evidences = fc.oneof(
  images,
  fc.array(images, { maxLength: 2 }).map((children) => index(children, { missingChildren: children.length === 1 ? [digest("44")] : [] })),
);
const rules = fc.subarray(
  [
    "id: a, rule: severity-threshold, atLeast: high",
    "id: b, rule: severity-threshold, atLeast: medium, ignoreUnfixed: true, whenUnknown: hold",
    "id: c, rule: scan-freshness, maxAge: 14d, level: warn",
    "id: d, rule: signature-required, signers: [release], select: { repository: shop/a* }",
  ],
  { minLength: 1 },
);

async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const store = openSqliteStore({ file: ":memory:", signHead: (text) => sign(null, Buffer.from(text), privateKey).toString("base64") });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

test("simulating the policy in force as of now changes nothing and gives the stored verdicts", () =>
  fc.assert(
    fc.asyncProperty(rules, fc.array(evidences, { minLength: 1, maxLength: 6 }), (lines, known) =>
      withStore(async ({ evidence: store }) => {
        const inForce = policy(...lines);
        const expected = { compliant: 0, violating: 0, indeterminate: 0 };
        for (const [number, evidence] of known.entries()) {
          const name = target(number % 2 === 0 ? "shop/api" : "tools/lint");
          const verdict = evaluate(inForce, name, evidence, NOW);
          expected[verdict.kind] += 1;
          const key = { registry: name.registry, repository: name.repository, digest: digest(`a${number}`) };
          await store.put({
            image: key,
            tags: [parseTag("1.0")],
            at: NOW,
            evidence,
            verdict: { kind: verdict.kind, reasons: verdict.reasons.map((reason) => reason.key) },
          });
        }
        const simulation = startSimulation({ before: inForce, after: inForce, now: NOW });
        for await (const entry of store.entries(NOW)) simulation.add({ ...entry, usage: { kind: "unknown", why: "nobody says" } });
        const { verdicts, effects } = simulation.report();
        expect(verdicts).toEqual({ before: expected, after: expected });
        expect(effects).toEqual({ same: known.length, "newly-held": 0, "newly-free": 0, "other-verdict": 0, "other-reasons": 0 });
      }),
    ),
    { numRuns: 60 },
  ));
