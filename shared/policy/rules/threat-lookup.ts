import type { Feed, Snapshot } from "../../domain/threat.ts";
import { printMinute } from "../../domain/time.ts";
import type { MergedFinding } from "../findings/merge.ts";
import type { Fact } from "../rule.ts";
import { unknown } from "./fact.ts";

/** Feeds are kept by CVE id, whichever of its names a finding goes by. */
export function entryOf<Entry>({ entries }: Snapshot<Entry>, { id, aliases }: MergedFinding): Entry | undefined {
  const own = entries.get(id);
  if (own !== undefined || aliases.length === 0) return own;
  for (const alias of aliases) {
    const entry = entries.get(alias);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** The fact that a rule needs a feed and has none. */
export function unfed(feed: Exclude<Feed<unknown>, { readonly kind: "read" }>, noun: string): Fact {
  return feed.kind === "absent"
    ? unknown("feed", `${noun} is not set up, so nothing can be told by it`, `set ${noun} up as a file or URL`)
    : unknown("feed", `${noun} could not be read: ${feed.why}`, `make ${noun} readable; it is asked again`);
}

/** `KEV of 2026-11-20 00:00Z` */
export function printFeed(noun: string, { madeAt }: Snapshot<unknown>): string {
  return `${noun} of ${printMinute(madeAt)}`;
}
