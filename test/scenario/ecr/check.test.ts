import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type FakeAws, serveAws } from "../../fakes/aws/aws.ts";
import { beCaller } from "../../fakes/aws/be-caller.ts";
import type { EcrRegistry } from "../../fakes/aws/ecr-registry.ts";
import { servedEcr } from "../../fakes/aws/served-ecr.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { type Ran, run } from "../../unit/cli/run.ts";
import { vulnerability } from "../../unit/fakes-aws/aws-world.ts";
import { settingsOf } from "./world.ts";

const APP = "shop/api";
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical, select: { repository: "shop/**" } }
`;

let folder = "";
let aws: FakeAws;
let home: EcrRegistry;
let image = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-check-ecr-"));
  writeFileSync(join(folder, "policy.yaml"), POLICY);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  aws = await serveAws();
  home = aws.registry();
  beCaller(aws, (name, value) => void vi.stubEnv(name, value));
  // The hook of the registry and the sink have secrets that are not at hand where images are built.
  writeFileSync(
    join(folder, "moorgate.yaml"),
    `${settingsOf(home, aws.endpoint)}sinks: [{ name: siem, kind: webhook, url: "https://siem.example/", secret: "env:SIEM" }]\n`,
  );
  home.scanEverything();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

async function pushed(severity: "CRITICAL" | "LOW"): Promise<void> {
  aws.controls.scanner = () => ({ kind: "found", vulnerabilities: [vulnerability("CVE-2026-0001", { severity })] });
  await pushImage(servedEcr(aws), APP, "x", "1.0");
  image = `${home.host}/${APP}:1.0`;
}

const check = (...words: readonly string[]): Promise<Ran> => run(["check", ...words, "--policy", join(folder, "policy.yaml"), "--json"]);
const SETTINGS = (): readonly string[] => ["--settings", join(folder, "moorgate.yaml")];

test.each([
  ["CRITICAL", "violating", 1],
  ["LOW", "compliant", 0],
] as const)("what the registry's scanner found as %s counts where the settings are given: %s", async (severity, verdict, exit) => {
  await pushed(severity);
  const ran = await check(image, ...SETTINGS());
  expect({ ...JSON.parse(ran.out), exit: ran.exit }).toMatchObject({ verdict, exit });
});

test("it is asked by the name that the image has there, whatever it is judged as", async () => {
  await pushed("CRITICAL");
  const ran = await check(image, ...SETTINGS(), "--as", "registry.example/shop/other:2.0");
  expect(JSON.parse(ran.out)).toMatchObject({ verdict: "violating" });
});

test("where nobody may ask the scanner, it is not known", async () => {
  await pushed("LOW");
  aws.decide = ({ operation }) => (/^(List(Findings|Coverage)|DescribeImageScanFindings)$/.test(operation) ? "deny" : "pass");
  const ran = await check(image, ...SETTINGS());
  expect({ ...JSON.parse(ran.out), exit: ran.exit }).toMatchObject({ verdict: "indeterminate", exit: 2 });
});

test("settings that do not name the registry, and those for an image in a folder, are no use", async () => {
  const elsewhere = await check("registry.example/shop/api:1.0", ...SETTINGS());
  const inFolder = await check("oci:./image", ...SETTINGS());
  expect([elsewhere.exit, inFolder.exit]).toEqual([3, 3]);
});
