import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { parked } from "../../../shared/audit/record.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { type Instant, instant } from "../../../shared/domain/time.ts";
import { type ForwardDeps, type Forwarded, forward } from "../../../shared/pipeline/forward.ts";
import type { AuditSink } from "../../../shared/ports/audit-sink.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { webhook } from "../../../shared/sinks/webhook/index.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { type Received, type Receiver, type Reply, serveReceiver } from "../../fakes/webhook-receiver.ts";
import { at, NOW } from "../../fixtures/records.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const OK: Reply = { status: 200 };
const HOUR = 3_600_000;

interface Story {
  readonly store: Store;
  readonly receiver: Receiver;
  readonly sink: AuditSink;
  /** Uids of all events of the journal, in order. */
  readonly told: string[];
  readonly logged: string[];
  tell(count: number): Promise<void>;
  pass(now?: Instant, signal?: AbortSignal): Promise<Forwarded>;
  /** Passes, each when the one before said, until the sink has everything or stops for good. */
  drain(): Promise<number>;
}

async function story(answer: (request: Received, before: number) => Reply): Promise<Story> {
  const store = openSqliteStore({ file: ":memory:", signHead });
  const receiver = await serveReceiver(SECRET, answer);
  onTestFinished(async () => {
    await receiver.close();
    await store.close();
  });
  const sink = webhook.open({ name: "siem", url: receiver.url, secrets: [SECRET], plainHttp: true, version: "1.2.3" });
  const told: string[] = [];
  const logged: string[] = [];
  const log = {
    info: (message: string) => logged.push(`info ${message}`),
    warn: (message: string) => logged.push(`warn ${message}`),
    error: (message: string) => logged.push(`error ${message}`),
  };
  const deps: ForwardDeps = { ledger: store.ledger, sinks: store.sinks, log };
  const pass: Story["pass"] = (now = NOW, signal) => forward(deps, sink, now, signal);
  return {
    store,
    receiver,
    sink,
    told,
    logged,
    pass,
    async tell(count) {
      const events = Array.from(
        { length: count },
        (_, number): AuditEvent => parked({ work: `work ${told.length + number}`, why: "", at: NOW }),
      );
      await store.ledger.append(events);
      told.push(...events.map(({ id }) => id));
    },
    async drain() {
      let now: number = NOW;
      for (let passes = 1; passes <= 200; passes++) {
        const ended = await pass(instant(now));
        if (ended.kind === "idle" || ended.kind === "disabled") return passes;
        if (ended.kind === "waiting") now = Math.max(now + 1, ended.until);
      }
      throw new Error("the sink never had everything");
    },
  };
}

/** Ids of the events that a 2xx was given for, each once. */
function taken({ receiver }: Story, isTaken: (request: Received, place: number) => boolean = () => true): readonly string[] {
  return receiver.received.filter(isTaken).flatMap(({ uids }) => uids);
}

test("a sink gets every event once, in order, in signed bundles", async () => {
  const told = await story(() => OK);
  await told.tell(250);
  expect(await told.pass()).toEqual({ kind: "idle" });
  expect(taken(told)).toEqual(told.told);
  expect(told.receiver.received.map(({ verified }) => verified)).toEqual([true, true, true]);
  expect(await told.pass()).toEqual({ kind: "idle" });
  expect(told.receiver.received).toHaveLength(3);
});

test("a destination that fails and comes back gets the same batch with the same id, and nothing twice after it took it", async () => {
  const told = await story((_, before) => (before < 3 ? { status: 503 } : OK));
  await told.tell(3);
  expect(await told.pass()).toMatchObject({ kind: "waiting" });
  await told.tell(2);
  await told.drain();
  const [first, ...again] = told.receiver.received;
  expect(again.slice(0, 3).map(({ id, uids }) => ({ id, uids }))).toEqual(
    Array.from({ length: 3 }, () => ({ id: first?.id, uids: first?.uids })),
  );
  expect(taken(told, (_, place) => place >= 3)).toEqual(told.told);
  expect(told.receiver.received.every(({ verified }) => verified)).toBe(true);
});

test("an answer that is lost after the batch was taken makes the same batch come again, and no other", async () => {
  const told = await story((_, before) => (before === 0 ? "reset" : OK));
  await told.tell(4);
  await told.drain();
  const [lost, again] = told.receiver.received;
  expect(again?.body).toBe(lost?.body);
  expect(again?.id).toBe(lost?.id);
  expect(told.receiver.received).toHaveLength(2);
});

test("nothing is sent before the time that the destination asked for", async () => {
  const told = await story((_, before) => (before === 0 ? { status: 429, headers: { "retry-after": "600" } } : OK));
  await told.tell(1);
  const ended = await told.pass();
  expect(ended.kind === "waiting" && ended.until >= NOW + 600_000).toBe(true);
  expect(await told.pass(at(599_999))).toEqual(ended);
  expect(told.receiver.received).toHaveLength(1);
  expect(await told.pass(at(600_000))).toEqual({ kind: "idle" });
});

test.each([401, 403, 404])(
  "a destination that answers %i for an hour loses nothing, is asked seldom, and is reported once",
  async (status) => {
    const started = { fixed: false };
    const told = await story(() => (started.fixed ? OK : { status }));
    await told.tell(3);
    for (let now: number = NOW; now < NOW + HOUR; ) {
      const ended = await told.pass(instant(now));
      expect(ended.kind).toBe("waiting");
      now = "until" in ended ? ended.until : Number.POSITIVE_INFINITY;
    }
    expect(told.receiver.received.length).toBeGreaterThan(5);
    expect(told.receiver.received.length).toBeLessThan(100);
    expect(await told.store.sinks.sink("siem")).toMatchObject({ state: "paused", cursor: 0, dead: 0 });
    expect(told.logged.filter((line) => line.startsWith("error"))).toHaveLength(1);
    started.fixed = true;
    const asked = told.receiver.received.length;
    await told.drain();
    expect(taken(told, (_, place) => place >= asked)).toEqual(told.told);
    expect(await told.store.sinks.sink("siem")).toMatchObject({ state: "active", delivered: 3, failures: 0 });
  },
);

