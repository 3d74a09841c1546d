import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { moorgate } from "./spawn.ts";

test("doctor tells every problem of the settings below one another, each in the column of what it found", () => {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-doctor-"));
  writeFileSync(join(folder, "moorgate.yaml"), "apiVersion: moorgate.dev/v1\nkind: Settings\nbraek: {}\nsinkz: []\n");
  const { exit, out } = moorgate(folder, "doctor");
  rmSync(folder, { recursive: true, force: true });
  const columns = out
    .split("\n")
    .map((line) => line.indexOf("moorgate.yaml:"))
    .filter((column) => column >= 0);
  expect(exit).toBe(1);
  expect(columns).toHaveLength(2);
  expect(columns[0]).toBe(columns[1]);
  expect(columns[0]).toBeGreaterThan(0);
});
