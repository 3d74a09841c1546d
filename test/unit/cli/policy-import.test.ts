import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PLATFORM_POLICY, PROJECT_POLICY } from "../../fixtures/binauthz-policy.ts";
import { run } from "./run.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-import-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: object | string): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

test.each([
  ["project", PROJECT_POLICY],
  ["platform", PLATFORM_POLICY],
])("policy import prints a policy that policy check takes, and says on stderr what was left out (%s)", async (kind, document) => {
  const { exit, out, err } = await run(["policy", "import", put(`${kind}.json`, document)]);
  expect({ exit, tells: err.includes("left out") }).toEqual({ exit: 1, tells: true });
  expect((await run(["policy", "check", put("policy.yaml", out)])).exit).toBe(0);
});

test("policy import ends with 0 where everything was taken over, and the JSON has all of it", async () => {
  const rule = { evaluationMode: "REQUIRE_ATTESTATION", requireAttestationsBy: ["projects/acme/attestors/qa"] };
  const { exit, out } = await run(["policy", "import", put("whole.json", { defaultAdmissionRule: rule }), "--json"]);
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    kind: "project",
    leftOut: [],
    policy: { kind: "Policy", trust: { attestors: [{ name: "qa" }] } },
  });
});

test("policy import prints no policy where nothing makes a rule", async () => {
  const { exit, out } = await run(["policy", "import", put("open.json", { defaultAdmissionRule: { evaluationMode: "ALWAYS_ALLOW" } })]);
  expect({ exit, out }).toEqual({ exit: 0, out: "" });
});

test("policy import refuses what is no such policy", async () => {
  expect((await run(["policy", "import", put("other.yaml", "rules: []")])).exit).toBe(3);
  expect((await run(["policy", "import", join(folder, "nowhere.yaml")])).exit).toBe(3);
});
