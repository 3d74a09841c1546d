/** What a script may rely on; said in `moorgate --help`. */
export const EXIT = { fine: 0, violating: 1, indeterminate: 2, usage: 3, failed: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_VERDICT = { compliant: EXIT.fine, violating: EXIT.violating, indeterminate: EXIT.indeterminate } as const;

export function exitOfVerdict(kind: keyof typeof BY_VERDICT): ExitCode {
  return BY_VERDICT[kind];
}
