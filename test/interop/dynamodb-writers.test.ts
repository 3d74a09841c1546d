import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyChain } from "../../shared/audit/chain.ts";
import { judged, parked } from "../../shared/audit/record.ts";
import { type ImageKey, printImageKey } from "../../shared/domain/image-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openDynamoStore } from "../../shared/stores/dynamodb/open.ts";
import { signHead, verifySignature } from "../contract/store.ts";
import { actionOf, at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { type DynamoLocal, placeOf, startDynamoLocal, withTable } from "./dynamodb-local.ts";
import { type Fate, type Proxy, startProxy } from "./dynamodb-proxy.ts";

const WRITERS = 8;
const LIVES = 4;
const ROUNDS = 6;
const IMAGES = ["a", "b", "c", "d", "e"].map((name) => keyOf(name));
const VERDICTS = ["compliant", "violating", "indeterminate"] as const;
const LEASE_MS = 1_000_000;

let local: DynamoLocal;
beforeAll(async () => {
  local = await startDynamoLocal();
});
afterAll(() => local.stop());

/** What writers were told, which has to stand whatever happened to them afterwards. */
interface Told {
  readonly committed: Map<string, string>;
  readonly appended: Set<string>;
  readonly put: Set<string>;
  readonly done: string[];
}

/** Numbers that look drawn and are the same each time. */
function openRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A network that throttles and loses some calls, and from one call on loses them all: the process is gone. */
function openFate(random: () => number, livesFor: number): () => Fate {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls > livesFor) return calls === livesFor + 1 && random() < 0.5 ? "lost-after" : "lost-before";
    const drawn = random();
    return drawn < 0.01 ? "throttle" : drawn < 0.02 ? "lost-after" : drawn < 0.03 ? "lost-before" : "pass";
  };
}

async function life(table: string, writer: number, number: number, told: Told): Promise<void> {
  const random = openRandom(writer * 100 + number + 1);
  const livesFor = number === LIVES - 1 ? Number.POSITIVE_INFINITY : 20 + Math.floor(random() * 60);
  const proxy: Proxy = await startProxy(local.endpoint, openFate(random, livesFor));
  const store = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
  try {
    for (let round = 0; round < ROUNDS; round++) await work(store, `${writer}-${number}-${round}`, random, told);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
  } finally {
    await store.close();
    await proxy.stop();
  }
}

async function work(store: Store, name: string, random: () => number, told: Told): Promise<void> {
  await step(store, IMAGES[Math.floor(random() * IMAGES.length)] ?? keyOf("a"), name, random, told);
  const event = parked({ work: name, why: "", at: NOW });
  await store.ledger.append([event]);
  told.appended.add(event.id);
  await store.queue.put([{ key: name, kind: "judge", group: name.slice(0, 1), payload: name, notBefore: NOW }], NOW, `delivery ${name}`);
  told.put.add(name);
  for (const job of await store.queue.claim(1, NOW, LEASE_MS)) {
    await store.queue.finish(job, { kind: "done" }, NOW);
    told.done.push(job.key);
  }
  if (random() < 0.3) await store.ledger.journal(0, 1);
}

async function step({ ledger }: Store, key: ImageKey, name: string, random: () => number, told: Told): Promise<void> {
  const before = await ledger.image(key);
  const version = (before?.version ?? 0) + 1;
  const verdict = verdictOf(VERDICTS[Math.floor(random() * VERDICTS.length)] ?? "compliant");
  const image = recordOf(key, { version, verdict, pushedBy: name });
  const occasion = { image: key, tags: [], at: at(version), correlationId: `${name} ${version}` };
  const journal = [judged(occasion, { verdict, previous: undefined, origin: "event" })];
  const intents = [actionOf(key, "hold", version)];
  const outcome = { kind: "superseded", at: at(version), why: "" } as const;
  const outcomes = version === 1 ? [] : [{ actionId: actionOf(key, "hold", version - 1).id, outcome }];
  if ((await ledger.commit({ image, intents, outcomes, journal })) === "conflict") return;
  const place = `${printImageKey(key)} ${version}`;
  expect(told.committed.get(place), "two writers were told that the same version is theirs").toBeUndefined();
  told.committed.set(place, name);
}

