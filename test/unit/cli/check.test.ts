import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planSamples, type Sample } from "../../../functions/local/samples/samples.ts";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { epssOf, kevOf } from "../../fixtures/feeds.ts";
import { writeLayout } from "./layout.ts";
import { type Ran, run } from "./run.ts";
import { moorgate } from "./spawn.ts";

const key = makeSigningKey();
const samples = planSamples({ key, scannedAt: new Date().toISOString() });
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata:
  name: strict-test
mode: enforce
rules:
  - id: no-critical
    rule: severity-threshold
    atLeast: critical
`;

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-check-"));
  for (const name of ["clean", "vulnerable", "unscanned", "mixed"]) writeLayout(join(folder, name), sample(name));
  writeFileSync(join(folder, "cosign.pub"), key.publicPem);
  writeFileSync(join(folder, "other.pub"), makeSigningKey().publicPem);
  writeFileSync(join(folder, "strict.yaml"), POLICY);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sample(name: string): Sample {
  const found = samples.find(({ repository }) => repository === `samples/${name}`);
  if (found === undefined) throw new Error(name);
  return found;
}

/** Arguments that name a file of the test's folder begin with `./`. */
function check(...words: readonly string[]): Promise<Ran> {
  return run(["check", ...words.map((word) => word.replace("./", `${folder}/`))]);
}

const STRICT = ["--policy", "./strict.yaml", "--key", "./cosign.pub"] as const;

describe("feeds of the command line", () => {
  const rule = (text: string): void => writeFileSync(join(folder, "feeds.yaml"), POLICY.replace(/ {2}- id:[^]*/, `  - ${text}\n`));

  test("a finding in the catalogue violates a rule that asks for it, and one that is not does not", async () => {
    rule("{ id: no-known-exploited, rule: known-exploited }");
    for (const [id, verdict] of [
      ["CVE-2021-44228", "violating"],
      ["CVE-2021-9999", "compliant"],
    ] as const) {
      writeFileSync(join(folder, "kev.json"), kevOf([{ id }]));
      const ran = await check("oci:./vulnerable", "--policy", "./feeds.yaml", "--kev", "./kev.json", "--json");
      expect(JSON.parse(ran.out)).toMatchObject({ verdict });
    }
  });

  test("without the catalogue it is not known", async () => {
    rule("{ id: no-known-exploited, rule: known-exploited }");
    const ran = await check("oci:./vulnerable", "--policy", "./feeds.yaml", "--json");
    expect(JSON.parse(ran.out)).toMatchObject({ verdict: "indeterminate" });
  });

  test("a score above the limit violates a rule that asks for it", async () => {
    rule("{ id: unlikely, rule: exploit-probability, probability: 0.5 }");
    for (const [score, verdict] of [
      ["0.9", "violating"],
      ["0.1", "compliant"],
    ] as const) {
      writeFileSync(join(folder, "epss.csv"), epssOf([`CVE-2021-44228,${score},0.9`]));
      const ran = await check("oci:./vulnerable", "--policy", "./feeds.yaml", "--epss", "./epss.csv", "--json");
      expect(JSON.parse(ran.out)).toMatchObject({ verdict });
    }
  });

  test("a file that is no such feed is wrong use", async () => {
    expect((await check("oci:./vulnerable", "--kev", "./cosign.pub")).exit).toBe(3);
  });
});

describe("the exit code tells the verdict", () => {
  test.each([
    ["clean", 0, "compliant"],
    ["vulnerable", 1, "violating"],
    ["unscanned", 2, "indeterminate"],
    ["mixed", 1, "violating"],
  ])("%s image: %i, %s", async (name, exit, verdict) => {
    const ran = await check(`oci:./${name}`, ...STRICT, "--json");
    expect(ran.exit).toBe(exit);
    expect(JSON.parse(ran.out)).toMatchObject({ verdict, digest: sample(name).image.digest });
    expect(ran.err).toBe("");
  });
});

test("the answer has exactly the members that scripts were promised", async () => {
  const { out } = await check("oci:./vulnerable:1.0", ...STRICT, "--json");
  const answer = JSON.parse(out);
  expect(Object.keys(answer)).toEqual(["image", "digest", "verdict", "reasons", "evidence", "policy", "actions"]);
  expect(Object.keys(answer.evidence)).toEqual(["findings", "signatures"]);
  expect(Object.keys(answer.policy)).toEqual(["name", "version"]);
  expect(answer).toMatchObject({
    image: `oci:${folder}/vulnerable:1.0`,
    reasons: [{ ruleId: "no-critical" }],
    evidence: { signatures: { verified: ["cosign.pub"] } },
    actions: [{ verb: "hold" }],
  });
});

test("a signature by a key that nobody named does not count, and no grace is given", async () => {
  const ran = await check("oci:./clean", "--policy", "./strict.yaml", "--key", "./other.pub", "--json");
  expect(ran.exit).toBe(1);
  expect(JSON.parse(ran.out).reasons).toMatchObject([{ ruleId: "signed-with-key", status: "violated" }]);
});

test("a report on the command line counts as evidence, and one about another image is refused", async () => {
  const report = (digest: string) =>
    JSON.stringify({
      SchemaVersion: 2,
      CreatedAt: new Date().toISOString(),
      ArtifactName: "x",
      ArtifactType: "container_image",
      Metadata: { RepoDigests: [`x@${digest}`] },
      Results: [{ Target: "x", Class: "os-pkgs", Type: "debian" }],
    });
  writeFileSync(join(folder, "own.json"), report(sample("unscanned").image.digest));
  writeFileSync(join(folder, "foreign.json"), report(sample("clean").image.digest));
  expect((await check("oci:./unscanned", ...STRICT, "--report", "./own.json")).exit).toBe(0);
  expect((await check("oci:./unscanned", ...STRICT, "--report", "./foreign.json")).exit).toBe(3);
  writeFileSync(join(folder, "cut.json"), "{");
  const cut = await check("oci:./unscanned", ...STRICT, "--report", "./cut.json");
  expect([cut.exit, cut.err.match(/cut\.json/g)]).toEqual([3, ["cut.json"]]);
});

test("without --policy the built-in baseline judges, and the block says so", () => {
  const ran = moorgate(folder, "check", "oci:vulnerable");
  expect(ran.exit).toBe(1);
  expect(ran.out).toContain("VIOLATING");
  expect(ran.out).toContain("built-in baseline");
  expect(ran.out).not.toContain("\u001b");
});

test("policy.yaml in the folder is taken before the built-in one", () => {
  const here = mkdtempSync(join(folder, "here-"));
  writeFileSync(join(here, "policy.yaml"), POLICY);
  expect(JSON.parse(moorgate(here, "check", "oci:../clean", "--json").out)).toMatchObject({
    verdict: "compliant",
    policy: { name: "strict-test" },
  });
});

describe("what is wrong with the command line, the policy or the input exits 3; what cannot be read exits 4", () => {
  test("no image", async () => {
    expect(await check()).toMatchObject({ exit: 3, out: "" });
  });

  test("a policy with an unknown key names its place", async () => {
    writeFileSync(join(folder, "bad.yaml"), POLICY.replace("mode: enforce", "mode: enforce\nmodes: x"));
    const ran = await check("oci:./clean", "--policy", "./bad.yaml");
    expect(ran).toMatchObject({ exit: 3, out: "" });
    expect(ran.err).toContain("bad.yaml:6:1");
  });

  test("a folder that is no layout, as JSON for scripts", async () => {
    const ran = await check("oci:./nowhere", "--json");
    expect(ran).toMatchObject({ exit: 4, out: "" });
    expect(JSON.parse(ran.err)).toMatchObject({ error: { code: "not-found", meanwhile: expect.any(String), next: expect.any(String) } });
  });

  test("a registry that does not answer", async () => {
    expect((await check("127.0.0.1:1/shop/api:1.0", "--json")).exit).toBe(4);
  });
});

test("--as gives an image in a folder the name that a policy selects by", async () => {
  const selecting = POLICY.replace("    atLeast: critical", "    atLeast: critical\n    select:\n      repository: shop/*");
  writeFileSync(join(folder, "selecting.yaml"), selecting);
  const verdict = async (...more: readonly string[]) =>
    JSON.parse((await check("oci:./vulnerable", "--policy", "./selecting.yaml", "--json", ...more)).out).verdict;
  expect(await verdict()).toBe("compliant");
  expect(await verdict("--as", "registry.example/shop/api:1.0")).toBe("violating");
});

test("a report of one platform counts for that platform alone", async () => {
  const [child] = JSON.parse(Buffer.from(sample("mixed").image.bytes).toString()).manifests;
  const report = {
    SchemaVersion: 2,
    CreatedAt: new Date().toISOString(),
    ArtifactName: "x",
    ArtifactType: "container_image",
    Metadata: { RepoDigests: [`x@${child.digest}`] },
    Results: [
      {
        Target: "x",
        Class: "os-pkgs",
        Type: "debian",
        Vulnerabilities: [
          { VulnerabilityID: "CVE-2024-3094", PkgName: "xz-utils", InstalledVersion: "5.6.0", FixedVersion: "5.6.2", Severity: "CRITICAL" },
        ],
      },
    ],
  };
  writeFileSync(join(folder, "child.json"), JSON.stringify(report));
  const { reasons } = JSON.parse((await check("oci:./mixed", ...STRICT, "--report", "./child.json", "--json")).out);
  expect(reasons.filter((reason: { message: string }) => reason.message.includes("CVE-2024-3094"))).toMatchObject([
    { child: child.digest },
  ]);
});
