import { ParseError, quote } from "./parse-error.ts";

declare const brand: unique symbol;

/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number & { readonly [brand]: "Instant" };
/** Milliseconds. */
export type Duration = number & { readonly [brand]: "Duration" };

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
// Dates before 1970 and after 9999 occur only in damaged payloads.
const LAST = 253_402_300_799_999;

function isInstant(value: number): value is Instant {
  return Number.isSafeInteger(value) && value >= 0 && value <= LAST;
}

function isDuration(value: number): value is Duration {
  return Number.isSafeInteger(value) && value >= 0;
}

/** @throws ParseError */
export function instant(milliseconds: number, place = "time"): Instant {
  if (isInstant(milliseconds)) return milliseconds;
  throw new ParseError(place, `${milliseconds} is no instant`, "give milliseconds since 1970 as a whole number");
}

/**
 * Reads RFC 3339 text; nanoseconds are cut. A date that the calendar does not have (2023-02-29) is refused, not rolled over.
 * @throws ParseError
 */
export function parseInstant(text: string, place = "time"): Instant {
  const parts = /^(\d{4})-(\d{2})-(\d{2})[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/.exec(text);
  const parsed = parts === null ? Number.NaN : Date.parse(text.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1"));
  const lastDay = parts === null ? 0 : new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  if (isInstant(parsed) && parts !== null && Number(parts[3]) <= lastDay) return parsed;
  throw new ParseError(place, `${quote(text)} is no time`, "write it as 2026-11-21T08:00:00Z");
}

/** @throws ParseError */
export function parseDuration(text: string, place = "duration"): Duration {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d|w)$/.exec(text) ?? [];
  const length = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (isDuration(length)) return length;
  throw new ParseError(place, `${quote(text)} is no duration`, "write a number and a unit: 30s, 15m, 24h, 7d, 2w");
}

/** The first of these times; `undefined` where there is none. */
export function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  return times.reduce((first, time) => (first === undefined || (time !== undefined && time < first) ? time : first), undefined);
}

export function printInstant(at: Instant): string {
  return new Date(at).toISOString();
}
/** To the minute, in UTC: `2026-11-21 10:42Z`. */
export function printMinute(at: Instant): string {
  return `${printInstant(at).slice(0, 16).replace("T", " ")}Z`;
}

export function add(at: Instant, length: Duration): Instant {
  return (at + length) as Instant;
}

/** Length between two instants; zero where `to` lies before `from` (clocks of registries and scanners run apart). */
export function between(from: Instant, to: Instant): Duration {
  return Math.max(0, to - from) as Duration;
}

/** The two largest units in words for people: `3 d 4 h`, `12 min`, `0 s`. */
export function printDuration(length: Duration): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1_000, "s"],
  ];
  const parts: string[] = [];
  let rest: number = length;
  for (const [size, name] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}
