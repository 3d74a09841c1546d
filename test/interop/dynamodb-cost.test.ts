import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { judged, planned } from "../../shared/audit/record.ts";
import type { Digest } from "../../shared/domain/digest.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import { parseTag, type Tag } from "../../shared/domain/image-ref.ts";
import type { LedgerStep } from "../../shared/ports/ledger.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead } from "../contract/store.ts";
import { evidenceOf, findingOf } from "../fixtures/evidence.ts";
import { actionOf, at, digestOf, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
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

/** As long as names of ECR are: they stand in keys, and a unit is 1 KB. */
const keyIn = (name: string) => keyOf(name, "platform/payments-api", "123456789012.dkr.ecr.eu-central-1.amazonaws.com");
const key = keyIn("pushed");
const place = { registry: key.registry, repository: key.repository };
const record = recordOf(key, {
  tags: [parseTag("main-3f2c1a9")],
  pushedBy: "arn:aws:sts::123456789012:assumed-role/ci-push/GitHubActions",
});
const occasion = (version: number) => ({ image: key, tags: record.tags, at: at(version), correlationId: `${version}` });
const told = (version: number) => judged(occasion(version), { verdict: verdictOf("compliant"), previous: undefined, origin: "event" });
/** Each build has its own label and last layers. */
const configOf = (digest: Digest) => ({
  user: "node",
  env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "NODE_ENV=production", "PORT=8080"],
  exposedPorts: ["8080/tcp"],
  labels: { "org.opencontainers.image.revision": digest.slice(7, 47), team: "payments" },
  entrypoint: ["docker-entrypoint.sh"],
  cmd: ["node", "server.js"],
  volumes: [],
  workingDir: "/app",
  hasHealthcheck: false,
  createdAt: NOW,
  history: ["RUN npm ci --omit=dev", "COPY . .", 'CMD ["node" "server.js"]'],
  layers: Array.from({ length: 9 }, (_, layer) => digestOf(`layer ${layer} of ${digest}`)),
});
const entry = (findings: number, image = key) => ({
  image,
  tags: record.tags,
  at: at(findings),
  evidence: evidenceOf(
    Array.from({ length: findings }, (_, number) => findingOf(`CVE-2026-${1_000 + number}`)),
    {
      subject: { digest: image.digest, kind: "image", tags: record.tags, firstSeenAt: NOW },
      config: { kind: "read", config: configOf(image.digest) },
    },
  ),
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

test("a push that complies is one guarded write of its image, beside the configuration that never changes", () =>
  counted(async ({ ledger }, count) => {
    await ledger.commit({ image: record, intents: [], outcomes: [], journal: [told(1)], evidence: { kind: "gathered", entry: entry(0) } });
    const first = count();
    // The image with its evidence, its place in the list of changes, its tag, and once its configuration.
    expect(first).toEqual({
      calls: ["GetItem", "PutItem", "GetItem", "GetItem", "PutItem", "PutItem"],
      writeUnits: 4,
      readUnits: 3,
    });

    await ledger.journal(0, 10);
    const settled = count();
    // A batch, and the image without its entry: no index is written for it.
    expect(settled.writeUnits).toBeLessThanOrEqual(2);

    // What the scanner found fits into no item of an image.
    await ledger.commit({
      image: { ...record, version: 2 },
      intents: [],
      outcomes: [],
      journal: [],
      evidence: { kind: "gathered", entry: entry(3) },
    });
    const scanned = count();
    expect(scanned.writeUnits).toBeLessThanOrEqual(3);

    await ledger.commit({
      image: { ...record, version: 3 },
      intents: [],
      outcomes: [],
      journal: [],
      evidence: { kind: "gathered", entry: entry(3) },
    });
    const again = count();
    expect(again.calls).toEqual(["GetItem", "PutItem"]);
    expect(again.writeUnits).toBeLessThanOrEqual(2);
    report({ "first push": first, "numbering one": settled, "scanned, 3 findings": scanned, "again, nothing new": again });
  }));

test("pushes that are judged when they come and again when they are scanned, told of once and sent on, are about seven units each", () =>
  counted(async ({ ledger, sinks }, count) => {
    const pushes = Array.from({ length: 40 }, (_, number) => ({
      ...record,
      key: keyIn(`push ${number}`),
      tags: [parseTag(`main-${number}`)],
    }));
    const step = (image: typeof record, journal: LedgerStep["journal"], evidence: ReturnType<typeof entry>): LedgerStep => ({
      image,
      intents: [],
      outcomes: [],
      journal,
      evidence: { kind: "gathered", entry: evidence },
    });
    for (const image of pushes) {
      const scan = entry(0, image.key);
      const findings = { kind: "pending", why: "the registry scans it", until: at(60_000) } as const;
      const unscanned = { ...scan, evidence: { ...scan.evidence, findings } };
      await ledger.commit(step(image, [{ ...told(1), image: image.key, id: randomUUID() }], unscanned));
    }
    for (const sink of ["siem", "archive"]) {
      const entries = await ledger.journal(0, 100);
      expect(entries).toHaveLength(40);
      await sinks.save(sink, { ...(await sinks.sink(sink)), cursor: 40, delivered: 40 }, []);
    }
    const told40 = count();
    const verdict = verdictOf("compliant", { judgedAt: at(60_000) });
    for (const image of pushes) {
      await ledger.commit(step({ ...image, version: 2, verdict }, [], { ...entry(0, image.key), at: at(60_000) }));
    }
    const whole = count();
    const each = (told40.writeUnits + whole.writeUnits) / 40;
    expect(each).toBeLessThanOrEqual(7.3);
    const per = ({ writeUnits, readUnits, calls }: Cost): Cost => ({
      calls: [`${calls.length / 40} calls`],
      writeUnits: writeUnits / 40,
      readUnits: readUnits / 40,
    });
    report({ "push, numbered and sent to two sinks, each": per(told40), "judged again, each": per(whole) });
  }));

test("what was read to be judged is not read again to be written, and nothing that a first push brings is asked for", () =>
  counted(async ({ ledger }, count) => {
    await ledger.image(key);
    for (const tag of record.tags) await ledger.images({ ...place, tag, limit: 50 });
    await ledger.commit({ image: record, intents: [], outcomes: [], journal: [told(1)], evidence: { kind: "gathered", entry: entry(0) } });
    expect(count().calls).toEqual(["GetItem", "GetItem", "PutItem", "PutItem", "PutItem"]);
    await ledger.image(key);
    const image = { ...record, version: 2 };
    await ledger.commit({ image, intents: [], outcomes: [], journal: [], evidence: { kind: "gathered", entry: entry(0) } });
    expect(count().calls).toEqual(["GetItem", "PutItem"]);
  }));

test("a tag that goes from image to image costs the same each time, however many have borne it", () =>
  counted(async ({ ledger }, count) => {
    const [newest, costs]: [Tag, Cost[]] = [parseTag("latest"), []];
    const commit = (image: ImageRecord) => ledger.commit({ image, intents: [], outcomes: [], journal: [] });
    for (let number = 0; number < 40; number++) {
      const image = { ...record, key: keyIn(`image ${number}`), tags: [parseTag(`main-${number}`)] };
      await commit(image);
      count();
      // As the pipeline does it: who has the tag, the step, who has it still; and each of those loses it.
      await ledger.image(image.key);
      await ledger.images({ ...place, tag: newest, limit: 50 });
      await commit({ ...image, version: 2, tags: [newest, ...image.tags] });
      const { items } = await ledger.images({ ...place, tag: newest, limit: 50 });
      costs.push(count());
      expect(items).toHaveLength(number === 0 ? 1 : 2);
      for (const loser of items.filter(({ key }) => key.digest !== image.key.digest))
        await commit({ ...loser, version: 3, tags: loser.tags.filter((tag) => tag !== newest) });
    }
    for (const { writeUnits, readUnits } of costs) {
      // The image, its place in the list of changes, and the tag.
      expect(writeUnits).toBe(3);
      expect(readUnits).toBeLessThanOrEqual(7);
    }
    report({ "a moved tag": costs.at(-1) ?? { calls: [], writeUnits: 0, readUnits: 0 } });
  }));

test("a journal that was numbered here is not read again to be handed on", () =>
  counted(async ({ ledger }, count) => {
    for (let number = 0; number < 10; number++) {
      const image = recordOf(keyIn(`image ${number}`));
      const facts = { verdict: verdictOf("compliant"), previous: undefined, origin: "event" } as const;
      await ledger.commit({ image, intents: [], outcomes: [], journal: [judged({ ...occasion(1), image: image.key }, facts)] });
    }
    await ledger.journal(0, 100);
    count();
    expect(await ledger.journal(0, 100)).toHaveLength(10);
    expect(await ledger.journal(5, 100)).toHaveLength(5);
    expect(await ledger.journal(10, 100)).toHaveLength(0);
    // Each asks whether there is more.
    expect(count().calls).toEqual(["Query", "Query", "Query"]);
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
    expect(done.writeUnits).toBeLessThanOrEqual(3);
    report({ "verdict and intent, 200 findings": intent, outcome: done });
  }));

test("numbering costs little beside the entry's own writes where many wait", () =>
  counted(async ({ ledger }, count) => {
    for (let number = 0; number < 40; number++) {
      const image = recordOf(keyIn(`image ${number}`));
      const facts = { verdict: verdictOf("compliant"), previous: undefined, origin: "event" } as const;
      await ledger.commit({ image, intents: [], outcomes: [], journal: [judged({ ...occasion(1), image: image.key }, facts)] });
    }
    count();
    expect(await ledger.journal(0, 100)).toHaveLength(40);
    const { writeUnits, readUnits, calls } = count();
    expect(writeUnits / 40).toBeLessThanOrEqual(1.5);
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
