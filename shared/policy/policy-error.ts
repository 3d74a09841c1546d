/** One thing that is wrong in a policy file. */
export interface Problem {
  /** `policy.yaml:18:5`. */
  readonly place: string;
  readonly message: string;
  readonly mend: string;
}

/** Everything that is wrong in a policy file, in the order of the file. A policy with a problem is never used in part. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ place, message, mend }) => `${place}: ${message}; ${mend}`).join("\n"));
    this.problems = problems;
  }
}
