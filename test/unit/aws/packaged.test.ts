import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { refuseUnknown, writeArtifacts } from "../../../infra/aws/artifacts.ts";
import { readPackaged } from "../../../shared/compose/packaged.ts";
import { ROOT } from "./compiled.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-packaged-"));
  cpSync(join(ROOT, "infra/aws/example"), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replace(from, to));
}

const packing = (): Promise<unknown> => writeArtifacts(relative(ROOT, folder));

test("a parameter that nothing asks for is refused, and those of the guide are not", () => {
  const guide = readFileSync(join(ROOT, ".github/docs/aws.md"), "utf8");
  const [, table = ""] = guide.split("| `--param` |");
  const names = [...(table.split("\n\n")[0]?.matchAll(/`(\w+)`(?:, `\w+`)* \|.*\|.*\|/g) ?? [])].map(([, name]) => name);
  expect(names).toContain("settings");
  expect(() => refuseUnknown(names.map((name) => `${name}=x`))).not.toThrow();
  expect(() => refuseUnknown(["setings=gate"])).toThrow(/"setings" is not known; known are .*settings/);
});

describe("what is packed with the functions", () => {
  test.each([
    ["moorgate.yaml", "provider: ecr", "providr: ecr"],
    ["policy.yaml", "mode:", "mod:"],
  ])("is refused with its place where no function would start with it: %s", async (file, from, to) => {
    change(file, from, to);
    await expect(packing()).rejects.toMatchObject({ stack: expect.stringMatching(new RegExp(`${file}:\\d+:\\d+: .*did you mean`)) });
  });

  test("is refused where a file is missing, or the folder", async () => {
    rmSync(join(folder, "policy.yaml"));
    await expect(packing()).rejects.toThrow("has no policy.yaml");
    await expect(writeArtifacts("no-such-folder")).rejects.toThrow("has no moorgate.yaml and no policy.yaml");
  });

  test("may name secrets that are not there yet", () => {
    change("moorgate.yaml", "people: []", 'people: [{ name: ann, token: "env:NOT_SET_HERE", roles: [operator] }]');
    expect(() => readPackaged(folder)).not.toThrow();
  });
});
