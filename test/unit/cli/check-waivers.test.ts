import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planSamples } from "../../../functions/local/samples/samples.ts";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { writeLayout } from "./layout.ts";
import { run } from "./run.ts";

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical }
`;

function waiver(more: string): string {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return `apiVersion: moorgate.dev/v1
kind: Waivers
waivers:
  - id: log4j
    scope: { vulnerabilities: [CVE-2021-44228] }
    severity: critical
    owner: shop-team
    reason: lookups are switched off
    approvedBy: security
    createdAt: ${day(-2)}
    expiresAt: ${day(20)}
    ${more}
`;
}

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-waivers-"));
  const sample = planSamples({ key: makeSigningKey(), scannedAt: new Date().toISOString() }).find(
    ({ repository }) => repository === "samples/vulnerable",
  );
  if (sample === undefined) throw new Error("no such sample");
  writeLayout(join(folder, "vulnerable"), sample);
  writeFileSync(join(folder, "policy.yaml"), POLICY);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const check = (...words: readonly string[]) => run(["check", `oci:${folder}/vulnerable`, "--policy", `${folder}/policy.yaml`, ...words]);

test("check counts the waivers beside the policy, and says whose they are", async () => {
  writeFileSync(join(folder, "waivers.yaml"), waiver("evenIfFixed: true"));
  const ran = await check();
  expect(ran.exit).toBe(0);
  expect(ran.out).toMatch(/COMPLIANT/);
  expect(ran.out.replace(/\s+/g, " ")).toMatch(
    /waived: no-critical, CVE-2021-44228 in \S+ \S+ "lookups are switched off" \(shop-team, until /,
  );
});

test("check says which waiver would apply and why it does not", async () => {
  writeFileSync(join(folder, "waivers.yaml"), waiver("ticket: SEC-1"));
  const ran = await check("--markdown");
  expect(ran.exit).toBe(1);
  expect(ran.out).toMatch(/- waiver is void: `log4j would apply, but it is fixed in /);
  expect(ran.out).toMatch(/```yaml\n {2}- id: cve-2021-44228-/);
});

test("check refuses a policy whose waivers are broken, with the place", async () => {
  writeFileSync(join(folder, "waivers.yaml"), waiver("until: never"));
  const ran = await check();
  expect(ran.exit).toBe(3);
  expect(ran.err).toMatch(/waivers\.yaml:12:5/);
});
