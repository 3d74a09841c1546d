import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GuardedAct } from "../../../shared/domain/proposal.ts";
import { add, type Instant, parseDuration } from "../../../shared/domain/time.ts";
import { confirm, decline, type ProposalDeps, propose } from "../../../shared/pipeline/four-eyes.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";
import { stopRun } from "../../fixtures/runs.ts";

const ANN = { name: "ann", reason: "over" };
const BEN = { name: "ben", reason: "agreed" };
const IMAGES = [keyOf("a"), keyOf("b")];

let store: Store;
let deps: ProposalDeps;
let now: Instant;
let version: string;

beforeEach(() => {
  store = openSqliteStore({ file: ":memory:", signHead: () => "c2lnbmF0dXJl" });
  now = NOW;
  version = "v1";
  deps = { ...store, clock: { now: () => now }, policyVersion: () => version };
});
afterEach(() => store.close());

async function stopped(): Promise<string> {
  for (const key of IMAGES)
    await store.ledger.commit({
      image: recordOf(key, { verdict: verdictOf("violating") }),
      intents: [],
      outcomes: [],
      journal: [],
    });
  return stopRun(store, IMAGES);
}

async function asked(act: GuardedAct, subject: string): Promise<string> {
  expect(await propose(deps, act, subject, ANN)).toMatchObject({ kind: "proposed" });
  return (await store.proposals.list({ limit: 1 }))[0]?.id ?? "none";
}

async function events(): Promise<readonly string[]> {
  const entries = await store.ledger.journal(0, 1_000);
  return entries.flatMap(({ event }) => (event.kind === "proposed" ? [`${event.state} by ${event.by.name}`] : []));
}

describe("an act that takes two people", () => {
  test("is not done when one asks, and is when another confirms; the journal has both", async () => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    expect((await store.runs.find(run))?.state).toBe("stopped");
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "decided", proposal: { state: "confirmed", decided: { by: BEN } } });
    expect(await store.runs.find(run)).toMatchObject({
      state: "approved",
      decided: { by: { name: "ann", reason: "over (confirmed by ben: agreed)" } },
    });
    expect((await store.queue.depth()).waiting).toBe(2);
    expect(await events()).toEqual(["proposed by ann", "confirmed by ben"]);
  });

  test("lets a stopped gate go on in the same way", async () => {
    await store.halts.halt({ name: "eve", reason: "INC-12" }, NOW);
    const id = await asked("resume", "");
    expect((await store.halts.now()).kind).toBe("halted");
    await confirm(deps, id, BEN);
    expect((await store.halts.now()).kind).toBe("going");
  });

  test.each(["ann", "Ann", "ANN"])("is not confirmed by who asked for it, however the name is written: %s", async (name) => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    expect(await confirm(deps, id, { name, reason: "agreed" })).toMatchObject({ kind: "refused" });
    expect((await store.runs.find(run))?.state).toBe("stopped");
    expect((await store.proposals.find(id))?.state).toBe("open");
  });

  test("asked twice is one proposal; by two people it is two, and neither confirms the other by asking", async () => {
    const run = await stopped();
    await propose(deps, "brake-approve", run, ANN);
    await propose(deps, "brake-approve", run, { ...ANN, reason: "again" });
    await propose(deps, "brake-approve", run, BEN);
    expect(await store.proposals.list({ limit: 10 })).toHaveLength(2);
    expect((await store.runs.find(run))?.state).toBe("stopped");
  });

  test("is declined, and then confirmed by nobody", async () => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    expect(await decline(deps, id, BEN)).toMatchObject({ kind: "decided", proposal: { state: "declined" } });
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.runs.find(run))?.state).toBe("stopped");
    expect(await events()).toEqual(["proposed by ann", "declined by ben"]);
  });

  test("waits for a day and no longer; then it is asked for anew", async () => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    now = add(NOW, parseDuration("24h"));
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.runs.find(run))?.state).toBe("stopped");
    const next = await asked("brake-approve", run);
    expect(next).not.toBe(id);
    expect(await confirm(deps, next, BEN)).toMatchObject({ kind: "decided" });
  });

  test("of nothing that waits is no proposal at all", async () => {
    expect(await propose(deps, "resume", "", ANN)).toMatchObject({ kind: "refused" });
    expect(await propose(deps, "brake-approve", "policy-9", ANN)).toMatchObject({ kind: "not-found" });
    expect(await confirm(deps, "proposal-1", BEN)).toMatchObject({ kind: "not-found" });
    expect(await store.proposals.list({ limit: 10 })).toEqual([]);
  });

  test("that a crash cut off after it was confirmed is confirmed once more, and done once", async () => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    await store.proposals.decide(id, "confirmed", BEN, NOW);
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "decided" });
    expect((await store.runs.find(run))?.state).toBe("approved");
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.queue.depth()).waiting).toBe(2);
  });
});

describe("a proposal is void, says so, and does nothing, where meanwhile", () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ["the policy changed", async () => (version = "v2")],
    [
      "an image came to wait",
      () =>
        store.runs.weigh("policy-1", { image: keyOf("c"), hasTags: true, reasons: ["r"] }, NOW, () => ({ kind: "wait", why: "too many" })),
    ],
    [
      "an image waits no more",
      async () => {
        const record = recordOf(keyOf("a"), { verdict: verdictOf("violating"), version: 2, presence: "gone" });
        await store.ledger.commit({ image: record, intents: [], outcomes: [], journal: [] });
      },
    ],
  ])("%s", async (_, happens) => {
    const run = await stopped();
    const third = recordOf(keyOf("c"), { verdict: verdictOf("violating") });
    await store.ledger.commit({ image: third, intents: [], outcomes: [], journal: [] });
    const id = await asked("brake-approve", run);
    await happens();
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.runs.find(run))?.state).toBe("stopped");
    expect((await store.proposals.find(id))?.state).toBe("void");
    expect(await events()).toEqual(["proposed by ann", "void by ben"]);
  });

  test("the run was decided by somebody else", async () => {
    const run = await stopped();
    const id = await asked("brake-approve", run);
    await store.runs.decide(run, "rejected", BEN, NOW);
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.runs.find(run))?.state).toBe("rejected");
  });

  test("the gate went on and was stopped again, for another reason", async () => {
    await store.halts.halt({ name: "eve", reason: "INC-12" }, NOW);
    const id = await asked("resume", "");
    await store.halts.resume();
    await store.halts.halt({ name: "eve", reason: "INC-13" }, add(NOW, parseDuration("1m")));
    expect(await confirm(deps, id, BEN)).toMatchObject({ kind: "refused" });
    expect((await store.halts.now()).kind).toBe("halted");
  });
});
