import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import { listen } from "../../../functions/local/listen.ts";
import { APPROVER, openWebGate, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { NOW } from "../../fixtures/records.ts";
import { run as runWords } from "../cli/run.ts";
import { answerTo, get, post } from "./api-requests.ts";
import { csrfIn, form, request, signIn } from "./browser.ts";

const EVE = { name: "eve", reason: "INC-12" };

/** A gate that somebody stopped, and that takes two people to go on; the first has asked. */
async function asked(): Promise<WebGate> {
  const gate = openWebGate();
  gate.answers.fourEyes = true;
  await gate.store.halts.halt(EVE, NOW);
  const answer = await gate.app.fetch(post("/brake/resume", AGREED));
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ type: "urn:moorgate:problem:proposed" });
  return gate;
}

const AGREED = { reason: "agreed" };

describe("the API", () => {
  test.each<readonly [string, number, () => Request]>([
    ["the list", 200, () => get("/proposals?state=open", APPROVER)],
    ["the second person's confirmation", 200, () => post("/proposals/proposal-1/confirm", AGREED, APPROVER)],
    ["a refusal", 200, () => post("/proposals/proposal-1/decline", AGREED, APPROVER)],
    ["the first person's own confirmation", 409, () => post("/proposals/proposal-1/confirm", AGREED)],
    ["a confirmation by who may only read", 403, () => post("/proposals/proposal-1/confirm", AGREED, VIEWER)],
    ["a confirmation without a reason", 400, () => post("/proposals/proposal-1/confirm", {}, APPROVER)],
    ["one that is not known", 404, () => post("/proposals/proposal-9/confirm", AGREED, APPROVER)],
  ])("answers %s as its document says", async (_, status, make) => {
    const gate = await asked();
    const sent = make();
    expect(await answerTo(gate, sent)).toEqual({ status, faults: [] });
    const isConfirmed = status === 200 && sent.url.endsWith("/confirm");
    expect((await gate.store.halts.now()).kind).toBe(isConfirmed ? "going" : "halted");
  });

  test("takes the person from the token: who claims to be another confirms nothing of their own", async () => {
    const gate = await asked();
    const response = await gate.app.fetch(post("/proposals/proposal-1/confirm", { ...AGREED, actor: "ben" }));
    expect(response.status).toBe(409);
    expect((await gate.store.halts.now()).kind).toBe("halted");
  });
});

describe("the first page", () => {
  const read = async (gate: WebGate, token: string): Promise<string> =>
    (await gate.app.fetch(request("/", { cookie: await signIn(gate, token) }))).text();

  async function press(
    gate: WebGate,
    verb: "confirm" | "decline",
    token: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const cookie = await signIn(gate, token);
    const csrf = csrfIn(await (await gate.app.fetch(request("/", { cookie }))).text());
    return (await gate.app.fetch(form(`/act/${verb}`, { csrf, proposal: "proposal-1", reason: "agreed", ...fields }, { cookie }))).status;
  }

  test("asks the second person, and neither the first nor who may only read", async () => {
    const gate = await asked();
    expect(await read(gate, APPROVER)).toContain("/act/confirm");
    expect(await read(gate, TOKEN)).toContain("proposal-1 waits");
    expect(await read(gate, TOKEN)).not.toContain("/act/confirm");
    expect(await read(gate, VIEWER)).not.toContain("/act/confirm");
  });

  test("takes the second person's answer, who need not be one who acts", async () => {
    const gate = await asked();
    expect(await press(gate, "confirm", APPROVER)).toBe(303);
    expect((await gate.store.halts.now()).kind).toBe("going");
    expect(await read(gate, APPROVER)).not.toContain("/act/confirm");
  });

  test.each<readonly [string, number, string, Readonly<Record<string, string>>]>([
    ["of the first person", 409, TOKEN, {}],
    ["of who may only read", 403, VIEWER, {}],
    ["without a reason", 400, APPROVER, { reason: " " }],
    ["on nothing", 400, APPROVER, { proposal: "" }],
  ])("does not take an answer %s", async (_, status, token, fields) => {
    const gate = await asked();
    expect(await press(gate, "confirm", token, fields)).toBe(status);
    expect((await gate.store.halts.now()).kind).toBe("halted");
  });

  test("an approver cannot act for that", async () => {
    const gate = await asked();
    const cookie = await signIn(gate, APPROVER);
    const csrf = csrfIn(await (await gate.app.fetch(request("/", { cookie }))).text());
    expect((await gate.app.fetch(form("/act/resume", { csrf, reason: "over" }, { cookie }))).status).toBe(403);
  });
});

describe("moorgate proposals", () => {
  let gate: WebGate;
  let folder: string;
  let door: Awaited<ReturnType<typeof listen>>;
  beforeEach(async () => {
    gate = await asked();
    folder = mkdtempSync(join(tmpdir(), "moorgate-proposals-"));
    writeFileSync(join(folder, "ann"), APPROVER);
    door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (sent) => gate.app.fetch(sent));
  });
  afterEach(async () => {
    await door.stop();
    rmSync(folder, { recursive: true });
  });
  const ask = (...words: readonly string[]): ReturnType<typeof runWords> =>
    runWords(["proposals", ...words, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "ann")]);

  test("lists what was asked for, confirms it with a token of one's own, and tells it in the journal", async () => {
    const before = await ask("list", "--json");
    expect(JSON.parse(before.out).proposals).toMatchObject([{ id: "proposal-1", act: "resume", by: "operator", state: "open" }]);
    expect((await ask("confirm", "proposal-1", "--reason", "agreed")).exit).toBe(0);
    expect((await gate.store.halts.now()).kind).toBe("going");
    const after = await ask("list");
    expect([after.exit, after.out.includes("confirmed by ann")]).toEqual([0, true]);
    const entries = await gate.store.ledger.recent({ limit: 10 });
    const lines = entries.map(({ event }) => eventWords({ ...event })).filter((line) => line.includes("proposal-1 "));
    expect(lines).toHaveLength(2);
  });

  test("decline leaves all as it is", async () => {
    expect((await ask("decline", "proposal-1", "--reason", "not today")).exit).toBe(0);
    expect((await ask("confirm", "proposal-1", "--reason", "agreed")).exit).toBe(3);
    expect((await ask("confirm", "proposal-9", "--reason", "agreed")).exit).toBe(3);
    expect(await ask("decline", "proposal-1", "--reason", "not today")).toMatchObject({
      exit: 0,
      out: "  NOTHING TO DO  proposal-1 is declined already",
    });
    expect((await gate.store.halts.now()).kind).toBe("halted");
  });

  test.each([["confirm"], ["decline"]])("%s asks for a reason", async (verb) => {
    expect((await ask(verb, "proposal-1")).exit).toBe(3);
  });
});
