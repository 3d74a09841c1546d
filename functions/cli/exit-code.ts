import type { ProblemCode } from "../../shared/web/problem.ts";

/** What a script may rely on; said in `moorgate --help`. */
export const EXIT = { fine: 0, violating: 1, indeterminate: 2, usage: 3, failed: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_VERDICT = { compliant: EXIT.fine, violating: EXIT.violating, indeterminate: EXIT.indeterminate } as const;

export function exitOfVerdict(kind: keyof typeof BY_VERDICT): ExitCode {
  return BY_VERDICT[kind];
}

// Wrong use is what the same request never gets past; what may work later, or for somebody else, could not run.
const BY_PROBLEM: Readonly<Record<ProblemCode, ExitCode>> = {
  invalid: EXIT.usage,
  refused: EXIT.usage,
  "not-found": EXIT.usage,
  "method-not-allowed": EXIT.usage,
  "too-large": EXIT.usage,
  compressed: EXIT.usage,
  host: EXIT.usage,
  proposed: EXIT.violating,
  superseded: EXIT.failed,
  unauthenticated: EXIT.failed,
  forbidden: EXIT.failed,
  origin: EXIT.failed,
  "too-slow": EXIT.failed,
  failed: EXIT.failed,
  unavailable: EXIT.failed,
  internal: EXIT.failed,
};

/** Of what a gate refuses, by the kind that it says. A kind that only a newer gate knows says nothing about the request. */
export function exitOfProblem(code: string): ExitCode {
  return new Map<string, ExitCode>(Object.entries(BY_PROBLEM)).get(code) ?? EXIT.failed;
}
