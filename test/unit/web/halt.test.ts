import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import { listen } from "../../../functions/local/listen.ts";
import { APPROVER, HOST, openWebGate, TOKEN, VIEWER, type WebGate } from "../../fakes/web-gate.ts";
import { run as runWords } from "../cli/run.ts";
import { answerTo, post } from "./api-requests.ts";
import { csrfIn, form, request, signIn } from "./browser.ts";

const ANN = { name: "operator", reason: "INC-12" };

const ask = (verb: "stop" | "resume"): Request => post(`/brake/${verb}`, { reason: ANN.reason });

async function events(gate: WebGate): Promise<readonly string[]> {
  const entries = await gate.store.ledger.journal(0, 100);
  return entries.flatMap(({ event }) => (event.kind === "halted" ? [`${event.state} ${event.by.name}`] : []));
}

describe("the API", () => {
  test.each([
    ["a stop", "stop", 200, { reason: "INC-12" }, TOKEN],
    ["a stop without a reason", "stop", 400, {}, TOKEN],
    ["a stop by who may only read", "stop", 403, { reason: "INC-12" }, VIEWER],
    ["a stop by who may only approve", "stop", 403, { reason: "INC-12" }, APPROVER],
    ["a resumption of what goes", "resume", 409, { reason: "INC-12" }, TOKEN],
  ] as const)("answers %s as its document says", async (_, verb, status, body, token) => {
    const gate = openWebGate();
    expect(await answerTo(gate, post(`/brake/${verb}`, body, token))).toEqual({ status, faults: [] });
    expect((await gate.store.halts.now()).kind).toBe(status === 200 ? "halted" : "going");
  });

  test("tells of the stop in the status and the figures, and of each switch once in the journal", async () => {
    const gate = openWebGate();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const status = async (): Promise<unknown> => (await gate.app.fetch(new Request(`http://${HOST}/api/v1/status`, { headers }))).json();
    const figures = async (): Promise<string> => (await gate.app.fetch(new Request(`http://${HOST}/metrics`, { headers }))).text();
    expect(await status()).not.toHaveProperty("halted");
    expect(await figures()).toContain("moorgate_halted 0");
    await gate.app.fetch(ask("stop"));
    await gate.app.fetch(ask("stop"));
    expect(await status()).toMatchObject({ halted: { by: "operator", reason: "INC-12" } });
    expect(await figures()).toContain("moorgate_halted 1");
    await gate.app.fetch(ask("resume"));
    expect(await events(gate)).toEqual(["stopped operator", "resumed operator"]);
  });
});

describe("the first page", () => {
  async function press(gate: WebGate, verb: "stop" | "resume", reason: string, token = TOKEN): Promise<Response> {
    const cookie = await signIn(gate, token);
    const page = await (await gate.app.fetch(request("/", { cookie }))).text();
    return gate.app.fetch(form(`/act/${verb}`, { csrf: csrfIn(page), reason }, { cookie }));
  }
  const read = async (gate: WebGate, token = TOKEN): Promise<string> =>
    (await gate.app.fetch(request("/", { cookie: await signIn(gate, token) }))).text();

  test("stops the gate and lets it go on, and says above all else that it is stopped", async () => {
    const gate = openWebGate();
    expect(await read(gate)).not.toContain('role="alert"');
    expect((await press(gate, "stop", "INC-12")).status).toBe(303);
    const stopped = await read(gate);
    expect(stopped).toContain('role="alert"');
    expect(stopped).toContain("/act/resume");
    expect(stopped).not.toContain('action="/act/stop"');
    expect((await press(gate, "resume", "over")).status).toBe(303);
    expect(await read(gate)).toContain('action="/act/stop"');
  });

  test.each([
    ["without a reason", " ", TOKEN, 400],
    ["by who may only read", "INC-12", VIEWER, 403],
  ])("does not stop it %s", async (_, reason, token, status) => {
    const gate = openWebGate();
    expect((await press(gate, "stop", reason, token)).status).toBe(status);
    expect((await gate.store.halts.now()).kind).toBe("going");
  });

  test("offers nothing of it to who may only read", async () => {
    expect(await read(openWebGate(), VIEWER)).not.toContain("/act/stop");
  });
});

describe("moorgate brake", () => {
  let gate: WebGate;
  let folder: string;
  let door: Awaited<ReturnType<typeof listen>>;
  beforeEach(async () => {
    gate = openWebGate();
    folder = mkdtempSync(join(tmpdir(), "moorgate-halt-"));
    writeFileSync(join(folder, "token"), TOKEN);
    door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (asked) => gate.app.fetch(asked));
  });
  afterEach(async () => {
    await door.stop();
    rmSync(folder, { recursive: true });
  });
  const brake = (...words: readonly string[]): ReturnType<typeof runWords> =>
    runWords(["brake", ...words, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, "token")]);

  test("stop and resume move the switch, and have nothing to do where it stands so already", async () => {
    expect((await brake("stop", "--reason", "INC-12")).exit).toBe(0);
    expect(await gate.store.halts.now()).toMatchObject({ kind: "halted", by: ANN });
    expect(await brake("stop", "--reason", "again")).toMatchObject({ exit: 0, out: expect.stringMatching(/NOTHING TO DO .*: INC-12$/) });
    expect(JSON.parse((await brake("stop", "--reason", "again", "--json")).out)).toMatchObject({
      kind: "there",
      halted: { by: ANN.name, reason: ANN.reason },
    });
    const resumed = await brake("resume", "--reason", "over", "--json");
    expect([resumed.exit, JSON.parse(resumed.out)]).toEqual([0, { queued: 0 }]);
    expect((await gate.store.halts.now()).kind).toBe("going");
    expect(await brake("resume", "--reason", "again")).toMatchObject({ exit: 0, out: "  NOTHING TO DO  the gate is not stopped" });
  });

  test("resume waits for the other person where it takes two: exit 1", async () => {
    gate.answers.fourEyes = true;
    await brake("stop", "--reason", "INC-12");
    expect(await brake("resume", "--reason", "over", "--json")).toMatchObject({ exit: 1, err: expect.stringContaining('"proposed"') });
    expect((await gate.store.halts.now()).kind).toBe("halted");
  });

  test("stop asks for a reason", async () => {
    expect((await brake("stop")).exit).toBe(3);
    expect((await gate.store.halts.now()).kind).toBe("going");
  });

  test("is told in a line of the journal", async () => {
    await brake("stop", "--reason", "INC-12");
    const [entry] = await gate.store.ledger.recent({ limit: 1 });
    expect(eventWords({ ...entry?.event })).toBe("! gate stopped by operator: INC-12");
  });
});
