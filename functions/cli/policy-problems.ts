import { activate } from "../../shared/compose/policy-file.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { Policy } from "../../shared/policy/document.ts";
import { PolicyError, type Problem } from "../../shared/policy/policy-error.ts";
import { readText } from "./read-text.ts";

/** A policy as the gate would take it, or everything that keeps it from being taken. */
export type ReadPolicy =
  | { readonly kind: "valid"; readonly policy: Policy }
  | { readonly kind: "refused"; readonly problems: readonly Problem[] };

export function readPolicy(file: string, keptIn: string): ReadPolicy {
  return collect(() => ({ kind: "valid", policy: activate(readText(file, "policy"), file, keptIn).policy }));
}

/** What a parser throws, as problems with their places. */
function collect<T>(read: () => T): T | { readonly kind: "refused"; readonly problems: readonly Problem[] } {
  try {
    return read();
  } catch (error) {
    if (error instanceof PolicyError) return { kind: "refused", problems: error.problems };
    if (error instanceof ParseError)
      return {
        kind: "refused",
        problems: [{ place: error.place, message: error.message.slice(error.place.length + 2), mend: error.mend }],
      };
    throw error;
  }
}

/** One problem in two lines: what and where, then what to write. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  return problems.flatMap(({ place, message, mend }) => [`  x ${place}  ${message}`, `      help: ${mend}`]);
}
