import { expect, test } from "vitest";
import type { Outcome } from "../../../shared/domain/action.ts";
import { commitOutcome } from "../../../shared/pipeline/commit.ts";
import { startSmallGate } from "../../fakes/small-gate.ts";
import { actionOf, at, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

const KEY = keyOf("due");
const DEADLINE = {
  since: { a: NOW },
  until: at(1),
  afterwards: "hold",
  use: { kind: "unknown", workloads: [], owners: [] },
  isOver: true,
} as const;

test.each<readonly [string, Outcome, boolean]>([
  ["done: its deadline is behind it", { kind: "applied", at: at(2), strength: "hidden", notes: [] }, false],
  ["not done after all: its clock goes on", { kind: "superseded", at: at(2), why: "the policy changed" }, true],
  ["refused by the registry: its clock goes on", { kind: "failed", at: at(2), code: "forbidden", why: "no" }, true],
])("a hold after a deadline that is %s", async (_, outcome, isKept) => {
  const gate = await startSmallGate();
  try {
    const action = actionOf(KEY);
    const record = recordOf(KEY, { verdict: verdictOf("violating"), deadline: DEADLINE, pending: action, generation: 1 });
    await gate.store.ledger.commit({ image: record, intents: [action], outcomes: [], journal: [] });
    await commitOutcome(gate.gate.deps, record, action, outcome, at(3));
    expect((await gate.record(KEY)).deadline).toEqual(isKept ? DEADLINE : undefined);
  } finally {
    await gate.stop();
  }
});
