import type { SQSRecord } from "aws-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forwardAudit } from "../../functions/aws/forward-audit.ts";
import { onRegistryEvent } from "../../functions/aws/on-registry-event.ts";
import { onSchedule } from "../../functions/aws/on-schedule.ts";
import type { Wired } from "../../functions/aws/wire.ts";
import { verifyLedger } from "../../shared/compose/verify-journal.ts";
import type { AuditSink } from "../../shared/ports/audit-sink.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead, verifySignature } from "../contract/store.ts";
import { startDoorGate, told } from "../door/aws/door-gate.ts";
import { batch, sqsRecord, streamEvent, turn } from "../door/aws/woken.ts";
import { imageNamed } from "../fakes/small-gate.ts";
import { type DynamoLocal, startDynamoLocal, withTable } from "./dynamodb-local.ts";

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

const IMAGES = 12;
const TIMES = 3;
const BATCH = 10;
const MOST_ROUNDS = 30;

/** Both containers take batches at once; what they name comes again, as the queue does it. */
async function deliver(containers: readonly Wired[], records: readonly SQSRecord[]): Promise<number> {
  let open = [...records];
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const batches = Array.from({ length: Math.ceil(open.length / BATCH) }, (_, at) => open.slice(at * BATCH, (at + 1) * BATCH));
    const again = new Set<string>();
    await Promise.all(
      containers.map(async (wired, place) => {
        for (const records of batches.filter((_, at) => at % containers.length === place)) {
          const { batchItemFailures } = await onRegistryEvent(wired, batch(...records), turn());
          for (const { itemIdentifier } of batchItemFailures) again.add(itemIdentifier);
        }
      }),
    );
    open = open.filter(({ messageId }) => again.has(messageId));
    if (open.length === 0) return round;
  }
  throw new Error(`${open.length} records are not done`);
}

test("two containers that are given the same events, three times each and in no order, hold each image once and tell of it once", () =>
  withTable(local, async (place) => {
    const open = () => openDynamoStore({ place, signHead });
    const door = await startDoorGate({ store: open() });
    const other = open();
    const containers = [door.wired, await door.container(other)];
    const keys = await Promise.all(Array.from({ length: IMAGES }, (_, n) => door.push(`shop/api-${n}`, "v1", imageNamed(`image ${n}`))));
    // Interleaved, so that each image is in batches of both; sent long ago, so that a tag which is gone is not waited for.
    const records = Array.from({ length: TIMES }, (_, time) =>
      keys.map((key, n) => sqsRecord(told("PUSH", key, "v1"), { sentAt: 1_000 * time + n })),
    );
    await deliver(containers, records.flat());
    for (const task of ["sweep", "queue"]) await onSchedule(door.wired, { task }, turn());

    for (const key of keys) {
      expect(await door.record(key)).toMatchObject({ verdict: { kind: "violating" }, hold: { kind: "held" } });
      const holds = (await door.store.ledger.actions(key)).filter(
        ({ action, outcome }) => action.verb === "hold" && outcome?.kind === "applied",
      );
      expect(holds).toHaveLength(1);
    }

    const sent: string[] = [];
    const sink: AuditSink = {
      name: "siem",
      batch: { maxEvents: 25, maxBytes: 1_000_000 },
      async send(entries) {
        sent.push(...entries.map(({ event }) => event.id));
        return { kind: "delivered", count: entries.length };
      },
    };
    const { clock, log } = door.wired;
    const forwarding = { ledger: door.store.ledger, places: door.store.sinks, sinks: [sink], clock, log };
    expect(await forwardAudit(forwarding, streamEvent("1"), turn())).toEqual({ batchItemFailures: [] });
    expect(await forwardAudit(forwarding, {}, turn())).toEqual({ batchItemFailures: [] });
    const { problems, entries } = await verifyLedger(other.ledger, verifySignature);
    expect(problems).toEqual([]);
    expect([sent.length, new Set(sent).size]).toEqual([entries, entries]);
    expect(entries).toBeGreaterThanOrEqual(2 * IMAGES);
    await other.close();
    await door.stop();
  }));
