export const SETUP_CODES = [
  "lifecycle-expires-held",
  "lifecycle-expires-kept",
  "lifecycle-expires-untagged",
  "lifecycle-expires-signatures",
  "lifecycle-archives-released",
  "lifecycle-counts-own-pulls",
  "lifecycle-unreadable",
  "scan-off",
  "scan-once",
  "replica-out-of-reach",
  "replica-not-watched",
  "tags-frozen",
  "quarantine-open",
  "quarantine-replicated",
  "policy-denies-gate",
  "policy-unreadable",
  "signing-not-trusted",
  "signing-not-set-up",
  "may-not-hold",
  "may-not-ask",
  "not-read",
  "nothing-found",
] as const;
export type SetupCode = (typeof SETUP_CODES)[number];

/** One thing that was looked at. `unknown` is no pass: what could not be found out is said. */
export interface SetupFinding {
  readonly code: SetupCode;
  /** `lifecycle of team/app, rule 3`; several where the same is to be said of each. */
  readonly places: readonly string[];
  readonly state: "well" | "mend" | "unknown";
  readonly fact: string;
  /** What to do; absent where all is well. */
  readonly next?: string;
}
