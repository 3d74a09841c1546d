/** One thing that the doctor looked at. `unknown` is no pass: what could not be found out is said. */
export interface Finding {
  readonly what: string;
  readonly state: "well" | "mend" | "unknown";
  readonly fact: string;
  /** Of what is found in a registry's set-up: stable, and each place that it is true of. */
  readonly code?: string;
  readonly places?: readonly string[];
  /** What to do; absent where all is well. */
  readonly next?: string;
}

export const well = (what: string, fact: string): Finding => ({ what, state: "well", fact });
export const mend = (what: string, fact: string, next: string): Finding => ({ what, state: "mend", fact, next });
export const unknown = (what: string, fact: string, next: string): Finding => ({ what, state: "unknown", fact, next });

/** A look that fails unforeseen is itself a finding: the other looks still run. */
export async function look(what: string, work: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    return unknown(what, error instanceof Error ? error.message : String(error), "mend this first, then run `moorgate doctor` again");
  }
}
