import { asksForHold, type Reason, type Verdict } from "../../domain/verdict.ts";
import type { Policy } from "../document.ts";
import { evaluate } from "../evaluate.ts";
import type { PolicyTest } from "./document.ts";
import { evidenceOf, threatsOf } from "./evidence.ts";

/** One thing that is not as expected. */
export interface Difference {
  readonly what: "verdict" | "rules" | "holds";
  readonly expected: string;
  readonly actual: string;
}

export interface TestResult {
  readonly name: string;
  readonly place: string;
  /** Empty: the test passed. */
  readonly differences: readonly Difference[];
  /** Why the verdict is what it is. */
  readonly reasons: readonly Pick<Reason, "ruleId" | "level" | "status" | "message" | "place">[];
}

/** Judges the image of a test as the gate would. */
export function runPolicyTest(policy: Policy, test: PolicyTest): TestResult {
  const { registry, repository, tag } = test.image;
  const tags = tag === undefined ? [] : [tag];
  const evidence = evidenceOf(test.given, tags, test.now);
  const verdict = evaluate(policy, { registry, repository, tags }, evidence, test.now, threatsOf(test.threats, test.now));
  const reasons = verdict.reasons.map(({ ruleId, level, status, message, place }) => ({ ruleId, level, status, message, place }));
  return { name: test.name, place: test.place, differences: differencesOf(test, verdict), reasons };
}

function differencesOf({ expect }: PolicyTest, verdict: Verdict): readonly Difference[] {
  const spoke = [...new Set(verdict.reasons.map(({ ruleId }) => ruleId))];
  return [
    ...differing("verdict", expect.verdict, verdict.kind),
    ...(expect.rules === undefined ? [] : differing("rules", listed(expect.rules), listed(spoke))),
    ...(expect.holds === undefined ? [] : differing("holds", String(expect.holds), String(asksForHold(verdict)))),
  ];
}

function differing(what: Difference["what"], expected: string, actual: string): readonly Difference[] {
  return expected === actual ? [] : [{ what, expected, actual }];
}

function listed(ids: readonly string[]): string {
  return ids.length === 0 ? "none" : ids.toSorted().join(", ");
}
