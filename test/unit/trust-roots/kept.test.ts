import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { keep, startDraft } from "../../../shared/trust-roots/keep.ts";
import { readKept } from "../../../shared/trust-roots/kept.ts";

const ENDLESS = fileURLToPath(new URL("../../running/keep-roots.ts", import.meta.url));

let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "moorgate-kept-")), "mirror");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const keepNext = (text: string): boolean => {
  const before = readKept(folder);
  const draft = startDraft(folder, before);
  writeFileSync(join(draft, "trusted_root.json"), text);
  return keep(folder, draft, before, { checkedAt: instant(0) });
};

it("nothing is kept of a mirror that nobody has asked", () => {
  expect(readKept(folder)).toBeUndefined();
  expect(readKept(join(folder, "deeper"))).toBeUndefined();
});

it("of two that begin alike one is kept whole, and the other is told", () => {
  keepNext("first");
  const before = readKept(folder);
  const [one, other] = [startDraft(folder, before), startDraft(folder, before)];
  for (const [draft, text] of [
    [one, "one"],
    [other, "other"],
  ] as const)
    writeFileSync(join(draft, "trusted_root.json"), text);
  expect([keep(folder, one, before, {}), keep(folder, other, before, {})]).toEqual([true, false]);
  expect(readKept(folder)).toMatchObject({ generation: 2, trustedRoot: "one" });
});

it("who began before two others does not bring back what is older", () => {
  keepNext("first");
  const before = readKept(folder);
  const slow = startDraft(folder, before);
  keepNext("second");
  keepNext("third");
  expect(keep(folder, slow, before, {})).toBe(false);
  expect(readKept(folder)).toMatchObject({ generation: 3, trustedRoot: "third" });
});

it("a draft that a process left behind is never read, and removed when it is old", () => {
  keepNext("first");
  const [left, fresh] = [join(folder, "draft-left"), join(folder, "draft-fresh")];
  for (const draft of [left, fresh]) {
    mkdirSync(draft);
    writeFileSync(join(draft, "trusted_root.json"), "half");
  }
  utimesSync(left, 1, 1);
  expect(readKept(folder)?.trustedRoot).toBe("first");
  keepNext("second");
  expect(readdirSync(folder).sort()).toEqual(["2", "draft-fresh"]);
});

it("a process that is killed while it writes leaves a whole generation, never an older one", async () => {
  let newest = 0;
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, [ENDLESS, folder], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    await setTimeout(round * 7);
    child.kill("SIGKILL");
    await once(child, "exit");
    const kept = readKept(folder);
    expect(kept?.trustedRoot).toBe(`generation ${kept?.generation}`);
    expect(kept?.generation).toBeGreaterThan(newest);
    newest = kept?.generation ?? 0;
  }
});

it("two processes that write at once leave whole generations", async () => {
  const children = [0, 1].map(() => spawn(process.execPath, [ENDLESS, folder], { stdio: ["ignore", "pipe", "inherit"] }));
  await Promise.all(children.map((child) => once(child.stdout, "data")));
  for (let look = 0; look < 50; look++) {
    const kept = readKept(folder);
    expect(kept?.trustedRoot).toBe(`generation ${kept?.generation}`);
    await setTimeout(2);
  }
  const ended = children.map((child) => once(child, "exit"));
  expect(children.map((child) => child.kill("SIGKILL"))).toEqual([true, true]);
  await Promise.all(ended);
});
