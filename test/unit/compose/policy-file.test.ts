import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activate, openPolicyFile } from "../../../shared/compose/policy-file.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

const ROOT = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: all }
mode: enforce
include: [teams/*.yaml]
rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
`;
const TEAM = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: shop }
scope: { repository: shop/** }
rules:
  - { id: no-high, rule: severity-threshold, atLeast: critical }
`;
const WAIVERS = `apiVersion: moorgate.dev/v1
kind: Waivers
waivers:
  - id: openssl
    scope: { vulnerabilities: [CVE-2026-1234] }
    severity: high
    owner: shop-team
    reason: not reachable
    approvedBy: security
    createdAt: 2026-11-01
    expiresAt: 2026-12-01
`;
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let folder = "";
let file = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-policy-"));
  file = join(folder, "policy.yaml");
  mkdirSync(join(folder, "teams"));
  writeFileSync(file, ROOT);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe("a policy that is put in force", () => {
  test("has the rules of the files that it includes and the waivers beside it", () => {
    write("teams/shop.yaml", TEAM);
    write("waivers.yaml", WAIVERS);
    const { policy } = activate(ROOT, file);
    expect(policy.rules.map(({ id, layer }) => [id, layer?.rank])).toEqual([
      ["no-high", undefined],
      ["no-high", "repository"],
    ]);
    expect(policy.waivers).toMatchObject([{ id: "openssl", place: expect.stringMatching(/waivers\.yaml:4$/) }]);
  });

  test("is another version with every change of a file, and the same without one", () => {
    const versions = [activate(ROOT, file), activate(ROOT, file)].map(({ policy }) => policy.id.version);
    expect(new Set(versions).size).toBe(1);
    write("teams/shop.yaml", TEAM);
    versions.push(activate(ROOT, file).policy.id.version);
    write("waivers.yaml", WAIVERS);
    versions.push(activate(ROOT, file).policy.id.version);
    write("waivers.yaml", WAIVERS.replace("2026-12-01", "2026-12-02"));
    versions.push(activate(ROOT, file).policy.id.version);
    expect(new Set(versions).size).toBe(4);
  });

  test("is refused whole where a file that it includes is broken, with the place", () => {
    write("waivers.yaml", WAIVERS.replace("owner: shop-team", "ownr: shop-team"));
    expect(() => activate(ROOT, file)).toThrow(PolicyError);
    expect(() => activate(ROOT, file)).toThrow(/waivers\.yaml:7:5: unknown key "ownr"; did you mean "owner"/);
  });

  test("is refused where a file that it names is not there", () => {
    expect(() => activate(ROOT.replace("teams/*.yaml", "shop.yaml"), file)).toThrow(ParseError);
    expect(() => activate(ROOT.replace("teams/*.yaml", "absent/*.yaml"), file)).toThrow(ParseError);
  });

  test.each(["/etc/passwd", "../other.yaml", "teams/../../other.yaml"])("includes nothing from outside of its folder: %s", (path) => {
    expect(() => activate(ROOT.replace("teams/*.yaml", path), file)).toThrow(PolicyError);
  });
});

test("a policy in force takes up another waiver, and keeps what it had where the waivers get broken", () => {
  const opened = openPolicyFile(file, SILENT);
  write("waivers.yaml", WAIVERS);
  expect(opened.refresh()).toBe(true);
  expect(opened.current().policy.waivers).toHaveLength(1);
  write("waivers.yaml", "kind: Waivers");
  expect(opened.refresh()).toBe(false);
  expect(opened.current().policy.waivers).toHaveLength(1);
});
