import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BundledPart, bundleFunction, FUNCTIONS, type FunctionName } from "../../infra/aws/bundle.ts";
import { loadedAtOnce } from "../bench/cold.ts";
import { LAMBDA_NODE_FLAGS } from "../running/lambda-node.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-bundles-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const bundled = new Map<string, ReturnType<typeof bundleFunction>>();
function bundle(name: FunctionName, place = "one"): ReturnType<typeof bundleFunction> {
  const key = `${place}/${name}`;
  const made = bundled.get(key) ?? bundleFunction(name, ROOT, { code: join(dir, place, "code"), maps: join(dir, place, "maps") });
  bundled.set(key, made);
  return made;
}

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
const JUDGES = ["on-registry-event", "on-webhook", "on-schedule"] as const;
/** What a function that judges has, and an ordinary event does not need. */
const WHEN_WANTED = new RegExp(
  [
    "@aws-sdk/[a-z0-9-]+|@smithy/[a-z0-9-]+|@noble/[a-z]+|@streamparser|cel-js|fast-xml-parser|packageurl-js|re2js|semver|spdx-[a-z-]+|tuf-js",
    "shared/(?:stores/dynamodb|providers/[a-z]+/|scanners/[a-z0-9-]+/|usage/|sinks/[a-z]+/|signatures/(?:openpgp|publish|sigstore/(?!root)|cosign/(?!keys)|notation/(?:judge|verify)|revocation/(?:check|crl|ocsp|fetch\\.)))",
    "shared/(?:runtime/exchange|feeds/(?:feed\\.|location|unpack|osv))|shared/policy/(?:cel/(?:compile|engine|cost|lint|pattern|sizes)|emergency|explain|simulate|testing|rules/(?:spdx|version-numbers))",
    "shared/pipeline/(?:sweep|undo(?!-work)|emergency-(?:list|report|start)|follow|four-eyes|operate|promote|take-over(?!-begin))|shared/web/(?:api|pages|admission|dashboard)",
  ].join("|"),
);

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

  test.each(JUDGES)("%s loads at once what every event needs, and that is little", async (name) => {
    const parts = await bundle(name);
    expect(heldBy(parts, ELSEWHERE)).toEqual([]);
    const loaded = loadedAtOnce(parts);
    expect(heldBy(loaded, WHEN_WANTED)).toEqual([]);
    expect(bytesOf(loaded)).toBeLessThan(700_000);
    // What is not loaded at once is there.
    expect(heldBy(parts, WHEN_WANTED).length).toBeGreaterThan(20);
  });

  test("no function that has no page for people holds one", async () => {
    for (const name of ["on-registry-event", "on-schedule"] as const)
      expect(heldBy(await bundle(name), /shared\/web\/|node_modules\/hono/)).toEqual([]);
  });

  test.each(FUNCTIONS)("%s is loaded without Node's fetch and HTTP/2", async (name) => {
    await bundle(name);
    const code = 'require(process.argv[1]); console.log(process.moduleLoadList.join("\\n"))';
    const args = [...LAMBDA_NODE_FLAGS, "-e", code, join(dir, "one/code", name, "index.cjs")];
    const loaded = execFileSync(process.execPath, args, { encoding: "utf8" }).split("\n");
    expect(loaded.filter((module) => /undici|http2/.test(module))).toEqual([]);
    expect(loaded.length).toBeGreaterThan(20);
  });

  test.each(FUNCTIONS)("%s loads all its parts as Lambda starts Node", async (name) => {
    const files = (await bundle(name)).map(({ file }) => join(dir, "one/code", name, file));
    const code = "for (const file of JSON.parse(process.argv[1])) require(file); console.log(Object.keys(require.cache).length)";
    expect(Number(execFileSync(process.execPath, [...LAMBDA_NODE_FLAGS, "-e", code, JSON.stringify(files)]))).toBe(files.length);
  });

  test("on-webhook holds the descriptions of its API, and not those of settings and policies", async () => {
    const parts = await bundle("on-webhook");
    const code = parts.map(({ file }) => readFileSync(join(dir, "one/code/on-webhook", file), "utf8")).join("\n");
    for (const [file, isHeld] of [
      ["web/api/images.ts", true],
      ["policy/trust/settings.ts", false],
      ["compose/settings.ts", false],
    ] as const) {
      const described = [...readFileSync(join(ROOT, "shared", file), "utf8").matchAll(/\.describe\(\s*"([^"\\]+)"/g)].map(
        ([, text = ""]) => text,
      );
      expect(described.length).toBeGreaterThan(0);
      expect(described.filter((text) => code.includes(text))).toEqual(isHeld ? described : []);
    }
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
    expect(readdirSync(join(dir, "one/maps/admit/parts")).some((name) => name.endsWith(".cjs.map"))).toBe(true);
  });
});
