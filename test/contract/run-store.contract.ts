import { expect, test } from "vitest";
import { judged, summary } from "../../shared/audit/record.ts";
import type { ImageRecord } from "../../shared/domain/image-record.ts";
import type { RunNews } from "../../shared/domain/run-news.ts";
import type { Instant } from "../../shared/domain/time.ts";
import type { HoldAnswer, RunFacts, SoFar, Summary } from "../../shared/ports/run-store.ts";
import type { Store } from "../../shared/ports/store.ts";
import { at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";
import { stopRun } from "../fixtures/runs.ts";
import type { WithStore } from "./store.ts";

const GO: HoldAnswer = { kind: "go" };
const BY = { name: "ann", reason: "meant so" };

async function remember({ ledger }: Store, name: string, fields: Partial<ImageRecord> = {}): Promise<void> {
  const image = recordOf(keyOf(name), { verdict: verdictOf("violating"), ...fields });
  expect(await ledger.commit({ image, intents: [], outcomes: [], journal: [] })).toBe("committed");
}

async function ask({ runs }: Store, run: string, name: string, answer: HoldAnswer): Promise<RunFacts & { readonly counts: SoFar }> {
  let facts: (RunFacts & { readonly counts: SoFar }) | undefined;
  await runs.weigh(run, { image: keyOf(name), hasTags: true, reasons: ["r"] }, NOW, (given) => {
    facts = { ...given, counts: given.soFar() };
    return answer;
  });
  if (facts === undefined) throw new Error("was not asked");
  return facts;
}

/** Images of a run turn out to violate. */
async function happened({ ledger }: Store, partOf: string, names: readonly string[], when: Instant, repository?: string): Promise<void> {
  const facts = { verdict: verdictOf("violating"), previous: undefined, origin: "event" } as const;
  const occasions = names.map((name) => ({ image: keyOf(name, repository), tags: [], at: when, correlationId: name, partOf }));
  await ledger.append(occasions.map((occasion) => judged(occasion, facts)));
}

/** What every store of runs keeps. */
export function runStoreContract(withStore: WithStore): void {
  test("the same cause and subject is the same run, also after a crash; another subject is another", () =>
    withStore(async ({ runs }) => {
      const first = await runs.begin("policy", "v1", NOW);
      expect(await runs.begin("policy", "v1", at(1))).toBe(first);
      expect(await runs.begin("feeds", "v1", at(1))).not.toBe(first);
      expect(await runs.begin("policy", "v1 with a waiver", at(1), ["v1"])).toBe(first);
      const second = await runs.begin("policy", "v2", at(2));
      expect(second).not.toBe(first);
      // Back to the policy before: what was decided then was decided of another change.
      expect([first, second]).not.toContain(await runs.begin("policy", "v1", at(3)));
    }));

  test("a run of deletions waits for what is held, outlives a change of policy that rejects what it asks, and is not joined once it is answered", () =>
    withStore(async (store) => {
      const { runs } = store;
      const hold = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" } as const;
      await remember(store, "held", { hold });
      await remember(store, "free");
      const first = await runs.begin("deletion", "1", NOW);
      for (const name of ["held", "free"]) await ask(store, first, name, { kind: "wait", why: "asks" });
      expect((await runs.waiting(first)).map(({ digest }) => digest)).toEqual([keyOf("held").digest]);
      expect(await runs.begin("deletion", "1", at(1))).toBe(first);
      await runs.decide(first, "approved", BY, at(1));
      const second = await runs.begin("deletion", "1", at(2));
      expect(second).not.toBe(first);
      await ask(store, second, "held", { kind: "wait", why: "asks" });
      const policy = await runs.begin("policy", "v2", at(3));
      expect(await runs.find(second)).toMatchObject({ id: second, state: "rejected" });
      expect(policy).not.toBe(second);
    }));

  test("counts what was let through, once for each image, and what is left of its repository", () =>
    withStore(async (store) => {
      for (const name of ["a", "b", "c"]) await remember(store, name);
      const run = await store.runs.begin("sweep", "", NOW);
      expect((await ask(store, run, "a", GO)).counts).toEqual({
        held: 0,
        heldInRepository: 0,
        imagesInRepository: 3,
        isLastTagged: false,
        isLastCompliant: true,
        heldInHour: 0,
      });
      expect(await ask(store, run, "a", GO)).toMatchObject({ before: { answer: "go", reasons: ["r"] }, counts: { held: 1 } });
      expect((await ask(store, run, "b", GO)).counts).toMatchObject({ held: 1, heldInRepository: 1, isLastTagged: false });
      expect((await ask(store, run, "c", GO)).counts).toMatchObject({ held: 2, imagesInRepository: 3, isLastTagged: true });
      expect((await store.runs.find(run))?.held).toBe(3);
    }));

  test("images that were held before, are gone or are in another repository are not the repository's", () =>
    withStore(async (store) => {
      await remember(store, "a");
      await remember(store, "held", { hold: { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" } });
      await remember(store, "gone", { presence: "gone" });
      const elsewhere = recordOf(keyOf("b", "other/place"), { verdict: verdictOf("violating") });
      await store.ledger.commit({ image: elsewhere, intents: [], outcomes: [], journal: [] });
      const run = await store.runs.begin("sweep", "", NOW);
      expect((await ask(store, run, "a", GO)).counts).toMatchObject({ imagesInRepository: 1, isLastTagged: true });
    }));

  test("an image without a tag keeps no repository in use", () =>
    withStore(async (store) => {
      await remember(store, "a");
      await remember(store, "untagged", { tags: [] });
      const run = await store.runs.begin("sweep", "", NOW);
      expect((await ask(store, run, "a", GO)).counts).toMatchObject({ imagesInRepository: 2, isLastTagged: true });
    }));

  test("tells whether an image that complies is left in the repository: with a tag, present and not held", () =>
    withStore(async (store) => {
      await remember(store, "a");
      const run = await store.runs.begin("sweep", "", NOW);
      const isLast = async (): Promise<boolean> => (await ask(store, run, "a", { kind: "wait", why: "" })).counts.isLastCompliant;
      for (const [name, fields] of [
        ["untagged", { tags: [] }],
        ["gone", { presence: "gone" }],
        ["held", { hold: { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" } }],
      ] as const)
        await remember(store, name, { verdict: verdictOf("compliant"), ...fields });
      expect(await isLast()).toBe(true);
      await remember(store, "good", { verdict: verdictOf("compliant") });
      expect(await isLast()).toBe(false);
    }));

  test("counts the holds of the last hour over all runs, each once however often it is asked, and each with the time of its first answer", () =>
    withStore(async (store) => {
      const { runs } = store;
      for (const name of ["a", "b", "c"]) await remember(store, name);
      const [policy, feeds] = [await runs.begin("policy", "v1", NOW), await runs.begin("feeds", "", NOW)];
      const weigh = async (run: string, name: string, minutes: number, answer = GO): Promise<number | undefined> => {
        let counted: number | undefined;
        await runs.weigh(run, { image: keyOf(name), hasTags: true, reasons: [] }, at(minutes * 60_000), (facts) => {
          counted = facts.soFar().heldInHour;
          return answer;
        });
        return counted;
      };
      expect(await weigh(policy, "a", 0)).toBe(0);
      expect(await weigh(policy, "a", 59)).toBe(1);
      expect(await weigh(feeds, "b", 30)).toBe(1);
      expect(await weigh(feeds, "c", 59, { kind: "wait", why: "too many" })).toBe(2);
      expect(await runs.heldSince(at(0))).toBe(2);
      expect(await weigh(feeds, "c", 61)).toBe(1);
      expect(await runs.heldSince(at(60 * 60_000))).toBe(1);
    }));

  test("is stopped once, by the first image that waits", () =>
    withStore(async (store) => {
      const { runs } = store;
      const run = await runs.begin("policy", "v1", NOW);
      const weigh = (name: string, why: string) =>
        runs.weigh(run, { image: keyOf(name), hasTags: true, reasons: [] }, NOW, () => ({ kind: "wait", why }));
      const first = { kind: "wait", stopped: { id: run, cause: "policy", at: NOW, why: "too many" } };
      expect(await weigh("a", "too many")).toEqual(first);
      expect(await weigh("b", "another")).toEqual({ kind: "wait" });
      expect(await weigh("a", "another")).toEqual(first);
      expect(await ask(store, run, "c", GO)).toMatchObject({ state: "stopped", why: "too many" });
    }));

  test("names those that wait: present, free, and not mended meanwhile", () =>
    withStore(async (store) => {
      await remember(store, "a");
      await remember(store, "mended", { verdict: verdictOf("compliant") });
      await remember(store, "held", { hold: { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" } });
      await remember(store, "gone", { presence: "gone" });
      const run = await stopRun(
        store,
        ["a", "mended", "held", "gone"].map((name) => keyOf(name)),
      );
      expect(await store.runs.waiting(run)).toEqual([keyOf("a")]);
      expect(await store.runs.list({ state: "stopped", limit: 10 })).toMatchObject([{ id: run, held: 0, waiting: 1 }]);
      expect(await store.runs.list({ state: "approved", limit: 10 })).toEqual([]);
    }));

  test("is decided once, and only when it was stopped", () =>
    withStore(async (store) => {
      const { runs } = store;
      const free = await runs.begin("feeds", "", NOW);
      expect(await runs.decide(free, "approved", BY, NOW)).toBe(false);
      const run = await stopRun(store, [keyOf("a")]);
      expect(await runs.decide(run, "approved", BY, at(5))).toBe(true);
      expect(await runs.decide(run, "rejected", BY, at(6))).toBe(false);
      expect(await runs.find(run)).toMatchObject({ state: "approved", decided: { at: at(5), by: BY } });
    }));

  test("of another policy takes the place of those before: their jobs are its own, and none of them waits", () =>
    withStore(async (store) => {
      const { runs } = store;
      const feeds = await runs.begin("feeds", "", NOW);
      const old = await stopRun(store, [keyOf("a")]);
      const next = await runs.begin("policy", "v3", NOW);
      for (const run of [old, feeds]) expect(await runs.find(run)).toMatchObject({ id: next, state: "running" });
      expect(await ask(store, old, "b", GO)).toMatchObject({ state: "running" });
      expect(await runs.list({ state: "stopped", limit: 10 })).toEqual([]);
      expect(await runs.list({ limit: 10 })).toMatchObject([
        { id: next },
        { id: old, state: "rejected", decided: { by: { name: "moorgate" } } },
      ]);
    }));

  test("of another policy leaves emergencies alone, whose images wait whatever their verdict", () =>
    withStore(async (store) => {
      await remember(store, "a", { verdict: verdictOf("compliant") });
      const run = await store.runs.begin("emergency", "log4j-core", NOW);
      await store.runs.weigh(run, { image: keyOf("a"), hasTags: true, reasons: ["emergency"] }, NOW, () => ({
        kind: "wait",
        why: "too many",
      }));
      await store.runs.begin("policy", "v3", NOW);
      expect(await store.runs.find(run)).toMatchObject({ id: run, state: "stopped", waiting: 1 });
      expect(await store.runs.waiting(run)).toEqual([keyOf("a")]);
    }));

  test("keeps what happened in it until that is told, once, with where and to which images", () =>
    withStore(async (store) => {
      const { runs, ledger } = store;
      const run = await runs.begin("feeds", "", NOW);
      await happened(store, run, ["a", "b"], NOW);
      await happened(store, run, ["c"], at(5), "other/place");
      expect(await runs.untold()).toEqual([{ run, since: NOW, lastAt: at(5) }]);
      let told: RunNews | undefined;
      const words = (news: RunNews): Summary => {
        told = news;
        return summary(news, true, at(9));
      };
      await runs.tell(run, true, words);
      expect(told).toMatchObject({
        run: { id: run, cause: "feeds" },
        state: "running",
        since: NOW,
        counts: { violating: 3 },
        places: [{ count: 2 }, { count: 1, place: expect.stringContaining("other/place") }],
        isAlerted: false,
      });
      expect(told?.images).toHaveLength(3);
      expect((await ledger.recent({ limit: 1 }))[0]?.event).toMatchObject({ kind: "summary", run, counts: { violating: 3 } });
      expect(await runs.untold()).toEqual([]);
      told = undefined;
      await runs.tell(run, true, words);
      expect(told).toBeUndefined();
    }));

  test("an event that is written twice happened once", () =>
    withStore(async (store) => {
      const run = await store.runs.begin("feeds", "", NOW);
      await happened(store, run, ["a"], NOW);
      await happened(store, run, ["a"], NOW);
      await store.runs.tell(run, true, (news) => {
        expect(news.counts).toEqual({ violating: 1 });
        return summary(news, true, NOW);
      });
    }));

  test("remembers that an alert was raised, by its stop or by what was told, until it is settled", () =>
    withStore(async (store) => {
      const { runs } = store;
      const isAlerted = async (run: string, name: string, isSettled: boolean): Promise<boolean> => {
        let alerted = false;
        await happened(store, run, [name], NOW);
        await runs.tell(run, isSettled, (news) => {
          alerted = news.isAlerted;
          return summary(news, isSettled, NOW);
        });
        return alerted;
      };
      const stopped = await stopRun(store, [keyOf("a")]);
      expect(await isAlerted(stopped, "b", true)).toBe(true);
      expect(await isAlerted(stopped, "c", false)).toBe(false);
      expect(await isAlerted(stopped, "d", false)).toBe(true);
    }));

  test("what happens in a run whose place another took is the other's; an emergency tells of itself", () =>
    withStore(async (store) => {
      const { runs } = store;
      const old = await runs.begin("feeds", "", NOW);
      const next = await runs.begin("policy", "v2", NOW);
      await happened(store, old, ["a"], NOW);
      expect(await runs.untold()).toMatchObject([{ run: next }]);
      const emergency = await runs.begin("emergency", "log4j-core", NOW);
      await happened(store, emergency, ["b"], NOW);
      expect(await runs.untold()).toMatchObject([{ run: next }]);
    }));

  test("what happened in it before another took its place is told as its own", () =>
    withStore(async (store) => {
      const { runs, ledger } = store;
      const old = await runs.begin("feeds", "", NOW);
      await happened(store, old, ["a"], NOW);
      expect(await runs.untold()).toMatchObject([{ run: old }]);
      await runs.begin("policy", "v2", NOW);
      for (const { run } of await runs.untold()) await runs.tell(run, true, (news) => summary(news, true, NOW));
      expect((await ledger.recent({ limit: 1 }))[0]?.event).toMatchObject({ kind: "summary", run: old, counts: { violating: 1 } });
      expect(await runs.untold()).toEqual([]);
    }));

  test("that nobody has begun lets nothing through", () =>
    withStore(async ({ runs }) => {
      expect(await runs.find("policy-9")).toBeUndefined();
      await expect(runs.weigh("policy-9", { image: keyOf("a"), hasTags: true, reasons: [] }, NOW, () => GO)).rejects.toThrow(/policy-9/);
    }));
}
