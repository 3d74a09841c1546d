import type { Actor } from "../../domain/action.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { Run, RunCause, RunState } from "../../domain/run.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

export interface RunDocument {
  readonly number: number;
  readonly id: string;
  readonly cause: RunCause;
  readonly subject: string;
  readonly startedAt: Instant;
  readonly state: RunState;
  /** `stopper`: the image at which it was stopped, printed. */
  readonly stop?: { readonly at: Instant; readonly why: string; readonly stopper: string };
  readonly decided?: NonNullable<Run["decided"]>;
  /** Holds that were let through. */
  readonly held: number;
  readonly isAlerted: boolean;
}

/** What is asked of all runs together. */
export interface RunHead {
  readonly last: number;
  /** The newest run of another policy, which takes the place of those before. */
  readonly policy?: number;
  readonly newest: Readonly<Partial<Record<RunCause, number>>>;
  /** Those that wait for a person. */
  readonly stopped: readonly number[];
}

/** What a run was told of one image. */
export interface RunAnswer {
  readonly image: ImageKey;
  readonly answer: "go" | "wait";
  readonly reasons: readonly string[];
  /** When it was let through first, or asked last. */
  readonly at: Instant;
}

const RUN_HASH = "run";
export const HEAD_KEY: Key = { pk: RUN_HASH, sk: "head" };
export const NO_RUNS: RunHead = { last: 0, newest: {}, stopped: [] };
/** What was let through, of all runs, by its time. */
export const GO_HASH = "let-through";

export function runKey(number: number): Key {
  return { pk: RUN_HASH, sk: padded(number) };
}

export function answerHash(number: number): string {
  return `run-image#${number}`;
}

/** Sorts by registry and repository; no character of a repository sorts before the mark after it. */
export function answerKey(number: number, { registry, repository, digest }: ImageKey): Key {
  return { pk: answerHash(number), sk: `${registry}/${repository}!${digest}` };
}

export function goKey(number: number, image: ImageKey, at: number): Key {
  return { pk: GO_HASH, sk: `${padded(Math.max(0, at))}#${answerKey(number, image).sk}#${number}` };
}

/** 0 for what is no run of a store. */
function numberOf(id: string): number {
  return Number(/-([1-9]\d{0,14})$/.exec(id)?.[1] ?? 0);
}

type Read = (key: Key) => Promise<RunDocument | undefined>;

/** The run itself, also where another took its place. */
export async function runItself(read: Read, id: string): Promise<RunDocument | undefined> {
  const number = numberOf(id);
  const run = number === 0 ? undefined : await read(runKey(number));
  return run?.id === id ? run : undefined;
}

/** The run, or the one that took its place. */
export async function resolve(read: Read, { policy }: RunHead, id: string): Promise<RunDocument | undefined> {
  const run = await runItself(read, id);
  if (run === undefined || policy === undefined || policy <= run.number) return run;
  return run.cause === "emergency" || run.cause === "deletion" ? run : read(runKey(policy));
}

export async function findRun(documents: Documents, id: string): Promise<RunDocument | undefined> {
  const head = (await documents.read<RunHead>(HEAD_KEY)) ?? NO_RUNS;
  return resolve((key) => documents.read<RunDocument>(key), head, id);
}

/** Every run is kept; the newest come first. */
export async function* allRuns(documents: Documents): AsyncGenerator<RunDocument> {
  for await (const { body } of documents.list<RunDocument>({ hash: RUN_HASH, to: "9", descending: true })) yield body;
}

export function decide(change: Change, run: RunDocument, state: RunState, at: Instant, by: Actor): void {
  change.put(runKey(run.number), { ...run, state, decided: { at, by } } satisfies RunDocument);
}
