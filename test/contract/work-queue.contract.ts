import { describe, expect, test } from "vitest";
import type { Instant } from "../../shared/domain/time.ts";
import type { Job, Work, WorkQueue } from "../../shared/ports/work-queue.ts";
import { present } from "../fixtures/present.ts";
import { at, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const LEASE_MS = 10_000;
const DAY_MS = 86_400_000;

function work(key: string, fields: Partial<Work & { readonly notBefore: Instant }> = {}): Work & { readonly notBefore: Instant } {
  return { key, kind: "judge", group: "shop/api", payload: `payload of ${key}`, notBefore: NOW, ...fields };
}

async function one(queue: WorkQueue, now: Instant = NOW): Promise<Job> {
  const [job] = await queue.claim(1, now, LEASE_MS);
  return present(job, "job");
}

/** The rules of `ports/work-queue.ts`; every store keeps them. */
export function workQueueContract(withStore: WithStore): void {
  describe("putting and claiming", () => {
    test("a claimed job carries what was put, and is nobody else's", () =>
      withStore(async ({ queue }) => {
        expect(await queue.put([work("a")], NOW)).toBe("queued");
        const job = await one(queue, at(5));
        expect(job).toMatchObject({ key: "a", kind: "judge", group: "shop/api", payload: "payload of a", attempt: 1, queuedAt: NOW });
        expect(await queue.claim(5, at(6), LEASE_MS)).toEqual([]);
      }));

    test("the jobs of one group are counted: those that wait, for later too, those that run, and those given up", () =>
      withStore(async ({ queue }) => {
        const of = (key: string, notBefore: Instant = NOW): ReturnType<typeof work> => work(key, { group: "mass", notBefore });
        await queue.put([of("a"), of("b"), of("c", at(100)), work("d")], NOW);
        const first = (await queue.claim(2, NOW, LEASE_MS)).find(({ group }) => group === "mass");
        expect(await queue.depthOf("mass")).toEqual({ open: 3, parked: 0 });
        await queue.finish(present(first, "job"), { kind: "park", why: "no" }, NOW);
        expect(await queue.depthOf("mass")).toEqual({ open: 2, parked: 1 });
        expect(await queue.depthOf("nobody")).toEqual({ open: 0, parked: 0 });
      }));

    test("work is not given out before its time", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a", { notBefore: at(100) })], NOW);
        expect(await queue.claim(1, at(99), LEASE_MS)).toEqual([]);
        expect(await queue.nextAt()).toBe(at(100));
        expect((await one(queue, at(100))).key).toBe("a");
      }));

    test("work with a queued key joins it: one job, the first payload, the earlier time", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a", { notBefore: at(100) })], NOW);
        await queue.put([work("a", { notBefore: at(50), payload: "second" }), work("a", { notBefore: at(70) })], NOW);
        expect(await queue.claim(5, at(49), LEASE_MS)).toEqual([]);
        expect(await queue.claim(5, at(50), LEASE_MS)).toMatchObject([{ key: "a", payload: "payload of a" }]);
      }));

    test("work with a running key runs once more afterwards, with what was put then", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const job = await one(queue);
        await queue.put([work("a", { payload: "second" })], at(1));
        await queue.put([work("a", { payload: "third" })], at(2));
        expect(await queue.claim(5, at(3), LEASE_MS)).toEqual([]);
        await queue.finish(job, { kind: "done" }, at(4));
        const again = await one(queue, at(4));
        expect(again).toMatchObject({ payload: "second", attempt: 1, queuedAt: at(1) });
        await queue.finish(again, { kind: "done" }, at(5));
        expect(await queue.depth()).toEqual({ waiting: 0, running: 0, parked: 0 });
      }));

    test("a recheck that a job asks for itself waits for its time", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const job = await one(queue);
        await queue.put([work("a", { notBefore: at(1_000) })], NOW);
        await queue.finish(job, { kind: "done" }, NOW);
        expect(await queue.claim(1, at(999), LEASE_MS)).toEqual([]);
        expect((await one(queue, at(1_000))).attempt).toBe(1);
      }));

    test("a delivery is known for seven days, and its repetition adds nothing", () =>
      withStore(async ({ queue }) => {
        expect(await queue.put([work("a")], NOW, "delivery 1")).toBe("queued");
        expect(await queue.put([work("b")], at(7 * DAY_MS), "delivery 1")).toBe("duplicate");
        expect(await queue.depth()).toMatchObject({ waiting: 1 });
        expect(await queue.put([work("b")], at(7 * DAY_MS + 1), "delivery 1")).toBe("queued");
        expect(await queue.put([work("c")], NOW, "delivery 2")).toBe("queued");
      }));

    test("of a delivery that comes many times at once, one is taken", () =>
      withStore(async ({ queue }) => {
        const results = await Promise.all(Array.from({ length: 100 }, (_, time) => queue.put([work(`job ${time}`)], NOW, "the same")));
        expect(results.filter((result) => result === "queued")).toHaveLength(1);
        expect(await queue.depth()).toMatchObject({ waiting: 1 });
      }));

    test("a flood of one group does not starve another", () =>
      withStore(async ({ queue }) => {
        await queue.put(
          Array.from({ length: 100 }, (_, number) => work(`flood ${number}`, { group: "flood" })),
          NOW,
        );
        await queue.put([work("x", { group: "quiet" }), work("y", { group: "quiet" })], NOW);
        const groups = (await queue.claim(5, NOW, LEASE_MS)).map(({ group }) => group);
        expect(groups.filter((group) => group === "quiet")).toHaveLength(2);
      }));

    test("a group that comes anew with each job gets one turn a round, not every turn", () =>
      withStore(async ({ queue }) => {
        await queue.put(
          Array.from({ length: 5 }, (_, number) => work(`b ${number}`, { group: "b" })),
          NOW,
        );
        const served: string[] = [];
        for (let turn = 0; turn < 8; turn++) {
          await queue.put([work(`a ${turn}`, { group: "a" })], NOW);
          const job = await one(queue);
          served.push(job.group);
          await queue.finish(job, { kind: "done" }, NOW);
        }
        expect(served.filter((group) => group === "b").length).toBeGreaterThanOrEqual(4);
      }));
  });

  describe("ending", () => {
    test("a retry comes again at its time with one attempt more", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        await queue.finish(await one(queue), { kind: "retry", at: at(500), why: "busy" }, NOW);
        expect(await queue.claim(1, at(499), LEASE_MS)).toEqual([]);
        expect(await one(queue, at(500))).toMatchObject({ key: "a", attempt: 2, queuedAt: NOW });
      }));

    test("new work for a job that waits for its retry brings it forward", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const job = await one(queue);
        await queue.put([work("a", { notBefore: at(10) })], NOW);
        await queue.finish(job, { kind: "retry", at: at(500), why: "busy" }, NOW);
        const again = await one(queue, at(10));
        await queue.finish(again, { kind: "done" }, at(11));
        expect(await queue.depth()).toEqual({ waiting: 0, running: 0, parked: 0 });
      }));

    test("a parked job is listed with its reason and runs again only when it is unparked", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a"), work("b")], NOW);
        const [a, b] = [await one(queue), await one(queue)];
        await queue.finish(a, { kind: "park", why: "forbidden" }, at(1));
        await queue.finish(b, { kind: "park", why: "malformed" }, at(2));
        expect(await queue.parked(10)).toMatchObject([
          { key: b.key, why: "malformed", parkedAt: at(2) },
          { key: a.key, why: "forbidden", parkedAt: at(1), attempt: 1 },
        ]);
        expect(await queue.claim(5, at(DAY_MS), LEASE_MS)).toEqual([]);
        expect(await queue.unpark(a.id, at(3))).toBe(1);
        expect(await one(queue, at(3))).toMatchObject({ key: a.key, attempt: 1, payload: a.payload });
        expect(await queue.unpark(undefined, at(4))).toBe(1);
        expect(await queue.unpark(undefined, at(4))).toBe(0);
        expect((await one(queue, at(4))).key).toBe(b.key);
      }));

    test("work that came while a job ran is not parked with it", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const job = await one(queue);
        await queue.put([work("a", { payload: "second" })], NOW);
        await queue.finish(job, { kind: "park", why: "poison" }, NOW);
        expect((await one(queue)).payload).toBe("second");
      }));

    test("unparked work joins what is queued under its key", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        await queue.finish(await one(queue), { kind: "park", why: "poison" }, NOW);
        await queue.put([work("a")], NOW);
        await queue.unpark(undefined, NOW);
        expect(await queue.depth()).toMatchObject({ waiting: 1, parked: 0 });
      }));
  });

  describe("leases", () => {
    test("a job whose lease ran out is given to another worker, and the first one's end has no effect", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const lost = await one(queue);
        expect(await queue.claim(1, at(LEASE_MS - 1), LEASE_MS)).toEqual([]);
        expect(await queue.nextAt()).toBe(at(LEASE_MS));
        const job = await one(queue, at(LEASE_MS));
        expect(job).toMatchObject({ key: "a", attempt: 2 });
        await queue.finish(lost, { kind: "done" }, at(LEASE_MS + 1));
        await queue.extend(lost, at(DAY_MS));
        expect(await queue.depth()).toMatchObject({ running: 1 });
        expect((await one(queue, at(2 * LEASE_MS))).attempt).toBe(3);
      }));

    test("the end of a job that ran long ago does not end a later one of the same key", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        const old = await one(queue);
        await queue.finish(old, { kind: "done" }, NOW);
        await queue.put([work("a")], NOW);
        const young = await one(queue);
        await queue.finish(old, { kind: "park", why: "late" }, NOW);
        expect(await queue.depth()).toEqual({ waiting: 0, running: 1, parked: 0 });
        await queue.finish(young, { kind: "done" }, NOW);
        expect(await queue.depth()).toMatchObject({ running: 0 });
      }));

    test("an extended lease keeps the job", () =>
      withStore(async ({ queue }) => {
        await queue.put([work("a")], NOW);
        await queue.extend(await one(queue), at(3 * LEASE_MS));
        expect(await queue.claim(1, at(2 * LEASE_MS), LEASE_MS)).toEqual([]);
        expect(await queue.claim(1, at(3 * LEASE_MS), LEASE_MS)).toHaveLength(1);
      }));
  });

  describe("state", () => {
    test("the depth counts what waits, runs and is parked, with the age of the oldest that may run", () =>
      withStore(async ({ queue }) => {
        expect(await queue.depth()).toEqual({ waiting: 0, running: 0, parked: 0 });
        expect(await queue.nextAt()).toBeUndefined();
        await queue.put([work("a")], NOW);
        await queue.put([work("b")], at(1));
        await queue.put([work("later", { notBefore: at(DAY_MS) })], at(2));
        expect(await queue.depth()).toEqual({ waiting: 3, running: 0, parked: 0, oldestQueuedAt: NOW });
        await queue.finish(await one(queue), { kind: "park", why: "poison" }, NOW);
        await one(queue, at(2));
        expect(await queue.depth()).toEqual({ waiting: 1, running: 1, parked: 1 });
      }));

    test("a schedule is due once an interval, whoever asks", () =>
      withStore(async ({ queue }) => {
        expect(await queue.due("sweep", 1_000, NOW)).toBe(true);
        expect(await queue.due("sweep", 1_000, at(999))).toBe(false);
        expect(await queue.due("posture", 1_000, at(999))).toBe(true);
        const answers = await Promise.all(Array.from({ length: 10 }, () => queue.due("sweep", 1_000, at(1_000))));
        expect(answers.filter(Boolean)).toHaveLength(1);
      }));

    test("a schedule that a wrong clock set far ahead is due again", () =>
      withStore(async ({ queue }) => {
        await queue.due("sweep", 1_000, at(DAY_MS));
        expect(await queue.due("sweep", 1_000, NOW)).toBe(true);
      }));

    test("who listens hears of work, until it stops to listen", () =>
      withStore(async ({ queue }) => {
        if (queue.onWork === undefined) return;
        let heard = 0;
        const stop = queue.onWork(() => {
          heard += 1;
        });
        await queue.put([work("a")], NOW);
        expect(heard).toBe(1);
        await queue.finish(await one(queue), { kind: "park", why: "poison" }, NOW);
        await queue.unpark(undefined, NOW);
        expect(heard).toBe(2);
        stop();
        await queue.put([work("b")], NOW);
        expect(heard).toBe(2);
      }));
  });
}
