import { EXIT } from "./exit-code.ts";
import { CliError } from "./fault.ts";

/**
 * What the gate refuses is no failure where it is so already. `look` answers with how it is, and `undefined` where it is otherwise: then the refusal
 * stays.
 */
export async function unlessSo<Answer, So>(answer: Promise<Answer>, look: () => Promise<So | undefined>): Promise<Answer | So> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CliError) || error.fault.code !== "refused") throw error;
    const so = await look();
    if (so === undefined) throw error;
    return so;
  }
}

const OF_NOW: readonly string[] = ["refused", "not-found"];

/**
 * An image may be known a moment later, and what was shown may be another by now: of such a refusal nobody can say that the same command never works,
 * so it counts as one that could not run.
 */
export async function asOfNow<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CliError && OF_NOW.includes(error.fault.code)) throw new CliError({ ...error.fault, exit: EXIT.failed });
    throw error;
  }
}