test("a destination that is gone for good gets nothing more, and the events stay", async () => {
  const told = await story(() => ({ status: 410 }));
  await told.tell(2);
  expect(await told.pass()).toEqual({ kind: "disabled" });
  expect(await told.pass(at(HOUR))).toEqual({ kind: "disabled" });
  expect(told.receiver.received).toHaveLength(1);
  expect(await told.store.sinks.sink("siem")).toMatchObject({ state: "disabled", cursor: 0, dead: 0 });
});

test.each([400, 413, 422])(
  "of a batch that is refused with %i the one poison event is found and kept aside, and all others arrive in order",
  async (status) => {
    const poison: { uid?: string | undefined } = {};
    const told = await story(({ uids }) => (uids.includes(poison.uid ?? "") ? { status, body: "cannot index this" } : OK));
    await told.tell(100);
    poison.uid = told.told[37];
    await told.drain();
    const arrived = taken(told, ({ uids }) => !uids.includes(poison.uid ?? ""));
    expect(arrived).toEqual(told.told.filter((uid) => uid !== poison.uid));
    expect(await told.store.sinks.deadLetters("siem", 10)).toMatchObject([{ sequence: 38, why: `answered ${status}: cannot index this` }]);
    expect(told.receiver.received.length).toBeLessThan(40);
  },
);

test("a destination with a small limit gets smaller batches, and every event", async () => {
  const told = await story(({ bytes }) => (bytes > 10_000 ? { status: 413 } : OK));
  await told.tell(120);
  await told.drain();
  expect(taken(told, ({ bytes }) => bytes <= 10_000)).toEqual(told.told);
  expect(await told.store.sinks.sink("siem")).toMatchObject({ dead: 0, delivered: 120 });
});

test("a destination that refuses everything is paused before the journal is set aside", async () => {
  const told = await story(() => ({ status: 400 }));
  await told.tell(60);
  expect(await told.pass()).toMatchObject({ kind: "waiting" });
  const state = await told.store.sinks.sink("siem");
  expect(state.state).toBe("paused");
  expect(state.dead).toBeLessThan(10);
});

test("a redirect is not followed, also not to this machine", async () => {
  const elsewhere = await story(() => OK);
  const told = await story(() => ({ status: 307, headers: { location: elsewhere.receiver.url } }));
  await told.tell(1);
  expect(await told.pass()).toMatchObject({ kind: "waiting" });
  expect(elsewhere.receiver.received).toEqual([]);
  expect(await told.store.sinks.sink("siem")).toMatchObject({ state: "paused" });
});

test("a destination that nobody listens at is tried again", async () => {
  const told = await story(() => OK);
  await told.tell(1);
  await told.receiver.close();
  expect(await told.pass()).toMatchObject({ kind: "waiting" });
  expect(await told.store.sinks.sink("siem")).toMatchObject({ state: "active", failures: 1, cursor: 0 });
});

test("a pass that is stopped while the destination hangs keeps the batch, and says nothing against the destination", async () => {
  const told = await story((_, before) => (before === 0 ? "hang" : OK));
  await told.tell(2);
  const stopping = new AbortController();
  const passing = told.pass(NOW, stopping.signal);
  await expect.poll(() => told.receiver.received.length).toBe(1);
  stopping.abort();
  expect(await passing).toEqual({ kind: "more" });
  expect(await told.store.sinks.sink("siem")).toMatchObject({ cursor: 0, failures: 0, state: "active" });
  await told.tell(2);
  await told.drain();
  const [hung, again] = told.receiver.received;
  expect(again?.id).toBe(hung?.id);
  expect(taken(told, (_, place) => place > 0)).toEqual(told.told);
});

test("a destination that hangs keeps no other waiting", async () => {
  const slow = await story(() => "hang");
  const receiver = await serveReceiver(SECRET, () => OK);
  onTestFinished(() => receiver.close());
  const quick = webhook.open({ name: "archive", url: receiver.url, secrets: [SECRET], plainHttp: true, version: "1.2.3" });
  await slow.tell(5);
  const stopping = new AbortController();
  const hanging = slow.pass(NOW, stopping.signal);
  await expect.poll(() => slow.receiver.received.length).toBe(1);
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  expect(await forward({ ledger: slow.store.ledger, sinks: slow.store.sinks, log }, quick, NOW)).toEqual({ kind: "idle" });
  expect(receiver.received.flatMap(({ uids }) => uids)).toEqual(slow.told);
  stopping.abort();
  await hanging;
});

test("a sink that fails in every way at random has every event in the end, in order for whoever drops repetitions", async () => {
  const ways: readonly Reply[] = [
    OK,
    { status: 500 },
    OK,
    "reset",
    { status: 401 },
    OK,
    { status: 429, headers: { "retry-after": "5" } },
    { status: 502 },
    OK,
  ];
  const isTaken = (place: number): boolean => ways[place % ways.length] === OK || ways[place % ways.length] === "reset";
  const told = await story((_, before) => ways[before % ways.length] ?? OK);
  for (let round = 0; round < 6; round++) {
    await told.tell(70);
    await told.pass(at(round * 10));
  }
  await told.drain();
  expect([...new Set(taken(told, (_, place) => isTaken(place)))]).toEqual(told.told);
  expect(await told.store.sinks.deadLetters("siem", 10)).toEqual([]);
});
