import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { activate } from "../../../shared/compose/policy-file.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { entryOf, evidenceOf, findingOf } from "../../fixtures/evidence.ts";
import { keyOf } from "../../fixtures/records.ts";
import { at } from "../policy/given.ts";
import { run } from "./run.ts";

const SEEN = at("2026-11-01T12:00:00Z");
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: t }
mode: enforce
rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
`;

let folder = "";
let image = "";
let policy = "";
let waivers = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-waiver-"));
  policy = join(folder, "policy.yaml");
  waivers = join(folder, "waivers.yaml");
  writeFileSync(policy, POLICY);
  const store = openSqliteStore({ file: join(folder, "ledger.db"), signHead: () => "" });
  const key = keyOf("a", "shop/api");
  const unfixed = { fix: { state: "not-fixed", versions: [] } } as const;
  const findings = [
    findingOf("CVE-2026-1", unfixed),
    findingOf("CVE-2026-2"),
    findingOf("CVE-2026-3", { ...unfixed, severity: "low", severities: [{ source: "nvd", raw: "LOW", severity: "low" }] }),
  ];
  await store.evidence.put(entryOf("a", evidenceOf(findings, { gatheredAt: SEEN }), { image: key, tags: [parseTag("1.0")], at: SEEN }));
  await store.close();
  image = `${key.registry}/${key.repository}:1.0`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WHO = ["--reason", "not reachable", "--owner", "platform", "--approved-by", "app-sec"];
const add = (...words: readonly string[]) => run(["waiver", "add", image, "--state", folder, ...words]);
const verdictIs = async () => {
  const ran = await run(["simulate", "--state", folder, "--policy", policy, "--json"]);
  return JSON.parse(ran.out).verdicts.after;
};

test("what is added is in force for the policy, bound to this finding, package, version and repository", async () => {
  expect(await add("--vulnerability", "CVE-2026-1", ...WHO, "--ticket", "SEC-1")).toMatchObject({ exit: 0, err: "" });
  const [waiver] = activate(readFileSync(policy, "utf8"), policy).policy.waivers;
  expect(waiver).toMatchObject({
    scope: {
      vulnerabilities: ["CVE-2026-1"],
      package: { name: ["openssl"], version: ["3.0.11"] },
      image: { repository: ["shop/api"] },
    },
    severity: "high",
    owner: "platform",
    approvedBy: "app-sec",
    ticket: "SEC-1",
    evenIfFixed: false,
    evenIfExploited: false,
  });
  expect(waiver?.scope.rules).toBeUndefined();
});

test("a second one is put behind the first, and an image whose every violation is waived is compliant", async () => {
  await add("--vulnerability", "CVE-2026-1", ...WHO);
  expect(await verdictIs()).toMatchObject({ violating: 1 });
  expect((await add("--vulnerability", "CVE-2026-2", "--even-if-fixed", ...WHO)).exit).toBe(0);
  expect(await verdictIs()).toMatchObject({ violating: 0, compliant: 1 });
  const { waivers: listed } = JSON.parse((await run(["waiver", "list", "--state", folder, "--json"])).out);
  expect(listed.map(({ state }: { readonly state: string }) => state)).toEqual(["counts", "counts"]);
});

test.each([
  ["a fix is there", ["--vulnerability", "CVE-2026-2", ...WHO], "fixed"],
  ["it has ended already", ["--vulnerability", "CVE-2026-1", "--until", "2020-01-01", ...WHO], ""],
  ["no rule speaks against the finding", ["--vulnerability", "CVE-2026-3", ...WHO], "no rule"],
  ["the finding is in another package", ["--vulnerability", "CVE-2026-1", "--package", "zlib", ...WHO], "no rule"],
  ["nobody has to act", ["--vulnerability", "CVE-2026-1", "--reason", "r", "--approved-by", "a"], "--owner"],
  ["nobody approves it", ["--vulnerability", "CVE-2026-1", "--reason", "r", "--owner", "o"], "--approved-by"],
  ["no reason is given", ["--vulnerability", "CVE-2026-1", "--owner", "o", "--approved-by", "a"], "--reason"],
  ["no finding is named", WHO, "--vulnerability"],
])("a waiver is not written where %s", async (_, words, says) => {
  const ran = await add(...words);
  expect(ran).toMatchObject({ exit: 3, out: "" });
  expect(ran.err).toContain(says);
  expect(existsSync(waivers)).toBe(false);
});

test("a dry run prints the file and writes nothing; an unknown image is no usage error", async () => {
  const ran = await add("--vulnerability", "CVE-2026-1", ...WHO, "--dry-run");
  expect(ran.exit).toBe(1);
  expect(existsSync(waivers)).toBe(false);
  writeFileSync(waivers, `${ran.out}\n`);
  expect(activate(readFileSync(policy, "utf8"), policy).policy.waivers).toHaveLength(1);
  expect((await run(["waiver", "add", image.replace("1.0", "2.0"), "--state", folder, "--vulnerability", "CVE-2026-1", ...WHO])).exit).toBe(
    4,
  );
});

test("a file that the policy would refuse is put back as it was", async () => {
  writeFileSync(policy, POLICY.replace("rules:", "waivers: { requireTicket: true }\nrules:"));
  expect((await add("--vulnerability", "CVE-2026-1", ...WHO)).exit).toBe(3);
  expect(existsSync(waivers)).toBe(false);
  await add("--vulnerability", "CVE-2026-1", ...WHO, "--ticket", "SEC-1");
  const before = readFileSync(waivers, "utf8");
  expect((await add("--vulnerability", "CVE-2026-2", "--even-if-fixed", ...WHO)).exit).toBe(3);
  expect(readFileSync(waivers, "utf8")).toBe(before);
});

test("check exits 1 with what has to be looked at, and 0 where nothing has", async () => {
  await add("--vulnerability", "CVE-2026-1", ...WHO);
  expect((await run(["waiver", "check", "--state", folder])).exit).toBe(0);
  const text = readFileSync(waivers, "utf8");
  writeFileSync(waivers, text.replaceAll("CVE-2026-1", "CVE-2026-7"));
  const ran = await run(["waiver", "check", "--state", folder, "--json"]);
  expect(ran.exit).toBe(1);
  expect(JSON.parse(ran.out)).toMatchObject({ images: 1, waivers: 1, remarks: [{ code: "unused" }] });
});

test.each([
  [".trivyignore", "# not reachable\nCVE-2026-1\nAVD-DS-0002\n", 1],
  [".trivyignore.yaml", "vulnerabilities:\n  - { id: CVE-2026-1, statement: s }\n", 1],
  [".grype.yaml", "ignore:\n  - { vulnerability: CVE-2026-1, reason: r }\n", 1],
  [
    "vex.openvex.json",
    JSON.stringify({
      "@context": "https://openvex.dev/ns/v0.2.0",
      statements: [
        {
          vulnerability: { name: "CVE-2026-1" },
          status: "not_affected",
          products: ["pkg:deb/debian/openssl@3.0.11"],
          justification: "component_not_present",
        },
      ],
    }),
    1,
  ],
])("%s becomes a waiver file that the policy takes", async (name, text, count) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  const ran = await run(["waiver", "import", file, "--owner", "o", "--approved-by", "a", "--until", "2099-01-01"]);
  expect(ran.exit).toBe(name === ".trivyignore" ? 1 : 0);
  expect(ran.err.includes("AVD-DS-0002")).toBe(name === ".trivyignore");
  writeFileSync(waivers, `${ran.out}\n`);
  expect(activate(readFileSync(policy, "utf8"), policy).policy.waivers).toHaveLength(count);
});

test("a list of no known kind is refused", async () => {
  const file = join(folder, "list.txt");
  writeFileSync(file, "CVE-2026-1\n");
  expect((await run(["waiver", "import", file, "--owner", "o", "--approved-by", "a"])).exit).toBe(3);
  expect((await run(["waiver", "import", file, "--format", "csv", "--owner", "o", "--approved-by", "a"])).exit).toBe(3);
});
