import type { Instant } from "../../shared/domain/time.ts";
import type { Rules } from "./policy.ts";

/** What happened, as far as it is asked about afterwards. */
export interface Past {
  /** By the version that the gate gives a policy. */
  readonly policies: Map<string, Rules>;
  /** What the cluster said that it runs, in order. */
  readonly uses: Use[];
  readonly pushes: Push[];
  /** Ids of the undos that were begun. */
  readonly undos: Set<string>;
}

export interface Use {
  readonly begunAt: Instant;
  /** Absent: the gate may not have heard it. */
  answeredAt?: Instant;
  readonly running: ReadonlySet<string>;
}

export interface Push {
  readonly repository: string;
  readonly digest: string;
  readonly tag: string | undefined;
  readonly at: Instant;
}

/** When a user pushed it first, or something that consists of it. */
export function firstPushedAt({ pushes }: Past, repository: string, digest: string): Instant | undefined {
  return pushes.find((push) => push.repository === repository && push.digest === digest)?.at;
}

/** What a user ever gave the tag to. */
export function bearersOf({ pushes }: Past, repository: string, tag: string): ReadonlySet<string> {
  return new Set(pushes.filter((push) => push.repository === repository && push.tag === tag).map(({ digest }) => digest));
}

/** While it stands the gate may change nothing of itself. */
export interface Quiet {
  readonly why: string;
  /** Repositories where a person asked for something, or something was begun before. */
  readonly exempt: Set<string>;
}
