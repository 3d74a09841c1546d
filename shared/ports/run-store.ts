import type { Actor } from "../domain/action.ts";
import type { AuditEvent } from "../domain/audit-event.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { Run, RunCause, RunDecision, RunState } from "../domain/run.ts";
import type { RunNews } from "../domain/run-news.ts";
import type { Instant } from "../domain/time.ts";

/** How far a run has come, before the hold that is asked about. */
export interface SoFar {
  readonly held: number;
  readonly heldInRepository: number;
  /** Those that could be pulled when the run came to the repository. */
  readonly imagesInRepository: number;
  /** No other image with a tag can be pulled from the repository. */
  readonly isLastTagged: boolean;
  /** No other image with a tag that complies can be pulled from the repository, as far as it was judged. */
  readonly isLastCompliant: boolean;
  /** Holds that were let through in the last hour, of all runs. */
  readonly heldInHour: number;
}

export interface AskedHold {
  readonly image: ImageKey;
  readonly hasTags: boolean;
  /** Keys of the enforced reasons. */
  readonly reasons: readonly string[];
}

/** What the store knows when a run asks for a hold. */
export interface RunFacts {
  readonly state: RunState;
  /** Why the run was stopped. */
  readonly why?: string;
  /** What was said of this image before; a step that a crash repeats gets the same answer, and counts once. */
  readonly before?: { readonly answer: "go" | "wait"; readonly reasons: readonly string[] };
  /** Counted when it is asked for. */
  soFar(): SoFar;
}

export type HoldAnswer = { readonly kind: "go" } | { readonly kind: "wait"; readonly why: string };

export type WeighedHold =
  | { readonly kind: "go" }
  /** `stopped`: the run, where this image is the one at which it was stopped. */
  | { readonly kind: "wait"; readonly stopped?: Pick<Run, "id" | "cause"> & NonNullable<Run["stop"]> };

export type Summary = Extract<AuditEvent, { readonly kind: "summary" }>;

/** A run in which something happened that no summary has told. */
export interface UntoldRun {
  readonly run: string;
  /** When the first of it happened. */
  readonly since: Instant;
  /** When the last of it happened. */
  readonly lastAt: Instant;
}

/** Runs with what they held and what waits for a person. Survives a crash like the ledger. */
export interface RunStore {
  /**
   * The newest run of the cause where its subject is the same or one of `sameSubjects`, else a new one. A run of another policy judges everything again: it takes the
   * place of all that were before, of their waiting images and of their jobs; but of no emergency, which a person asked for. Deletions that wait are
   * rejected by it. Of deletions only a run that nobody has decided on is the same: an answer is for the images that were seen.
   */
  begin(cause: RunCause, subject: string, now: Instant, sameSubjects?: readonly string[]): Promise<string>;
  /** Asks `answer`, once more where others were in the way or it asks for counts, and keeps what it says, in one transaction. A run that is not known lets nothing through. */
  weigh(run: string, hold: AskedHold, now: Instant, answer: (facts: RunFacts) => HoldAnswer): Promise<WeighedHold>;
  find(run: string): Promise<Run | undefined>;
  /** Newest first: stopped and decided ones, and those that held something. */
  list(query: { readonly state?: RunState; readonly limit: number }): Promise<readonly Run[]>;
  /** Holds that were let through since, of all runs; each image of a run once. */
  heldSince(at: Instant): Promise<number>;
  /** Images that wait in the run and can still be pulled; of deletions those that are held still. */
  waiting(run: string): Promise<readonly ImageKey[]>;
  /** Runs with news that no summary has told, but for emergencies, which tell of themselves. */
  untold(): Promise<readonly UntoldRun[]>;
  /**
   * Puts into the journal what `words` says of the news, and forgets them, in one transaction; nothing where there are none, or where it says
   * nothing. `isSettled`: what comes after it is another
   * matter, and an alert of its own.
   */
  tell(run: string, isSettled: boolean, words: (news: RunNews) => Summary | undefined): Promise<void>;
  /** @returns whether the run was stopped and is decided now. */
  decide(run: string, decision: RunDecision, by: Actor, now: Instant): Promise<boolean>;
}
