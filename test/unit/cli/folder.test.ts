import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../../functions/cli/folder.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "moorgate-folder-"));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

test("a folder is made with those above it, and one that is there is left alone", () => {
  const deep = join(place, "one", "two");
  makeFolder(deep, 0o700);
  makeFolder(deep, 0o755);
  expect(statSync(deep).mode & 0o777).toBe(0o700);
});

test("what cannot be made is told, not passed over: a file stands in its place or above it", () => {
  writeFileSync(join(place, "file"), "");
  const told = expect.objectContaining({ fault: expect.objectContaining({ code: "folder", exit: 4 }) });
  expect(() => makeFolder(join(place, "file"), 0o700)).toThrow(told);
  expect(() => makeFolder(join(place, "file", "deeper"), 0o700)).toThrow(told);
});
