import { afterAll, beforeAll, expect, test } from "vitest";
import { judged, planned } from "../../shared/audit/record.ts";
import { parseTag } from "../../shared/domain/image-ref.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead } from "../contract/store.ts";
import { evidenceOf, findingOf } from "../fixtures/evidence.ts";
import { actionOf, at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { type DynamoLocal, placeOf, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { type Call, type Proxy, startProxy } from "./dynamodb-proxy.ts";

let local: DynamoLocal;
let proxy: Proxy;
beforeAll(async () => {
  local = await startDynamoLocal();
  proxy = await startProxy(local.endpoint);
});
afterAll(async () => {
  await proxy.stop();
  await local.stop();
});

const key = keyOf("pushed");
const record = recordOf(key, { tags: [parseTag("1.4.2")], pushedBy: "ci" });
const occasion = (version: number) => ({ image: key, tags: record.tags, at: at(version), correlationId: `${version}` });
const told = (version: number) => judged(occasion(version), { verdict: verdictOf("compliant"), previous: undefined, origin: "event" });
const entry = (findings: number) => ({
  image: key,
  tags: record.tags,
  at: NOW,
  evidence: evidenceOf(Array.from({ length: findings }, (_, number) => findingOf(`CVE-2026-${1_000 + number}`))),
  verdict: { kind: "compliant", reasons: [] } as const,
});

const WRITES = /^(Put|Update|Delete|BatchWrite|TransactWrite)/;

interface Cost {
  readonly calls: readonly string[];
  readonly writeUnits: number;
  readonly readUnits: number;
}

function costOf(calls: readonly Call[]): Cost {
  const units = (isWrite: boolean) =>
    calls.filter(({ operation }) => WRITES.test(operation) === isWrite).reduce((sum, { capacity }) => sum + capacity, 0);
  return { calls: calls.map(({ operation }) => operation), writeUnits: units(true), readUnits: units(false) };
}

/** Steps of one push, each counted; the store has seen the registry before. */
async function counted(work: (store: Store, count: () => Cost) => Promise<void>): Promise<void> {
  await withTable(local, async (_, table) => {
    const store = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    await store.ledger.commit({ image: recordOf(keyOf("before")), intents: [], outcomes: [], journal: [] });
    await store.ledger.journal(0, 10);
    proxy.take();
    await work(store, () => costOf(proxy.take()));
    await store.close();
  });
}

test("a push that complies is one guarded write of its image, beside what its tag and its evidence cost", () =>
  counted(async ({ ledger }, count) => {
    await ledger.commit({ image: record, intents: [], outcomes: [], journal: [told(1)], evidence: { kind: "gathered", entry: entry(0) } });
    const first = count();
    expect(first.calls.filter((call) => call === "TransactWriteItems")).toEqual([]);
    // The image's item and its three indexes; evidence without a finding; the tag.
    expect(first.writeUnits).toBeLessThanOrEqual(7);
    expect(first.readUnits).toBeLessThanOrEqual(2);

    await ledger.journal(0, 10);
    const settled = count();
    // Once for all that waits: a batch and the tally; for each entry itself, and the image without it.
    expect(settled.writeUnits).toBeLessThanOrEqual(6);

    await ledger.commit({
      image: { ...record, version: 2 },
      intents: [],
      outcomes: [],
      journal: [],
      evidence: { kind: "gathered", entry: entry(0) },
    });
    const again = count();
    expect(again.calls).toEqual(["GetItem", "PutItem"]);
    expect(again.writeUnits).toBeLessThanOrEqual(4);
    report({ "first push": first, numbering: settled, "again, nothing new": again });
  }));

test("a push that is held is one guarded write for the verdict with its intent, and one for the outcome", () =>
  counted(async ({ ledger }, count) => {
    const verdict = verdictOf("violating");
    const action = actionOf(key);
    const journal = [judged(occasion(1), { verdict, previous: undefined, origin: "event" }), planned(occasion(1), action)];
    await ledger.commit({
      image: { ...record, verdict },
      intents: [action],
      outcomes: [],
      journal,
      evidence: { kind: "gathered", entry: entry(200) },
    });
    const intent = count();
    expect(intent.calls).not.toContain("TransactWriteItems");
    const outcome = { kind: "applied", at: at(5), strength: "hidden", notes: [] } as const;
    await ledger.commit({
      image: { ...record, version: 2, verdict },
      intents: [],
      outcomes: [{ actionId: action.id, outcome }],
      journal: [],
    });
    const done = count();
    expect(done.calls).toEqual(["GetItem", "PutItem"]);
    expect(done.writeUnits).toBeLessThanOrEqual(4);
    report({ "verdict and intent, 200 findings": intent, outcome: done });
  }));

test("numbering costs little beside the entry's own writes where many wait", () =>
  counted(async ({ ledger }, count) => {
    for (let number = 0; number < 40; number++) {
      const image = recordOf(keyOf(`image ${number}`));
      const facts = { verdict: verdictOf("compliant"), previous: undefined, origin: "event" } as const;
      await ledger.commit({ image, intents: [], outcomes: [], journal: [judged({ ...occasion(1), image: image.key }, facts)] });
    }
    count();
    expect(await ledger.journal(0, 100)).toHaveLength(40);
    const { writeUnits, readUnits, calls } = count();
    expect(writeUnits / 40).toBeLessThanOrEqual(4.5);
    report({ "numbering of 40, each": { calls: [`${calls.length / 40} calls`], writeUnits: writeUnits / 40, readUnits: readUnits / 40 } });
  }));

test("a job of the queue is three writes in its life", () =>
  counted(async ({ queue }, count) => {
    await queue.put([{ key: "job", kind: "judge", group: "shop/api", payload: "{}", notBefore: NOW }], NOW);
    const put = count();
    const [job] = await queue.claim(1, NOW, 10_000);
    const claim = count();
    if (job === undefined) throw new Error("no job");
    await queue.finish(job, { kind: "done" }, NOW);
    const finish = count();
    expect([put, claim, finish].map(({ calls }) => calls.filter((call) => WRITES.test(call)).length)).toEqual([1, 1, 1]);
    report({ put, claim, finish });
  }));

/** The figures that the decision record quotes. */
function report(costs: Readonly<Record<string, Cost>>): void {
  for (const [what, { writeUnits, readUnits, calls }] of Object.entries(costs))
    process.stdout.write(`${what}: ${writeUnits} WRU, ${readUnits} RRU (${calls.join(", ")})\n`);
}
