import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { type Judged, run } from "../../corpus/run.ts";

const MAIN = fileURLToPath(new URL("../../corpus/main.ts", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Entry {
  readonly file: string;
  readonly kind: string;
  readonly format: string;
  readonly text?: string;
  readonly sha256?: string;
  readonly expected?: unknown;
}

/** A folder with an index; a file without text is missing. */
function folderOf(entries: readonly Entry[]): string {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-corpus-"));
  folders.push(folder);
  const index = entries.map(({ text, sha256, ...entry }) => {
    if (text !== undefined) {
      mkdirSync(dirname(join(folder, entry.file)), { recursive: true });
      writeFileSync(join(folder, entry.file), text);
    }
    return {
      ...entry,
      sha256:
        sha256 ??
        createHash("sha256")
          .update(text ?? "")
          .digest("hex"),
    };
  });
  if (entries.length > 0) writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  return folder;
}

function runCorpus(...args: readonly string[]): { readonly code: number | null; readonly lines: readonly string[] } {
  const { status, stdout } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
  return { code: status, lines: stdout.trimEnd().split("\n") };
}

async function judge(entry: Entry): Promise<readonly Judged[]> {
  return Array.fromAsync(run(folderOf([entry]), []));
}

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const EVENT = {
  id: "a-1",
  action: "push",
  repository: "team/app",
  tag: "v1",
  digest: DIGEST,
  host: "registry.example:5000",
  actor: "robot",
  isImage: true,
};
const TIME = "2026-01-02T03:04:05.678901234Z";
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

const target = { mediaType: MEDIA_TYPE, digest: DIGEST, repository: "team/app", tag: "v1" };
const blob = { mediaType: "application/octet-stream", digest: DIGEST, repository: "team/app" };
const request = { id: "r", addr: "192.0.2.1:1", host: "registry.example:5000", method: "PUT", useragent: "test" };
const envelope = JSON.stringify({
  events: [
    { id: "a-0", timestamp: TIME, action: "push", target: blob, request, actor: { name: "robot" }, source: {} },
    { id: "a-1", timestamp: TIME, action: "push", target, request, actor: { name: "robot" }, source: {} },
    { id: "a-2", timestamp: TIME, action: "pull", target, request, actor: { name: "robot" }, source: {} },
  ],
});
const expected = [
  { ...EVENT, id: "a-0", isImage: false },
  { ...EVENT, mediaType: MEDIA_TYPE, time: TIME },
  { ...EVENT, id: "a-2", action: "pull" },
];

function delivery(changes: Readonly<Record<string, unknown>> = {}): Entry {
  const events = expected.map((event) => (event.id === "a-1" ? { ...event, ...changes } : event));
  return { file: "events/distribution/push.json", kind: "event", format: "distribution", text: envelope, expected: { events } };
}

test("a case that is read as expected passes, and the sum is alone on the last line", () => {
  expect(runCorpus(folderOf([delivery()]))).toEqual({ code: 0, lines: ["1 passed, 0 failed"] });
});

test.each([
  ["id", "other"],
  ["action", "delete"],
  ["repository", "team/other"],
  ["tag", "v2"],
  ["digest", `sha256:${"0".repeat(64)}`],
  ["mediaType", "application/vnd.oci.image.index.v1+json"],
  ["host", "other.example"],
  ["actor", "somebody"],
  ["time", "2026-01-02T03:04:06Z"],
  ["isImage", false],
])("a difference in %s fails, in a row that names the file", async (field, value) => {
  const row = { case: "events/distribution/push.json", outcome: "failed", detail: expect.any(String) as string };
  expect(await judge(delivery({ [field]: value }))).toEqual([{ kind: "events", row }]);
});

test("a failure is a line of its own and ends with 1", () => {
  const line = expect.stringMatching(/^failed events events\/distribution\/push\.json: .*v2/) as string;
  expect(runCorpus(folderOf([delivery({ tag: "v2" })]))).toEqual({ code: 1, lines: [line, "0 passed, 1 failed"] });
});

test.each([
  ["another content than the index describes", { ...delivery(), sha256: "0".repeat(64) }],
  ["no file at all", { file: "events/distribution/absent.json", kind: "event", format: "distribution" }],
  ["a file outside of the folder", { ...delivery(), file: "../escaped.json" }],
  ["expectations that cannot be read", { ...delivery(), expected: { events: "none" } }],
])("%s is a failure", async (_what, entry) => {
  expect(await judge(entry)).toMatchObject([{ row: { case: entry.file, outcome: "failed" } }]);
});

test("kinds and formats that are not built are counted by name and never as passed", () => {
  const folder = folderOf([
    delivery(),
    { file: "events/other/a.json", kind: "event", format: "unheard-of", text: "{}" },
    { file: "events/other/b.json", kind: "event", format: "unheard-of", text: "[]" },
    { file: "osv/a.json", kind: "osv", format: "unheard-of", text: "{}" },
    { file: "poems/a.txt", kind: "poem", format: "sonnet", text: "" },
  ]);
  expect(runCorpus(folder)).toEqual({
    code: 0,
    lines: ["unsupported events/unheard-of: 2", "unsupported osv/unheard-of: 1", "unsupported poem: 1", "1 passed, 0 failed"],
  });
  expect(runCorpus(folder, "--json").lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { passed: 1, failed: 0, unsupported: { "events/unheard-of": 2, "osv/unheard-of": 1, poem: 1 }, failures: [] },
  ]);
});

test.each([
  ["no folder", []],
  ["a folder that is not there", ["/nonexistent-folder"]],
  ["a kind that is not there", [tmpdir(), "--kind", "poems"]],
  ["an unknown flag", [tmpdir(), "--all"]],
  ["a folder with nothing in it", [folderOf([])]],
  ["a kind of which the folder has no case", [folderOf([delivery()]), "--kind", "findings"]],
])("%s ends with 3", (_what, args) => {
  expect(runCorpus(...args).code).toBe(3);
});
