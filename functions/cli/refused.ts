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
    if (!isRefusal(error)) throw error;
    const so = await look();
    if (so === undefined) throw error;
    return so;
  }
}

/**
 * An image may be known a moment later, and what was shown may be another by now: of such a refusal nobody can say that the same command never works,
 * so it counts as one that could not run.
 */
export async function asOfNow<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw isRefusal(error) ? new CliError({ ...error.fault, exit: EXIT.failed }) : error;
  }
}

const REFUSALS: readonly string[] = ["refused", "not-found"];

function isRefusal(error: unknown): error is CliError {
  return error instanceof CliError && REFUSALS.includes(error.fault.code);
}
