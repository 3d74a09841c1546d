/**
 * Thrown by every parser of the domain. `place` names what was read (a path, a field, a flag), `mend` says what to write instead.
 * The offending text is quoted shortened and escaped, so that an error line cannot forge another one.
 */
export class ParseError extends Error {
  override readonly name = "ParseError";
  readonly place: string;
  readonly mend: string;

  constructor(place: string, problem: string, mend: string) {
    super(`${place}: ${problem}`);
    this.place = place;
    this.mend = mend;
  }
}

/** Quotes untrusted text for a message: at most 80 characters, control characters escaped. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
