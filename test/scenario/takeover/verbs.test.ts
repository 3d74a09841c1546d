import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listen } from "../../../functions/local/listen.ts";
import { faceOf } from "../../../shared/compose/web-face.ts";
import { accessToken } from "../../../shared/web/access.ts";
import { createApp } from "../../../shared/web/app.ts";
import { run } from "../../unit/cli/run.ts";
import { keyAt, startTakeOver, type TakeOverWorld } from "./world.ts";

const TOKEN = "operator-token-of-a-test";

let world: TakeOverWorld;
let folder: string;
let door: Awaited<ReturnType<typeof listen>>;

beforeEach(async () => {
  world = await startTakeOver({ count: 6, critical: [0, 1, 2], clean: [3], running: [0, 5], repositories: 2 });
  const app = createApp({
    ...faceOf(world.gate),
    tokens: [accessToken("ann", ["operator"], TOKEN)],
    hasAdmission: false,
    isAllowedHost: () => true,
  });
  folder = mkdtempSync(join(tmpdir(), "moorgate-takeover-"));
  writeFileSync(join(folder, "token"), TOKEN);
  door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (request) => app.fetch(request));
});
afterEach(async () => {
  await door.stop();
  await world.stop();
  rmSync(folder, { recursive: true });
});

const words = (...given: readonly string[]) =>
  run(["takeover", ...given, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "token")]);

async function json(...given: readonly string[]): Promise<{ readonly exit: number; readonly answer: Record<string, unknown> }> {
  const { exit, out, err } = await words(...given, "--json");
  return { exit, answer: JSON.parse(out === "" ? err : out) };
}

async function listed(): Promise<void> {
  await world.gate.operator.sweep();
  await world.drain();
}

test("each step says which is next; what came too soon is wrong use with the step to take, and the last once more is nothing to do", async () => {
  const { registry } = world;
  expect((await json("status")).exit).toBe(1);
  expect(await json("confirm", registry, "--reason", "seen")).toMatchObject({ exit: 3, answer: { error: { code: "refused" } } });
  await listed();
  expect((await json("status", registry)).answer).toMatchObject({
    registries: [{ state: "taking-over", images: 6, open: 0, withoutFindings: 2, next: `moorgate takeover plan ${registry}` }],
  });
  expect(await json("confirm", registry, "--reason", "seen")).toMatchObject({
    exit: 3,
    answer: { error: { next: expect.stringContaining(`moorgate takeover plan ${registry}`) } },
  });
  expect(await json("plan", registry)).toMatchObject({
    exit: 1,
    answer: { numbers: { images: 6, hold: 2, deadline: 1 }, holds: { length: 2 } },
  });
  expect((await json("status")).answer).toMatchObject({
    registries: [{ seen: { by: "ann" }, next: expect.stringContaining(`moorgate takeover confirm ${registry}`) }],
  });
  expect(await json("confirm", registry, "--reason", "seen")).toMatchObject({ exit: 0, answer: { queued: 6 } });
  await world.drain();
  expect(await world.held()).toEqual([1, 2]);
  expect(await json("status")).toMatchObject({
    exit: 0,
    answer: { registries: [{ state: "in-charge", how: "confirmed", by: "ann", open: 0 }] },
  });
  for (const again of [
    ["plan", registry],
    ["confirm", registry, "--reason", "seen"],
  ]) {
    expect(await json(...again)).toMatchObject({ exit: 0, answer: { kind: "there", registry, state: "in-charge" } });
    expect((await words(...again)).out).toBe(`  NOTHING TO DO  the gate is in charge of ${registry} already`);
  }
});

test("in words, the plan names what speaks against images and the command that confirms it", async () => {
  await listed();
  const { out, exit } = await words("plan", world.registry);
  expect(exit).toBe(1);
  for (const part of ["no-critical", "shop/app", `moorgate takeover confirm ${world.registry}`]) expect(out).toContain(part);
});

test("a plan of what is not all judged yet is no answer: exit 2", async () => {
  await world.gate.operator.sweep();
  expect(await json("plan", world.registry)).toMatchObject({ exit: 2, answer: { objection: { why: expect.stringContaining("6") } } });
});

test("confirming needs a reason, which the journal keeps", async () => {
  expect((await words("confirm", world.registry)).exit).toBe(3);
});

test.each([["status"], ["plan"], ["scans"]])("%s of a registry that is not watched is wrong use", async (verb) => {
  expect(await json(verb, "other.example")).toMatchObject({ exit: 3, answer: { error: { code: "not-found" } } });
});

test("scans prints one reference a line and nothing else, in use first, to be given to a scanner", async () => {
  await listed();
  const { out, err, exit } = await words("scans", world.registry, "--price-per-image", "0.26", "--currency", "EUR");
  const reference = (number: number): string => {
    const { registry, repository, digest } = keyAt(world.images, number);
    return `${registry}/${repository}@${digest}`;
  };
  expect(out.split("\n")).toEqual([reference(5), reference(4)]);
  expect(err).toContain("0.52 EUR");
  expect(exit).toBe(0);
});

test("scans of a registry that is not listed or judged to its end says so, and is no success", async () => {
  expect(await json("scans", world.registry)).toMatchObject({
    exit: 2,
    answer: { images: [], missing: expect.stringContaining("not yet") },
  });
  await world.gate.operator.sweep();
  const { err, exit } = await words("scans", world.registry);
  expect([exit, err]).toEqual([2, expect.stringContaining("0 of 6 judged")]);
});

test("the price of scans is summed without a rounding error, and a text that is none is refused", async () => {
  await listed();
  expect((await json("scans", world.registry, "--price-per-image", "0.105")).answer).toMatchObject({
    cost: { amount: "0.21", currency: "USD" },
  });
  for (const price of ["free", "-1", "1e3", "0.1234567"])
    expect((await words("scans", world.registry, "--price-per-image", price)).exit).toBe(3);
});

test("the first page says that nothing is held there, how far it is and what is next", async () => {
  await listed();
  const { registries } = await world.gate.status();
  expect(registries[0]?.takeOver).toEqual({ judged: 6, found: 6, next: `moorgate takeover plan ${world.registry}` });
});
