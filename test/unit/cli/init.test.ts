import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { activate } from "../../../shared/compose/policy-file.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { run } from "./run.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("what init writes can be read by the gate, and its policy is a dry run", async () => {
  expect(await run(["init", folder])).toMatchObject({ exit: 0, err: "" });
  expect(activate(read("policy.yaml"), "policy.yaml").policy.mode).toBe("dry-run");
  expect(parseSettings(read("moorgate.yaml"), "moorgate.yaml", {}, () => async () => undefined)).toMatchObject({
    registries: [],
    sinks: [],
  });
});

test("the entries in its comments are valid, and a registry begins in dry-run", async () => {
  await run(["init", folder]);
  writeFileSync(join(folder, "hook"), "s3cret");
  const uncommented = read("moorgate.yaml")
    .replace(/: (\[\]|\{\})$/gm, ":")
    .replace(/^ {2}# {0,1}/gm, "  ")
    .replace("/run/secrets/registry-hook", join(folder, "hook"));
  const settings = parseSettings(
    uncommented,
    "moorgate.yaml",
    { REGISTRY_PASSWORD: "x", SIEM_SECRET: `whsec_${"A".repeat(32)}`, ANN_TOKEN: "token-of-ann-for-a-test" },
    () => async () => undefined,
  );
  expect(settings).toMatchObject({ registries: [{ mode: "dry-run", quarantine: "quarantine" }], sinks: [{ kind: "webhook" }] });
  expect(Object.keys(settings.feeds)).toEqual(expect.arrayContaining(["knownExploited", "exploitPrediction", "withdrawn"]));
});

test("a folder that cannot be made is a fault of its own, not an endless try", async () => {
  writeFileSync(join(folder, "file"), "");
  expect(await run(["init", join(folder, "file", "deeper"), "--json"])).toMatchObject({ exit: 4, out: "" });
  expect(await run(["init", join(folder, "two", "deep")])).toMatchObject({ exit: 0 });
});

test("a file that is there is never overwritten", async () => {
  writeFileSync(join(folder, "policy.yaml"), "mine");
  expect((await run(["init", folder])).exit).toBe(3);
  expect(read("policy.yaml")).toBe("mine");
  expect((await run(["init", folder])).exit).toBe(3);
});
