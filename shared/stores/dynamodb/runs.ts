import type { Actor } from "../../domain/action.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { Run, RunCause } from "../../domain/run.ts";
import type { Instant } from "../../domain/time.ts";
import { inPages } from "../../ports/in-pages.ts";
import type { RunStore } from "../../ports/run-store.ts";
import { type Chains, GATE, holderKey } from "./chain.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type ImageDocument, imageItemKey } from "./image-document.ts";
import type { Requests } from "./requests.ts";
import {
  allRuns,
  answerHash,
  decide,
  findRun,
  GO_HASH,
  HEAD_KEY,
  NO_RUNS,
  type RunAnswer,
  type RunDocument,
  type RunHead,
  runItself,
  runKey,
} from "./run-document.ts";
import { type NewsDocument, newsKey, newsOfRun, untold } from "./run-news.ts";
import { padded } from "./stamps.ts";
import type { Settle } from "./turns.ts";
import type { WaitingItems } from "./waiting.ts";
import { openWeigh } from "./weigh.ts";

interface Deps {
  readonly requests: Requests;
  readonly documents: Documents;
  readonly chains: Chains;
  readonly settle: Settle;
  readonly waiting: WaitingItems;
}

/** Changes of all runs of this process wait for each other: each of them reads the head. */
const ALONE = "runs";
const PAGE = 100;
/** In one transaction with what takes their place. */
const MOST_REJECTED = 50;

export function openRuns({ requests, documents, chains, settle, waiting }: Deps): RunStore {
  return {
    async begin(cause, subject, now, sameSubjects = []) {
      for (;;) {
        const id = await documents.change(ALONE, (change) => begin(change, cause, [subject, ...sameSubjects], now));
        if (id !== "not-yet") return id;
      }
    },
    weigh: openWeigh(requests, documents),
    async find(id) {
      const run = await findRun(documents, id);
      return run === undefined ? undefined : runOf(documents, run);
    },
    async list({ state, limit }) {
      const found: Run[] = [];
      for await (const run of allRuns(documents)) {
        if (found.length >= limit) break;
        if ((run.state !== "running" || run.held > 0) && (state ?? run.state) === run.state) found.push(await runOf(documents, run));
      }
      return found;
    },
    heldSince: (at) => requests.count({ hash: GO_HASH, from: padded(Math.max(0, at)) }),
    async waiting(id) {
      const run = await findRun(documents, id);
      return run === undefined ? [] : waitingIn(documents, run);
    },
    async untold() {
      await settle();
      return untold(documents);
    },
    async tell(id, isSettled, words) {
      await settle();
      await documents.change(ALONE, async (change) => {
        const news = await change.get<NewsDocument>(newsKey(id));
        // What happened before another took its place is its own.
        const run = await runItself((key) => change.get<RunDocument>(key), id);
        const happened = run === undefined ? undefined : newsOfRun(run, news?.rows ?? []);
        if (news === undefined || run === undefined || happened === undefined) return;
        const event = words(happened);
        if (event === undefined) return;
        await chains.append(change, [event]);
        change.put(newsKey(id), { ...news, rows: [] });
        change.put(runKey(run.number), { ...run, isAlerted: !isSettled && (happened.isAlerted || event.isAlert) });
      });
      waiting.add([{ key: holderKey(GATE), since: 0 }]);
    },
    decide: (id, decision, by, now) =>
      documents.change(ALONE, async (change) => {
        const run = await findRun(documents, id);
        const current = run?.id === id ? await change.get<RunDocument>(runKey(run.number)) : undefined;
        if (current?.state !== "stopped") return false;
        const head = (await change.get<RunHead>(HEAD_KEY)) ?? NO_RUNS;
        decide(change, current, decision, now, by);
        change.put(HEAD_KEY, { ...head, stopped: head.stopped.filter((number) => number !== current.number) });
        return true;
      }),
  };
}

/** @returns `not-yet` where more wait for a person than are rejected at once */
async function begin(change: Change, cause: RunCause, subjects: readonly string[], now: Instant): Promise<string> {
  const [subject = ""] = subjects;
  const head = (await change.get<RunHead>(HEAD_KEY)) ?? NO_RUNS;
  const last = head.newest[cause];
  const newest = last === undefined ? undefined : await change.get<RunDocument>(runKey(last));
  const isOpen = newest !== undefined && (cause !== "deletion" || newest.state === "running" || newest.state === "stopped");
  if (isOpen && subjects.includes(newest.subject)) return newest.id;
  const number = head.last + 1;
  const id = `${cause}-${number}`;
  const run: RunDocument = { number, id, cause, subject, startedAt: now, state: "running", held: 0, isAlerted: false };
  const { left: stopped, isAll } = cause === "policy" ? await reject(change, head, id, now) : { left: head.stopped, isAll: true };
  if (!isAll) {
    change.put(HEAD_KEY, { ...head, stopped } satisfies RunHead);
    return "not-yet";
  }
  await change.get(runKey(number));
  change.put(runKey(number), run);
  change.put(HEAD_KEY, {
    ...head,
    last: number,
    stopped,
    newest: { ...head.newest, [cause]: number },
    ...(cause === "policy" ? { policy: number } : {}),
  } satisfies RunHead);
  return id;
}

/** `left`: those that wait still, which are emergencies once it is all. */
async function reject(
  change: Change,
  { stopped }: RunHead,
  id: string,
  now: Instant,
): Promise<{ readonly left: readonly number[]; readonly isAll: boolean }> {
  const by: Actor = { name: "moorgate", reason: `the policy changed; ${id} takes its place` };
  const left: number[] = [];
  let rejected = 0;
  for (const [place, number] of stopped.entries()) {
    if (rejected === MOST_REJECTED) return { left: [...left, ...stopped.slice(place)], isAll: false };
    const run = await change.get<RunDocument>(runKey(number));
    if (run?.cause === "emergency") left.push(number);
    else if (run !== undefined) {
      decide(change, run, "rejected", now, by);
      rejected += 1;
    }
  }
  return { left, isAll: true };
}

async function runOf(documents: Documents, { id, cause, startedAt, state, held, stop, decided, ...run }: RunDocument): Promise<Run> {
  const waiting = (await waitingIn(documents, { cause, number: run.number })).length;
  return {
    id,
    cause,
    startedAt,
    state,
    held,
    waiting,
    ...(stop === undefined ? {} : { stop: { at: stop.at, why: stop.why } }),
    ...(decided === undefined ? {} : { decided }),
  };
}

/** Whoever was held for another cause or mended meanwhile waits no more. An emergency asks for no verdict. */
async function waitingIn(documents: Documents, { number, cause }: Pick<RunDocument, "number" | "cause">): Promise<readonly ImageKey[]> {
  const found: ImageKey[] = [];
  for await (const page of inPages(documents.list<RunAnswer>({ hash: answerHash(number) }), PAGE)) {
    const asked = page.filter(({ body }) => body.answer === "wait").map(({ body }) => body.image);
    const images = await documents.readAll<ImageDocument>(asked.map(imageItemKey));
    found.push(...images.flatMap((image) => (image !== undefined && waits(image, cause) ? [image.key] : [])));
  }
  return found;
}

function waits({ record }: ImageDocument, cause: RunCause): boolean {
  if (record?.presence !== "present") return false;
  const isHeld = record.hold.kind === "held";
  if (isHeld !== (cause === "deletion")) return false;
  return cause === "emergency" || (record.verdict !== undefined && record.verdict.kind !== "compliant");
}
