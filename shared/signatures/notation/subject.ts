import { ParseError, quote } from "../../domain/parse-error.ts";
import type { NameAttribute } from "../x509-name.ts";

/** Attributes that the subject of a signer's certificate must have, each once and exactly so. */
export type WantedSubject = ReadonlyMap<string, string>;

const REQUIRED: readonly string[] = ["C", "ST", "O"];

/**
 * Reads the subject of a trusted identity: attributes as RFC 4514 writes them, in any order, with spaces between them allowed.
 * @throws ParseError
 */
export function parseSubject(text: string, place: string): WantedSubject {
  const wanted = new Map<string, string>();
  for (const part of splitAttributes(text, place)) {
    const [, name = "", value = ""] = /^\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=([^]*)$/.exec(part) ?? [];
    const type = name.toUpperCase() === "S" ? "ST" : name.toUpperCase();
    const plain = unescapeValue(value, place);
    if (type === "" || plain === "") throw wrong(text, place);
    // A certificate that has an attribute twice could show another one to another reader.
    if (wanted.has(type)) throw new ParseError(place, `${type} stands twice`, "name each attribute once");
    wanted.set(type, plain);
  }
  const absent = REQUIRED.find((type) => !wanted.has(type));
  if (absent !== undefined)
    throw new ParseError(place, `${absent} is not there`, "name at least C, ST and O, so that nobody else has the same");
  return wanted;
}

function wrong(text: string, place: string): ParseError {
  return new ParseError(place, `${quote(text)} is no subject`, "write it as C=US, ST=WA, O=acme.example, CN=builder");
}

function splitAttributes(text: string, place: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "," || text[at] === ";") {
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (text[at] === "+" || text[at] === '"' || text[at] === "<" || text[at] === ">") throw wrong(text, place);
  }
  return [...parts, text.slice(from)];
}

// RFC 4514, 2.4: spaces around a value mean nothing unless they are escaped; `#` in front would be DER in hexadecimal.
function unescapeValue(value: string, place: string): string {
  const trimmed = value.replace(/^ +/, "").replace(/((?:^|[^\\])(?:\\\\)*(?:\\ )?) +$/, "$1");
  if (trimmed.startsWith("#")) throw new ParseError(place, "a value in hexadecimal", "write it as text");
  const bytes: Buffer[] = [];
  for (let at = 0; at < trimmed.length; at++) {
    const pair = /^\\([0-9A-Fa-f]{2})/.exec(trimmed.slice(at, at + 3))?.[1];
    if (pair !== undefined) {
      bytes.push(Buffer.from(pair, "hex"));
      at += 2;
      continue;
    }
    if (trimmed[at] === "\\") at++;
    bytes.push(Buffer.from(trimmed[at] ?? ""));
  }
  return Buffer.concat(bytes).toString("utf8");
}

/** Whether a certificate's subject has every attribute that is wanted. Others may stand beside them. Letter case counts. */
export function isWanted(subject: readonly NameAttribute[], wanted: WantedSubject): boolean {
  return [...wanted].every(([type, value]) => {
    const [own, ...more] = subject.filter((attribute) => attribute.type === type);
    return more.length === 0 && own?.value === value;
  });
}

/** Whether whoever has the one also has the other: such identities must not stand in one policy. */
export function overlaps(one: WantedSubject, other: WantedSubject): boolean {
  const [fewer, more] = one.size <= other.size ? [one, other] : [other, one];
  return [...fewer].every(([type, value]) => more.get(type) === value);
}
