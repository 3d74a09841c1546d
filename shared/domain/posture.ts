import type { SetupCode, SetupFinding } from "./setup-finding.ts";

/** One kind of thing that stands against the gate in how a registry is set up, as it was told last. */
export interface ToldPosture {
  readonly code: SetupCode;
  /** `unknown` where none of it is certain. */
  readonly state: Exclude<SetupFinding["state"], "well">;
  readonly fact: string;
  /** Hash of all its places and what is true of each: another one is news. */
  readonly seen: string;
  /** Hash of what could not be found out in the look that found it last; empty where all could. */
  readonly beside: string;
}

export const POSTURE_CHANGES = ["opened", "changed", "cleared"] as const;

/** What the SOC hears of one look: one for each kind of thing, however many places it is true of. */
export interface PostureNews {
  readonly code: SetupCode;
  readonly change: (typeof POSTURE_CHANGES)[number];
  readonly state: ToldPosture["state"];
  /** The first of `count`; none where it is cleared. */
  readonly places: readonly string[];
  readonly count: number;
  /** Of the first place; of what is cleared, what was told last. */
  readonly fact: string;
  /** What to do; absent where it is cleared. */
  readonly next?: string;
}

/** `lifecycle of team/app, rule 3 and 2 more: expires what is archived`, or that it does so no more. */
export function postureWords({
  change,
  places: [first = ""],
  count,
  fact,
  code,
}: Pick<PostureNews, "change" | "places" | "count" | "fact"> & { readonly code: string }): string {
  if (change === "cleared") return `${code} is mended, which was: ${fact}`;
  return `${count > 1 ? `${first} and ${count - 1} more` : first}: ${fact}`;
}
