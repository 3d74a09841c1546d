import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import { listen } from "../../../functions/local/listen.ts";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import { openWebGate, TOKEN, type WebGate } from "../../fakes/web-gate.ts";
import { keyOf, recordOf, verdictOf } from "../../fixtures/records.ts";
import { stopRun } from "../../fixtures/runs.ts";
import { type Ran, run as runWords } from "./run.ts";

const IMAGE = keyOf("a");

let gate: WebGate;
let folder: string;
let door: Awaited<ReturnType<typeof listen>>;
let id: string;

beforeEach(async () => {
  gate = openWebGate();
  id = await stopRun(gate.store, [IMAGE]);
  await gate.remember(recordOf(IMAGE, { verdict: verdictOf("violating"), run: id, isBraked: true }));
  folder = mkdtempSync(join(tmpdir(), "moorgate-runs-"));
  writeFileSync(join(folder, "token"), TOKEN);
  door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (request) => gate.app.fetch(request));
});
afterEach(async () => {
  await door.stop();
  rmSync(folder, { recursive: true });
});

function ask(...words: readonly string[]): Promise<Ran> {
  return runWords([...words, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "token"), "--json"]);
}

test("brake status shows the limits and what waits for an answer with who uses it, and says by its exit code whether something waits", async () => {
  const before = await ask("brake", "status");
  expect(before.exit).toBe(1);
  const shown = JSON.parse(before.out);
  expect(shown.runs).toMatchObject([{ id, state: "stopped", cause: "policy", held: 0, waiting: 1 }]);
  expect(shown).toMatchObject({ limits: { images: 5 }, heldInHour: 0, untold: [] });
  expect(shown.waiting).toMatchObject([
    { run: { id }, images: [{ image: printImageKey(IMAGE), use: "unknown" }], uses: { unknown: 1, running: 0 } },
  ]);
  const place = { url: `http://127.0.0.1:${door.port}`, token: join(folder, "token") };
  const words = await runWords(["brake", "status", "--url", place.url, "--token-file", place.token]);
  for (const part of [
    /5 images a run/,
    /0 of \d+ held by runs/,
    /stopped, 0 held, 1 wait/,
    /1 not known/,
    new RegExp(`brake approve ${id}`),
  ])
    expect(words.out).toMatch(part);
  await ask("brake", "reject", id, "--reason", "a mistake");
  expect((await ask("brake", "status")).exit).toBe(0);
});

test.each([
  ["approve", "approved", 1],
  ["reject", "rejected", 0],
])("%s answers a run, and its reason is kept with the person of the token, whoever the command says it is", async (verb, state, queued) => {
  const { exit, out } = await ask("brake", verb, id, "--reason", "agreed", "--actor", "ann");
  expect(exit).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ queued, run: { id, state, decided: { by: "operator", reason: "agreed" } } });
  expect((await gate.store.queue.depth()).waiting).toBe(queued);
});

test("an answer that was given already is nothing to do, and the other one is wrong use", async () => {
  await ask("brake", "reject", id, "--reason", "agreed");
  const again = await ask("brake", "reject", id, "--reason", "once more");
  expect([again.exit, JSON.parse(again.out)]).toMatchObject([0, { kind: "there", run: { id, decided: { reason: "agreed" } } }]);
  expect(await ask("brake", "approve", id, "--reason", "no")).toMatchObject({ exit: 3, err: expect.stringContaining('"refused"') });
});

test("an approval that is given again, by somebody who was not answered, has what still waits judged, once", async () => {
  await ask("brake", "approve", id, "--reason", "agreed");
  const again = await ask("brake", "approve", id, "--reason", "once more");
  expect([again.exit, JSON.parse(again.out)]).toMatchObject([0, { queued: 1, run: { id, decided: { reason: "agreed" } } }]);
  expect((await gate.store.queue.depth()).waiting).toBe(1);
  expect((await gate.store.ledger.journal(0, 9)).filter(({ event }) => event.kind === "braked")).toHaveLength(1);
});

test.each([
  ["without a reason", 3, (run: string) => ["brake", "approve", run]],
  ["of an unknown run", 3, () => ["brake", "approve", "policy-9", "--reason", "agreed"]],
  ["of a name that is a path", 3, () => ["brake", "approve", "../../v1/sweep", "--reason", "agreed"]],
])("an answer %s changes nothing", async (_, exit, words) => {
  expect((await ask(...words(id))).exit).toBe(exit);
  expect((await gate.store.runs.find(id))?.state).toBe("stopped");
});

test("the journal's line says that an image was signed and is not any more, by whose doing, and that it is again", () => {
  const image = { registry: "registry.example", repository: "shop/api", digest: `sha256:${"ab".repeat(32)}` };
  const event = {
    kind: "signature",
    image,
    tags: ["1.0"],
    signatures: [{ identity: "release" }],
    loss: { cause: "deleted", actor: "mallory" },
  };
  expect(eventWords({ ...event, state: "lost" })).toMatch(/^! .*shop\/api:1\.0.*release.*mallory$/);
  expect(eventWords({ ...event, state: "restored" })).toMatch(/^\+ .*shop\/api:1\.0.*release$/);
  expect(eventWords({ ...event, state: "ended" })).toMatch(/^- .*shop\/api:1\.0/);
});

test("the journal's line says what stopped, what was decided and by whom", () => {
  const event = { kind: "braked", run: "policy-3", why: "too many" };
  expect(eventWords({ ...event, state: "stopped" })).toBe("! run policy-3 stopped: too many");
  expect(eventWords({ ...event, state: "approved", actor: "ann" })).toBe("! run policy-3 approved by ann: too many");
});
