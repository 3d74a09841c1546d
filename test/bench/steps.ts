import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { acted, correlationOf, judged, planned } from "../../shared/audit/record.ts";
import type { ImageKey } from "../../shared/domain/image-ref.ts";
import { type Instant, instant } from "../../shared/domain/time.ts";
import type { Store } from "../../shared/ports/store.ts";
import type { Job } from "../../shared/ports/work-queue.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { actionOf, keyOf, reasonOf, recordOf, verdictOf } from "../fixtures/records.ts";
import { rawSteps } from "./raw-steps.ts";
import { type Measured, measured, round } from "./stats.ts";

const WORKERS = [1, 16] as const;
const REPOSITORIES = 50;
const LEASE_MS = 60_000;

/**
 * Durable steps as the pipeline does them: claim, commit of verdict and intent (two journal entries), commit of the outcome (one entry),
 * finish. Beside it `node:sqlite` by hand in the same run: the same transactions on the same tables with the same durability, without
 * hashing, signing, parsing or types; `ratio` is ours to its.
 */
export async function steps({ seconds = 20 }: { readonly seconds?: number }): Promise<readonly object[]> {
  const folder = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  const each = (seconds * 1_000) / (WORKERS.length * 2 * ROUNDS);
  try {
    const rows: object[] = [];
    for (const workers of WORKERS) rows.push(await compare(folder, workers, each));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The two take turns: a disk that is busy for a while is busy for both. */
const ROUNDS = 4;

interface Samples {
  readonly times: number[];
  seconds: number;
}

async function compare(folder: string, workers: number, milliseconds: number): Promise<object> {
  const ours: Samples = { times: [], seconds: 0 };
  const raw: Samples = { times: [], seconds: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    await runStore(join(folder, `store-${workers}-${round}.db`), workers, milliseconds, ours);
    rawSteps(join(folder, `raw-${workers}-${round}.db`), milliseconds, raw);
    await wait(0);
  }
  const peer: Measured = measured("node:sqlite by hand, one call after the other", raw.times, raw.seconds);
  const store = measured(`steps, ${workers} ${workers === 1 ? "worker" : "workers"}`, ours.times, ours.seconds);
  return { ...store, peer, ratio: round(store.perSecond / peer.perSecond) };
}

async function runStore(file: string, workers: number, milliseconds: number, samples: Samples): Promise<void> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const store = openSqliteStore({ file, signHead: (text) => sign(null, Buffer.from(text), privateKey).toString("base64") });
  const now = instant(Date.now());
  const keys = Array.from({ length: Math.ceil((milliseconds / 1_000) * 8_000) }, (_, number) =>
    keyOf(`image ${number}`, `bench/r${number % REPOSITORIES}`),
  );
  await store.queue.put(
    keys.map((key, number) => ({ key: String(number), kind: "judge", group: key.repository, payload: String(number), notBefore: now })),
    now,
  );
  const startedAt = performance.now();
  const until = startedAt + milliseconds;
  await Promise.all(Array.from({ length: workers }, () => worker(store, keys, until, now, samples.times)));
  samples.seconds += (performance.now() - startedAt) / 1_000;
  await store.close();
}

async function worker({ queue, ledger }: Store, keys: readonly ImageKey[], until: number, now: Instant, times: number[]): Promise<void> {
  while (performance.now() < until) {
    const startedAt = performance.now();
    const [job] = await queue.claim(1, now, LEASE_MS);
    const key = job === undefined ? undefined : keys[Number(job.payload)];
    if (job === undefined || key === undefined) throw new Error("the bench ran out of work: give it fewer seconds");
    await step(ledger, key, now);
    await finish(queue, job, now);
    times.push(performance.now() - startedAt);
  }
}

async function step(ledger: Store["ledger"], key: ImageKey, now: Instant): Promise<void> {
  const action = actionOf(key);
  const verdict = verdictOf("violating", {
    reasons: [reasonOf(), reasonOf({ key: "signed", ruleId: "signed", message: "no signature of a trusted key was found" })],
  });
  const record = recordOf(key, { verdict, pending: action, generation: 1 });
  const occasion = { image: key, tags: record.tags, at: now, correlationId: correlationOf(key, 1) };
  await ledger.commit({
    image: record,
    intents: [action],
    outcomes: [],
    journal: [judged(occasion, { verdict, previous: undefined, origin: "event" }), planned(occasion, action)],
  });
  const outcome = { kind: "applied", at: now, strength: "hidden", notes: [] } as const;
  const held = recordOf(key, {
    version: 2,
    verdict,
    generation: 1,
    hold: { kind: "held", since: now, actionId: action.id, strength: "hidden" },
  });
  await ledger.commit({
    image: held,
    intents: [],
    outcomes: [{ actionId: action.id, outcome }],
    journal: [acted(occasion, action, outcome)],
  });
}

function finish(queue: Store["queue"], job: Job, now: Instant): Promise<void> {
  return queue.finish(job, { kind: "done" }, now);
}
