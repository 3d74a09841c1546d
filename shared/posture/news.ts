import { createHash } from "node:crypto";
import type { PostureNews, ToldPosture } from "../domain/posture.ts";
import type { SetupCode, SetupFinding } from "../domain/setup-finding.ts";

/** What a receiver shows of it; how many there are is told beside them. */
const MOST_PLACES = 20;

interface Compared {
  readonly told: readonly ToldPosture[];
  readonly news: readonly PostureNews[];
}

/**
 * What is new since it was told last, by kind: a thousand repositories with the same fault are one. What is not found any more is cleared only where nothing
 * could hide it: everything was found out, or no less than when it was found.
 */
export function compareSetup(told: readonly ToldPosture[], findings: readonly SetupFinding[]): Compared {
  const beside = hashOf(findings.filter(({ state }) => state === "unknown"));
  const found = [...Map.groupBy(findings, ({ code }) => code)].flatMap(([code, alike]) => seenOf(code, alike, beside));
  const missing = told.filter(({ code }) => found.every(({ now }) => now.code !== code));
  const isHidden = (one: ToldPosture): boolean => beside !== "" && one.beside !== beside;
  return {
    told: [...found.map(({ now }) => now), ...missing.filter(isHidden)],
    news: [
      ...found.flatMap(({ now, ...rest }) => newsOf(told, now, rest)),
      ...missing
        .filter((one) => !isHidden(one))
        .map(({ code, state, fact }) => ({ code, state, fact, change: "cleared" as const, places: [], count: 0 })),
    ],
  };
}

interface Seen extends Pick<PostureNews, "places" | "count" | "next"> {
  readonly now: ToldPosture;
}

/** What is certain comes first. */
function seenOf(code: SetupCode, alike: readonly SetupFinding[], beside: string): readonly Seen[] {
  const certain = alike.filter(({ state }) => state === "mend");
  const all = [...certain, ...alike.filter(({ state }) => state === "unknown")];
  const [first] = all;
  if (first === undefined) return [];
  const places = all.flatMap((finding) => finding.places);
  const now: ToldPosture = { code, state: certain.length > 0 ? "mend" : "unknown", fact: first.fact, seen: hashOf(all), beside };
  return [{ now, places: places.slice(0, MOST_PLACES), count: places.length, ...(first.next === undefined ? {} : { next: first.next }) }];
}

function newsOf(told: readonly ToldPosture[], { code, state, fact, seen }: ToldPosture, rest: Omit<Seen, "now">): readonly PostureNews[] {
  const before = told.find((one) => one.code === code);
  if (before?.seen === seen) return [];
  return [{ code, state, fact, change: before === undefined ? "opened" : "changed", ...rest }];
}

/** The same in whatever order it was found; empty where there is nothing. */
function hashOf(findings: readonly SetupFinding[]): string {
  const lines = findings.flatMap(({ code, state, fact, places }) => places.map((place) => JSON.stringify([code, state, fact, place])));
  return lines.length === 0 ? "" : createHash("sha256").update(lines.sort().join("\n")).digest("hex");
}
