import type { Instant } from "../domain/time.ts";
import type { AnswerTimes } from "./notation-trust.ts";

/** An answer about revocation as it came. It is signed: whoever uses it verifies it again. */
export interface KeptAnswer extends AnswerTimes {
  readonly bytes: Uint8Array;
  readonly askedAt: Instant;
}

/** How much is kept. */
export interface RevocationLimits {
  readonly answers: number;
  readonly bytes: number;
}

/** Answers that outlive the process. Losing them costs a question each. */
export interface RevocationStore {
  find(question: string): Promise<KeptAnswer | undefined>;
  /**
   * Keeps the answer in place of an older one; never in place of a later one. Whole or not at all. Where too much is kept, what ends first goes.
   */
  keep(question: string, answer: KeptAnswer): Promise<void>;
}