test("writers that die at any call leave whole chains, one writer a version, every answer kept and every job done", () =>
  withTable(local, async (place, table) => {
    const told: Told = { committed: new Map(), appended: new Set(), put: new Set(), done: [] };
    const lives = async (writer: number): Promise<void> => {
      for (let number = 0; number < LIVES; number++) await life(table, writer, number, told);
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => lives(writer)));
    const store = openDynamoStore({ place, signHead });
    await expectJournal(store, told);
    await expectImages(store, told);
    await expectJobs(store, told);
    await store.close();
    // Who dies at its first call shows nothing.
    expect(told.committed.size).toBeGreaterThan(WRITERS * LIVES);
    process.stdout.write(`${told.committed.size} steps, ${told.appended.size} appended, ${told.put.size} jobs\n`);
  }));

test("who was stopped between reading and writing takes no job that was done and put anew meanwhile for what it read", () =>
  withTable(local, async (place, table) => {
    const [stopped, on] = [Promise.withResolvers<void>(), Promise.withResolvers<Fate>()];
    const proxy = await startProxy(local.endpoint, (operation) => {
      if (operation !== "PutItem") return "pass";
      stopped.resolve();
      return on.promise;
    });
    const slow = openDynamoStore({ place: placeOf(proxy.endpoint, table), signHead });
    const { queue, close } = openDynamoStore({ place, signHead });
    const put = (payload: string) => queue.put([{ key: "a", kind: "judge", group: "a", payload, notBefore: NOW }], NOW);
    await put("old");
    const claimed = slow.queue.claim(1, NOW, LEASE_MS);
    await stopped.promise;
    for (const job of await queue.claim(1, NOW, LEASE_MS)) await queue.finish(job, { kind: "done" }, NOW);
    await put("new");
    on.resolve("pass");
    expect(await claimed).toMatchObject([{ key: "a", payload: "new" }]);
    await slow.close();
    await close();
    await proxy.stop();
  }));

async function expectJournal({ ledger }: Store, told: Told): Promise<void> {
  const entries = await ledger.journal(0, 10_000);
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, place) => place + 1));
  expect(verifyChain(entries, await Array.fromAsync(ledger.heads()), verifySignature)).toEqual([]);
  const ids = entries.map(({ event }) => event.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of told.appended) expect(ids).toContain(id);
  for (const chain of new Set(entries.map((entry) => entry.chain)))
    expect(await ledger.journal(0, 10_000, chain)).toEqual(entries.filter((entry) => entry.chain === chain));
}

async function expectImages({ ledger }: Store, told: Told): Promise<void> {
  const verdicts = { compliant: 0, violating: 0, indeterminate: 0 };
  for (const key of IMAGES) {
    const record = await ledger.image(key);
    const version = record?.version ?? 0;
    if (record?.verdict !== undefined) verdicts[record.verdict.kind] += 1;
    // Each step told one thing and began one action, and ended the one before.
    expect(await ledger.journal(0, 10_000, printImageKey(key))).toHaveLength(version);
    const actions = await ledger.actions(key);
    expect(actions.map(({ action }) => action.generation)).toEqual(actions.map((_, place) => version - place));
    expect(actions.filter(({ outcome }) => outcome === undefined)).toHaveLength(1);
    const answered = [...told.committed.keys()]
      .filter((place) => place.startsWith(printImageKey(key)))
      .map((place) => Number(place.split(" ")[1]));
    expect(version).toBeGreaterThanOrEqual(Math.max(0, ...answered));
    expect(told.committed.get(`${printImageKey(key)} ${version}`) ?? record?.pushedBy).toBe(record?.pushedBy);
  }
  expect(await ledger.counts()).toEqual({ images: IMAGES.length, held: 0, verdicts });
  const { items } = await ledger.findActions({ limit: 500 });
  const all = await Promise.all(IMAGES.map((key) => ledger.actions(key)));
  expect(new Set(items.map(({ action }) => action.id))).toEqual(new Set(all.flat().map(({ action }) => action.id)));
}

