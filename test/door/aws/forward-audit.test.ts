import { describe, expect, test } from "vitest";
import type { Forwarding } from "../../../functions/aws/forward-all.ts";
import { forwardAudit } from "../../../functions/aws/forward-audit.ts";
import { onRegistryEvent } from "../../../functions/aws/on-registry-event.ts";
import type { JournalEntry } from "../../../shared/domain/audit-event.ts";
import type { AuditSink, Delivered } from "../../../shared/ports/audit-sink.ts";
import { imageNamed } from "../../fakes/small-gate.ts";
import { openDoorGate, told } from "./door-gate.ts";
import { batch, sqsRecord, streamEvent, turn } from "./woken.ts";

/** A gate that has something to tell, and a destination that answers as it is told to. */
async function open(answer: (entries: readonly JournalEntry[], signal?: AbortSignal) => Promise<Delivered> | Delivered, maxEvents = 100) {
  const door = await openDoorGate();
  const key = await door.push("shop/api", "v1", imageNamed("one"));
  await onRegistryEvent(door.wired, batch(sqsRecord(told("PUSH", key, "v1"))), turn());
  const sent: string[] = [];
  const sink: AuditSink = {
    name: "siem",
    batch: { maxEvents, maxBytes: 1_000_000 },
    async send(entries, signal) {
      const delivered = await answer(entries, signal);
      if (delivered.kind === "delivered") sent.push(...entries.slice(0, delivered.count).map(({ event }) => event.id));
      return delivered;
    },
  };
  const { clock, log } = door.wired;
  const forwarding: Forwarding = { ledger: door.store.ledger, places: door.store.sinks, sinks: [sink], clock, log };
  const ids = (await door.store.ledger.journal(0, 500)).map(({ event }) => event.id);
  return { forwarding, sent, ids, door };
}

const whole = (entries: readonly JournalEntry[]): Delivered => ({ kind: "delivered", count: entries.length });

describe("records of the stream", () => {
  test("have each entry of the journal sent once, in order; the same records again send nothing", async () => {
    const { forwarding, sent, ids } = await open(whole);
    expect(await forwardAudit(forwarding, streamEvent("11", "12"), turn())).toEqual({ batchItemFailures: [] });
    expect(await forwardAudit(forwarding, streamEvent("11", "12"), turn())).toEqual({ batchItemFailures: [] });
    expect(ids.length).toBeGreaterThan(1);
    expect(sent).toEqual(ids);
  });

  test("come again from the first on whose item cannot be read, and what the others tell is sent", async () => {
    const { forwarding, sent, ids, door } = await open(whole);
    const outbox: Forwarding["outbox"] = { number: async () => ["12", "13"] };
    const answered = await forwardAudit({ ...forwarding, outbox }, streamEvent("11", "12", "13"), turn());
    expect([answered, sent]).toEqual([{ batchItemFailures: [{ itemIdentifier: "12" }] }, ids]);
    expect(door.lines.some((line) => line.includes("12, 13"))).toBe(true);
  });

  test("are done with while a destination is down: what it lacks stays in the journal, and comes by the schedule", async () => {
    let isDown = true;
    const { forwarding, sent, ids, door } = await open((entries) => (isDown ? { kind: "retry", why: "503" } : whole(entries)));
    expect(await forwardAudit(forwarding, streamEvent("11"), turn())).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual([]);
    isDown = false;
    door.pass(10 * 60_000);
    expect(await forwardAudit(forwarding, {}, turn())).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual(ids);
  });

  test("come again from the first on when the time was too short for all there is", async () => {
    const { forwarding } = await open(whole, 1);
    expect(
      await forwardAudit(
        forwarding,
        streamEvent("11", "12"),
        turn(() => 4_000),
      ),
    ).toEqual({ batchItemFailures: [{ itemIdentifier: "11" }] });
  });

  test("come again when the call ends while a destination hangs, and what it was sent is sent again as the same batch", async () => {
    const over = new AbortController();
    let tries = 0;
    const { forwarding, sent, ids } = await open(async (entries, signal) => {
      tries += 1;
      if (tries > 1) return whole(entries);
      over.abort();
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }) ?? resolve());
      return { kind: "retry", why: "cut off" };
    });
    const ending = { ...turn(), signal: over.signal };
    expect(await forwardAudit(forwarding, streamEvent("11"), ending)).toEqual({ batchItemFailures: [{ itemIdentifier: "11" }] });
    await expect
      .poll(async () => (await forwardAudit(forwarding, streamEvent("11"), turn())).batchItemFailures, { timeout: 10_000 })
      .toEqual([]);
    expect(sent).toEqual(ids);
  });

  test("make the door fail where the table does not answer, so that the stream keeps them", async () => {
    const { forwarding } = await open(whole);
    const journal = async (): Promise<never> => {
      throw new Error("no table");
    };
    await expect(forwardAudit({ ...forwarding, ledger: { journal } }, streamEvent("11"), turn())).rejects.toThrow("no table");
  });

  test("have entries numbered also where nobody is to be told", async () => {
    const { forwarding } = await open(whole);
    let asked = 0;
    const journal: Forwarding["ledger"]["journal"] = async () => {
      asked += 1;
      return [];
    };
    await forwardAudit({ ...forwarding, sinks: [], ledger: { journal } }, streamEvent("11"), turn());
    expect(asked).toBe(1);
  });
});

test("a destination that hangs keeps no other waiting", async () => {
  const { forwarding, sent, ids } = await open(whole);
  const over = new AbortController();
  const hanging: AuditSink = { name: "slow", batch: { maxEvents: 10, maxBytes: 1_000 }, send: () => new Promise(() => {}) };
  const ending = { ...turn(), signal: over.signal };
  const answered = forwardAudit({ ...forwarding, sinks: [hanging, ...forwarding.sinks] }, streamEvent("11"), ending);
  await expect.poll(() => sent, { timeout: 10_000 }).toEqual(ids);
  over.abort();
  expect(await answered).toEqual({ batchItemFailures: [{ itemIdentifier: "11" }] });
});
