import { ParseError } from "../../shared/domain/parse-error.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

/** An error as people get it: what could not be done, why, what is safe meanwhile, what to do next. */
export interface Fault {
  readonly what: string;
  readonly why: string;
  readonly meanwhile: string;
  readonly next: string;
  /** Stable word for scripts. */
  readonly code: string;
  readonly exit: ExitCode;
}

/** Thrown by a verb that knows all four parts itself. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}

const UNCHANGED = "Nothing was changed.";

/** A wrong command line or setting: exit 3. */
export function usageError(what: string, why: string, next: string): CliError {
  return new CliError({ what, why, meanwhile: UNCHANGED, next, code: "usage", exit: EXIT.usage });
}

/** A name that the gate does not have: exit 3, and a word of its own for scripts. */
export function unknownName(what: string, why: string, next: string): CliError {
  return new CliError({ what, why, meanwhile: UNCHANGED, next, code: "not-found", exit: EXIT.usage });
}

/** Something outside failed: exit 4. */
export function failure(code: string, what: string, why: string, next: string, meanwhile: string = UNCHANGED): CliError {
  return new CliError({ what, why, meanwhile, next, code, exit: EXIT.failed });
}

/** The one place where a thrown thing becomes words and an exit code. `what`: what the verb was about to do. */
export function faultOf(error: unknown, what: string): Fault {
  if (error instanceof CliError) return error.fault;
  if (error instanceof ParseError) {
    return { what, why: error.message, meanwhile: UNCHANGED, next: error.mend, code: "malformed-input", exit: EXIT.usage };
  }
  if (error instanceof AdapterError) {
    return { what, why: error.message, meanwhile: UNCHANGED, next: error.mend ?? nextAfter(error), code: error.code, exit: EXIT.failed };
  }
  if (error instanceof PolicyError) {
    const why = error.problems.map(({ place, message, mend }) => `${place}: ${message}; ${mend}`).join("\n             ");
    return { what, why, meanwhile: UNCHANGED, next: "mend the file, then run the command again", code: "policy", exit: EXIT.usage };
  }
  const why = error instanceof Error ? error.message : String(error);
  return {
    what,
    why,
    meanwhile: UNCHANGED,
    next: "run `moorgate doctor`, which checks state, policy and registries one by one",
    code: codeOf(error),
    exit: EXIT.failed,
  };
}

function nextAfter(error: AdapterError): string {
  return error.retryable ? "try again; it may be over soon" : "check the name, the credentials and the address, then run the command again";
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unexpected";
}

export function tellFault(terminal: Terminal, fault: Fault, asJson: boolean): void {
  const { exit: _exit, ...error } = fault;
  if (asJson) return terminal.tell(JSON.stringify({ error }));
  terminal.tell(`  ERROR      ${fault.what}\n  Why        ${fault.why}\n  Meanwhile  ${fault.meanwhile}\n  Next       ${fault.next}`);
}