/** What was ended never comes again; what was put comes, also from the hands of the dead. */
async function expectJobs({ queue }: Store, told: Told): Promise<void> {
  expect(new Set(told.done).size).toBe(told.done.length);
  const left = (await queue.claim(10_000, at(LEASE_MS + 1), LEASE_MS)).map(({ key }) => key);
  expect(new Set(left).size).toBe(left.length);
  for (const key of left) expect(told.done).not.toContain(key);
  const came = new Set([...told.done, ...left]);
  const ended = [...told.put].filter((key) => !came.has(key));
  // A worker that died while it said that a job was done may have been heard.
  expect(ended.length).toBeLessThanOrEqual(WRITERS * LIVES);
  expect((await queue.depth()).waiting).toBe(0);
}

test("what was read before somebody else wrote is never written over, and counts for nothing", () =>
  withTable(local, async (_, table) => {
    const one = openDynamoStore({ place: placeOf(local.endpoint, table), signHead });
    const other = openDynamoStore({ place: placeOf(local.endpoint, table), signHead });
    const key = keyOf("read early");
    const [first, second] = [recordOf(key), { ...recordOf(key), version: 2, origin: "sweep" as const }];
    const step = (image: typeof first | typeof second) => ({ image, intents: [], outcomes: [], journal: [] });
    expect(await one.ledger.image(key)).toBeUndefined();
    expect(await other.ledger.commit(step(first))).toBe("committed");
    // By what it read before, it would be the first.
    expect(await one.ledger.commit(step({ ...first, origin: "operator" }))).toBe("conflict");
    expect(await one.ledger.image(key)).toEqual(first);
    expect(await other.ledger.commit(step(second))).toBe("committed");
    // By what it read before, nothing would follow from this.
    expect(await one.ledger.commit(step({ ...second, version: 3 }))).toBe("committed");
    await one.ledger.image(key);
    const action = actionOf(key);
    await other.ledger.commit({ ...step({ ...second, version: 4 }), intents: [action] });
    const outcome = { kind: "applied", at: at(5), strength: "hidden", notes: [] } as const;
    await one.ledger.commit({ ...step({ ...second, version: 5 }), outcomes: [{ actionId: action.id, outcome }] });
    expect((await other.ledger.action(action.id))?.outcome).toEqual(outcome);
    await Promise.all([one.close(), other.close()]);
  }));

test("what is to be judged again in time is found by that time, in whatever order it came", () =>
  withTable(local, async (_, table) => {
    const store = openDynamoStore({ place: placeOf(local.endpoint, table), signHead });
    const { ledger, rechecks } = store;
    const due = (name: string, minute: number) => {
      const image = recordOf(keyOf(name), { verdict: { ...verdictOf("compliant"), recheckAt: at(minute * 60_000) } });
      return ledger.commit({ image, intents: [], outcomes: [], journal: [] });
    };
    for (const [name, minute] of [
      ["late", 90],
      ["soon", 10],
      ["now", 0],
    ] as const)
      await due(name, minute);
    const gone = recordOf(keyOf("gone"), { presence: "gone", verdict: { ...verdictOf("compliant"), recheckAt: at(60_000) } });
    await ledger.commit({ image: gone, intents: [], outcomes: [], journal: [] });
    const found = await Array.fromAsync(rechecks?.between(at(0), at(20 * 60_000)) ?? []);
    expect(found.map(({ image }) => image).toSorted(byDigest)).toEqual([keyOf("soon"), keyOf("now")].toSorted(byDigest));
    for (const { at: when } of found) expect(when % 60_000).toBe(0);
    await store.close();
  }));

function byDigest(one: ImageKey, other: ImageKey): number {
  return one.digest < other.digest ? -1 : 1;
}
