import { fingerprint, type Verdict } from "../domain/verdict.ts";

/** Whether anybody has to hear of the new verdict: the first one, or one that differs in what it says. */
export function isTransition(previous: Verdict | undefined, next: Verdict): boolean {
  return previous === undefined || previous.policy.name !== next.policy.name || fingerprint(previous) !== fingerprint(next);
}

/** A finding is one policy's opinion of one image: another policy opens another finding. */
export function isFirst(previous: Verdict | undefined, next: Verdict): boolean {
  return previous === undefined || previous.policy.name !== next.policy.name;
}
