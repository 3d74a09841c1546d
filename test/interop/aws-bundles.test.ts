import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundledPart, bundleFunction, type FunctionName } from "../../infra/aws/bundle.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-bundles-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bundle = (name: FunctionName, place = "one") =>
  bundleFunction(name, ROOT, { code: join(dir, place, "code"), maps: join(dir, place, "maps") });

/** Rooms of ours and packages that a function holds, in any part of it. */
function heldBy(parts: readonly BundledPart[], rooms: RegExp): readonly string[] {
  return [...new Set(parts.flatMap(({ modules }) => modules.flatMap((path) => rooms.exec(path)?.[0] ?? [])))].sort();
}

const bytesOf = (parts: readonly BundledPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** What judges, acts, or knows registries and what they tell. */
const JUDGING =
  /shared\/(?:signatures|providers|scanners|oci|feeds|trust-roots|usage|policy\/rules|policy\/cel|policy\/evaluate|pipeline\/(?:judge|admit|carry-out))|@aws-sdk\/client-(?:ecr|inspector2|signer|sts)[a-z0-9-]*|re2js|cel-js|noble/;
/** What a function can neither use nor reach: files of its own, and credentials of machines. */
const ELSEWHERE =
  /shared\/stores\/sqlite|functions\/(?:local|cli)|nested-clients|credential-provider-(?:sso|ini|process|login|web-identity|http|cognito-identity)|credential-provider-imds/;

describe("the bundle of", () => {
  test.each(["admit", "forward-audit", "canary"] as const)("%s holds nothing that judges or acts, and stays small", async (name) => {
    const parts = await bundle(name);
    expect(heldBy(parts, JUDGING)).toEqual([]);
    expect(heldBy(parts, ELSEWHERE)).toEqual([]);
    expect(heldBy(parts, /shared\/stores\/dynamodb/)).not.toEqual([]);
    expect(bytesOf(parts)).toBeLessThan(700_000);
  });

  test("admit loads no secret, no sink and no dashboard either", async () => {
    expect(
      heldBy(await bundle("admit"), /client-secrets-manager|client-sqs|shared\/sinks\/(?!table)|shared\/web\/(?:dashboard|api|pages)/),
    ).toEqual([]);
  });

  test("on-registry-event loads clients of AWS, formats and stores only when they are wanted, and has no page for people", async () => {
    const parts = await bundle("on-registry-event");
    expect(heldBy(parts, ELSEWHERE)).toEqual([]);
    expect(heldBy(parts, /shared\/web\/|node_modules\/hono/)).toEqual([]);
    const entry = parts.find(({ file }) => file === "index.mjs");
    const atOnce = new Set(["index.mjs", ...(entry?.imports ?? [])]);
    for (const file of atOnce) for (const other of parts.find((part) => part.file === file)?.imports ?? []) atOnce.add(other);
    const loaded = parts.filter(({ file }) => atOnce.has(file));
    expect(heldBy(loaded, /@aws-sdk\/[a-z0-9-]+|@smithy\/[a-z0-9-]+|shared\/stores\/dynamodb|shared\/providers\/aws|tuf-js/)).toEqual([]);
    expect(bytesOf(loaded)).toBeLessThan(1_200_000);
  });

  test("the same sources is the same, byte for byte, wherever it is made", async () => {
    const [one, other] = [await bundle("admit", "one"), await bundle("admit", "other")];
    expect(one).toEqual(other);
    const filesIn = (place: string) =>
      readdirSync(join(dir, place, "code/admit"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.includes("."))
        .sort()
        .map((name) => [name, readFileSync(join(dir, place, "code/admit", name), "latin1")]);
    expect(filesIn("one")).toEqual(filesIn("other"));
    expect(filesIn("one").map(([name]) => name)).toContain("THIRD-PARTY-LICENSES.txt");
    expect(filesIn("one").filter(([name]) => name?.endsWith(".map"))).toEqual([]);
    expect(readdirSync(join(dir, "one/maps/admit"))).toContain("index.mjs.map");
  });
});
