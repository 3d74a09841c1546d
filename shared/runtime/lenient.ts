import * as z from "zod";
import { type Digest, isDigest } from "../domain/digest.ts";
import { ParseError } from "../domain/parse-error.ts";
import { type Instant, instant, parseInstant } from "../domain/time.ts";

// Vendor data: only what is used is looked at. Where findings could hide the shape has to be right; a single field that is not as expected
// is unknown.

export const loose = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);
export const text = loose(z.string());
export const number = loose(z.number());
const NUMBER = /^\s*-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?\s*$/;
/** A number, also where it is written as text. */
export const numeric = loose(z.union([z.number(), z.string().regex(NUMBER).transform(Number)]));
/** A time as text, or in seconds since 1970 with or without a fraction, or in milliseconds; these also where they are written as text. */
export const moment = loose(z.union([z.string(), z.number()]));
/** A text; empty where there is none. */
export const word = z.string().catch("");
/** A list of single facts: those that are as expected, empty where there is no list. Not for lists in which findings stand. */
export const many = <T extends z.ZodType>(item: T) =>
  z
    .array(loose(item))
    .catch([])
    .transform((list) => list.filter((each): each is NonNullable<typeof each> => each !== undefined && each !== null));
/** A list whose shape has to be right; null and absent are told apart from empty by the reader. */
export const listOf = <T extends z.ZodType>(item: T) => z.array(item).nullish();

/** Why a document is not of its format, for the `why` of a malformed report. */
export function whyMalformed(what: string, issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [first] = issues;
  return `not ${what}: ${first?.path.map(String).join(".") || "the document"}: ${first?.message ?? "unreadable"}`;
}

/** At most `limit` characters; empty where there is no text. */
export function short(given: string | null | undefined, limit: number): string {
  const whole = given ?? "";
  return whole.length > limit ? `${whole.slice(0, limit - 3)}...` : whole;
}

/** `undefined` where the text is no time; many programs write the year 1 for "not known". */
export function readTime(given: string | null | undefined): Instant | undefined {
  try {
    return parseInstant(given ?? "");
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

/** Like `readTime`, and takes a time without a zone for UTC and a date for its first instant. */
export function readLooseTime(given: string | null | undefined): Instant | undefined {
  const whole = given?.trim() ?? "";
  if (/^\d{4}-\d{2}-\d{2}$/.test(whole)) return readTime(`${whole}T00:00:00Z`);
  return readTime(whole) ?? readTime(`${whole}Z`);
}

/** What `moment` took. From 1e11 on they are milliseconds: as many seconds would be the year 5138. */
export function readMoment(given: string | number | null | undefined): Instant | undefined {
  if (typeof given !== "number") return readNumberedTime(given) ?? readLooseTime(given);
  const milliseconds = Math.round(given < 1e11 ? given * 1000 : given);
  return given > 0 && milliseconds < 1e14 ? instant(milliseconds) : undefined;
}

/** A text that is a smaller number may be a year or a day. */
function readNumberedTime(given: string | null | undefined): Instant | undefined {
  const number = NUMBER.test(given ?? "") ? Number(given) : 0;
  return number >= 1e8 ? readMoment(number) : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function count(amount: number, one: string, many: string): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** The digest that all of the references (`name@sha256:...`) or digests name; `undefined` where they name none or several. */
export function onlyDigest(references: readonly (string | null | undefined)[]): Digest | undefined {
  const named = references.map((reference) => reference?.slice(reference.indexOf("@") + 1) ?? "").filter((digest) => isDigest(digest));
  const [digest, ...others] = new Set(named);
  return others.length === 0 ? digest : undefined;
}

// Ids that name one vulnerability. A distribution's advisory (DSA, RHSA, USN, ALAS) bundles many and would join what is not the same.
const ALIAS = /^(?:CVE|GHSA|GO|PYSEC|RUSTSEC)-/;

/** Of other ids those that are names of the same one vulnerability. */
export function readAliases(ids: readonly (string | null | undefined)[], id: string): readonly string[] {
  return [...new Set(ids.map((alias) => short(alias?.trim(), 200)))].filter((alias) => alias !== id && ALIAS.test(alias));
}

/** A member of at most `limit` characters, which is left out where there is no text. */
export function textMember<Name extends string>(
  name: Name,
  given: string | null | undefined,
  limit: number,
): { readonly [key in Name]?: string } {
  const value = short(given, limit);
  return value === "" ? {} : ({ [name]: value } as { readonly [key in Name]: string });
}
