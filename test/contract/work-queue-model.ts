import fc from "fast-check";
import { expect } from "vitest";
import type { Job, WorkQueue } from "../../shared/ports/work-queue.ts";
import { present } from "../fixtures/present.ts";
import { at } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const LEASE_MS = 50;

interface Waiting {
  readonly notBefore: number;
}

/** What is owed for a key: something waits, or runs, or both. */
interface Owed {
  waiting: Waiting | undefined;
  running: { readonly job: Job; leaseUntil: number } | undefined;
}

interface Model {
  now: number;
  readonly keys: Map<string, Owed>;
  readonly parked: Set<string>;
  /** Claims of other groups since a group had something that could run. */
  readonly passedOver: Map<string, Set<string>>;
}

type Command = fc.AsyncCommand<Model, WorkQueue>;

const groupOf = (key: string): string => key.slice(0, 1);

class Put implements Command {
  readonly key: string;
  readonly delay: number;
  constructor(key: string, delay: number) {
    this.key = key;
    this.delay = delay;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, queue: WorkQueue): Promise<void> {
    const notBefore = model.now + this.delay;
    await queue.put(
      [{ key: this.key, kind: "judge", group: groupOf(this.key), payload: this.key, notBefore: at(notBefore) }],
      at(model.now),
    );
    const owed = owedFor(model, this.key);
    owed.waiting = { notBefore: Math.min(notBefore, owed.waiting?.notBefore ?? notBefore) };
  }
  toString(): string {
    return `put ${this.key} in ${this.delay}`;
  }
}

class Claim implements Command {
  readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, queue: WorkQueue): Promise<void> {
    const mayRun = new Set([...model.keys].filter(([, owed]) => isReady(model, owed)).map(([key]) => key));
    const jobs = await queue.claim(this.limit, at(model.now), LEASE_MS);
    must(jobs.length === Math.min(this.limit, mayRun.size), `${jobs.length} jobs were given out`);
    for (const job of jobs) {
      must(mayRun.delete(job.key), `${job.key} was given out though it could not run`);
      const owed = owedFor(model, job.key);
      if (owed.running === undefined) owed.waiting = undefined;
      owed.running = { job, leaseUntil: model.now + LEASE_MS };
      isFair(model, groupOf(job.key), new Set([...mayRun].map(groupOf)));
    }
  }
  toString(): string {
    return `claim ${this.limit}`;
  }
}

class Finish implements Command {
  readonly kind: "done" | "retry" | "park";
  readonly which: number;
  constructor(kind: "done" | "retry" | "park", which: number) {
    this.kind = kind;
    this.which = which;
  }
  check(model: Readonly<Model>): boolean {
    return runningOf(model).length > 0;
  }
  async run(model: Model, queue: WorkQueue): Promise<void> {
    const running = runningOf(model);
    const [key, owed] = present(running[this.which % running.length]);
    const job = present(owed.running).job;
    const result =
      this.kind === "retry"
        ? { kind: this.kind, at: at(model.now + 20), why: "" }
        : this.kind === "park"
          ? { kind: this.kind, why: "" }
          : { kind: this.kind };
    await queue.finish(job, result, at(model.now));
    owed.running = undefined;
    if (this.kind === "retry") owed.waiting = { notBefore: Math.min(model.now + 20, owed.waiting?.notBefore ?? Number.POSITIVE_INFINITY) };
    if (this.kind === "park") model.parked.add(key);
  }
  toString(): string {
    return `${this.kind} ${this.which}`;
  }
}

class Wait implements Command {
  readonly milliseconds: number;
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model): Promise<void> {
    model.now += this.milliseconds;
  }
  toString(): string {
    return `wait ${this.milliseconds}`;
  }
}

class Unpark implements Command {
  check(): boolean {
    return true;
  }
  async run(model: Model, queue: WorkQueue): Promise<void> {
    must((await queue.unpark(undefined, at(model.now))) === model.parked.size, "not all parked work came back");
    for (const key of model.parked) {
      const owed = owedFor(model, key);
      owed.waiting = { notBefore: Math.min(model.now, owed.waiting?.notBefore ?? model.now) };
    }
    model.parked.clear();
  }
  toString(): string {
    return "unpark";
  }
}

function must(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

function owedFor(model: Model, key: string): Owed {
  const owed = model.keys.get(key) ?? { waiting: undefined, running: undefined };
  model.keys.set(key, owed);
  return owed;
}

function isReady({ now }: Model, { waiting, running }: Owed): boolean {
  return running === undefined ? waiting !== undefined && waiting.notBefore <= now : running.leaseUntil <= now;
}

function runningOf(model: Readonly<Model>): readonly (readonly [string, Owed])[] {
  return [...model.keys].filter(([, owed]) => owed.running !== undefined && owed.running.leaseUntil > model.now);
}

/** Between two turns of a group that could run, no other group has more than two. */
function isFair(model: Model, served: string, couldRun: ReadonlySet<string>): void {
  model.passedOver.delete(served);
  for (const group of couldRun) {
    if (group === served) continue;
    const passed = model.passedOver.get(group) ?? new Set<string>();
    must(!passed.has(`${served} twice`), `${group} could run while ${served} was served three times`);
    passed.add(passed.has(served) ? `${served} twice` : served);
    model.passedOver.set(group, passed);
  }
  for (const group of model.passedOver.keys()) if (!couldRun.has(group)) model.passedOver.delete(group);
}

const key = fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 4 })).map(([group, number]) => `${group}${number}`);
const commands = fc.commands(
  [
    fc.tuple(key, fc.constantFrom(0, 0, 0, 10, 60)).map(([name, delay]) => new Put(name, delay)),
    fc.integer({ min: 1, max: 4 }).map((limit) => new Claim(limit)),
    fc
      .tuple(fc.constantFrom("done" as const, "done" as const, "retry" as const, "park" as const), fc.nat())
      .map(([kind, which]) => new Finish(kind, which)),
    fc.integer({ min: 1, max: 60 }).map((milliseconds) => new Wait(milliseconds)),
    fc.constant(new Unpark()),
  ],
  { maxCommands: 60 },
);

/** Work is never lost, never runs twice at a time under its key, and every group has its turn. */
export async function queueKeepsItsRules(withStore: WithStore, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, (steps) =>
      withStore(async ({ queue }) => {
        const model: Model = { now: 0, keys: new Map(), parked: new Set(), passedOver: new Map() };
        await fc.asyncModelRun(() => ({ model, real: queue }), steps);
        const owed = owedKeys(model);
        expect(await drain(model, queue)).toEqual(owed);
        expect(await queue.depth()).toEqual({ waiting: 0, running: 0, parked: 0 });
      }),
    ),
    { numRuns },
  );
}

/** @returns the keys of all that comes out in the end. */
async function drain(model: Model, queue: WorkQueue): Promise<ReadonlySet<string>> {
  await queue.unpark(undefined, at(model.now));
  const given = new Set<string>();
  // Twice over: what waits behind a running job comes after it.
  for (let round = 1; round <= 2; round++) {
    const now = at(model.now + round * 1_000_000);
    const jobs = await queue.claim(1_000, now, LEASE_MS);
    must(new Set(jobs.map((job) => job.key)).size === jobs.length, "a key was given out twice");
    for (const job of jobs) await queue.finish(job, { kind: "done" }, now);
    for (const job of jobs) given.add(job.key);
  }
  return given;
}

function owedKeys({ keys, parked }: Model): ReadonlySet<string> {
  return new Set(
    [...keys]
      .filter(([name, { waiting, running }]) => waiting !== undefined || running !== undefined || parked.has(name))
      .map(([name]) => name),
  );
}
