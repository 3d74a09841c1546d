import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judged, parked } from "../../shared/audit/record.ts";
import { decideRun } from "../../shared/pipeline/decide-run.ts";
import { forward } from "../../shared/pipeline/forward.ts";
import type { AuditSink, Delivered } from "../../shared/ports/audit-sink.ts";
import type { AskedHold, HoldAnswer, RunFacts } from "../../shared/ports/run-store.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead } from "../contract/store.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { stopRun } from "../fixtures/runs.ts";
import { type DynamoLocal, placeOf, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { type Fate, startProxy } from "./dynamodb-proxy.ts";

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

test("what happened in a run is counted once, also where the next process looks at it when another has taken its place", () =>
  withTable(local, async (place) => {
    const stores = [openDynamoStore({ place, signHead }), openDynamoStore({ place, signHead })] as const;
    const [{ runs, ledger }, other] = stores;
    const old = await runs.begin("feeds", "", NOW);
    const facts = { verdict: verdictOf("violating"), previous: undefined, origin: "event" } as const;
    await ledger.append([judged({ image: keyOf("a"), tags: [], at: NOW, correlationId: "", partOf: old }, facts)]);
    expect(await runs.untold()).toMatchObject([{ run: old }]);
    await runs.begin("policy", "v2", NOW);
    await other.ledger.append([parked({ work: "", why: "", at: NOW })]);
    expect(await other.runs.untold()).toMatchObject([{ run: old }]);
    for (const { close } of stores) await close();
  }));

test("who stood still while he sent does not take a sink back to where he was: nothing is sent again that others sent meanwhile", () =>
  withTable(local, async (place) => {
    const [begun, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<Delivered>()];
    const { ledger, sinks, close } = openDynamoStore({ place, signHead });
    const sent: number[] = [];
    const sinkOf = (send: AuditSink["send"]): AuditSink => ({ name: "siem", batch: { maxEvents: 2, maxBytes: 1_000_000 }, send });
    const deps = { ledger, sinks, log: openLog({ level: "silent", clock: { now: () => NOW } }) };
    const takes: AuditSink["send"] = async (entries) => {
      sent.push(...entries.map(({ sequence }) => sequence));
      return { kind: "delivered", count: entries.length };
    };
    await ledger.append(["a", "b", "c", "d", "e"].map((work) => parked({ work, why: "", at: NOW })));
    const hangs = sinkOf(async () => {
      begun.resolve();
      return answer.promise;
    });
    const late = forward(deps, hangs, NOW);
    await begun.promise;
    expect(await forward(deps, sinkOf(takes), NOW)).toEqual({ kind: "idle" });
    answer.resolve({ kind: "retry", why: "cut off" });
    await late;
    expect(await forward(deps, sinkOf(takes), NOW)).toEqual({ kind: "idle" });
    expect(sent).toEqual([1, 2, 3, 4, 5]);
    await close();
  }));

test("a step whose answer was lost is known as done, also where the next try meets a transaction that is under way", () =>
  withTable(local, async (place, table) => {
    const fates: Fate[] = ["lost-after", "conflict"];
    const proxy = await startProxy(local.endpoint, (operation) => (operation === "PutItem" ? (fates.shift() ?? "pass") : "pass"));
    const [first, second] = [openDynamoStore({ place, signHead }), openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead })];
    const step = (version: number) => ({ image: recordOf(keyOf("a"), { version }), intents: [], outcomes: [], journal: [] });
    await first.ledger.commit(step(1));
    expect(await second.ledger.commit(step(2))).toBe("committed");
    expect(fates).toEqual([]);
    for (const { close } of [first, second]) await close();
    await proxy.stop();
  }));

test("a large document that was written is whole, also where its answer was lost and the next try is refused for a transaction that is under way", () =>
  withTable(local, async (_, table) => {
    // Two pieces, and what names them.
    const fates: Fate[] = ["pass", "pass", "lost-after", "conflict"];
    const proxy = await startProxy(local.endpoint, (operation) => (operation === "PutItem" ? (fates.shift() ?? "pass") : "pass"));
    const store = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    const large = randomBytes(600_000);
    await store.reports.put(keyOf("a"), "trivy", large, NOW);
    const [report] = await store.reports.list(keyOf("a").digest);
    expect(Buffer.from(report?.bytes ?? []).equals(large)).toBe(true);
    await store.close();
    await proxy.stop();
  }));

function stop({ soFar }: RunFacts): HoldAnswer {
  return { kind: "wait", why: `it would hold more than ${soFar().held} images` };
}

function askFor(name: string): AskedHold {
  return { image: keyOf(name), hasTags: true, reasons: ["r"] };
}

test("a run that is being stopped while another takes its place is not stopped: the other is asked in its stead", () =>
  withTable(local, async (place, table) => {
    const [stopped, on] = [Promise.withResolvers<void>(), Promise.withResolvers<Fate>()];
    const proxy = await startProxy(local.endpoint, (operation) => {
      if (operation !== "Query") return "pass";
      stopped.resolve();
      return on.promise;
    });
    const slow = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    const { runs, close } = openDynamoStore({ place, signHead });
    const weighed = slow.runs.weigh(await runs.begin("feeds", "", NOW), askFor("a"), NOW, stop);
    await stopped.promise;
    const next = await runs.begin("policy", "v2", NOW);
    on.resolve("pass");
    expect(await weighed).toMatchObject({ stopped: { id: next } });
    expect((await runs.list({ state: "stopped", limit: 9 })).map(({ id }) => id)).toEqual([next]);
    await slow.close();
    await close();
    await proxy.stop();
  }));

test("a person whose approval met a table that failed halfway says it again, and what waits is queued", () =>
  withTable(local, async (place, table) => {
    let fate: Fate = "lost-before";
    // Jobs are written alone, a decision with its run.
    const proxy = await startProxy(local.endpoint, (operation) => (operation === "PutItem" ? fate : "pass"));
    const store = openDynamoStore({ place, signHead });
    const image = recordOf(keyOf("a"), { verdict: verdictOf("violating") });
    await store.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
    const run = await stopRun(store, [image.key]);
    const failing = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    const decide = (name: string) =>
      decideRun({ ...failing, clock: { now: () => NOW } }, { run, decision: "approved", actor: { name, reason: "meant so" } });
    await expect(decide("ann")).rejects.toMatchObject({ retryable: true });
    fate = "pass";
    expect(await decide("ben")).toMatchObject({ kind: "refused" });
    expect(await decide("ann")).toMatchObject({ kind: "decided", queued: 1 });
    expect((await store.queue.depth()).waiting).toBe(1);
    expect((await store.ledger.journal(0, 9)).map(({ event }) => event.kind)).toEqual(["braked"]);
    for (const { close } of [store, failing]) await close();
    await proxy.stop();
  }));

test("another policy takes the place of more runs that wait for a person than a transaction has room for", () =>
  withTable(local, async (place) => {
    const { runs, close } = openDynamoStore({ place, signHead });
    const emergency = await runs.begin("emergency", "", NOW);
    await runs.weigh(emergency, askFor("a"), NOW, stop);
    for (let number = 0; number < 101; number++) await runs.weigh(await runs.begin("feeds", `day ${number}`, NOW), askFor("a"), NOW, stop);
    await runs.begin("policy", "v2", NOW);
    expect((await runs.list({ state: "stopped", limit: 9 })).map(({ id }) => id)).toEqual([emergency]);
    expect(await runs.list({ state: "rejected", limit: 200 })).toHaveLength(101);
    await close();
  }));
