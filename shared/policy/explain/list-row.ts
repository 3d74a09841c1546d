import type { ImageRecord } from "../../domain/image-record.ts";
import type { Instant } from "../../domain/time.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import { imageName, symbolOf } from "./explain.ts";

/** One image in a list. Texts are not escaped yet. */
export interface ListRow {
  readonly symbol: string;
  readonly verdict: VerdictKind | "not judged";
  readonly image: string;
  readonly held: boolean;
  /** In about six words. */
  readonly why: string;
  /** Since when it is held, else when it was judged. */
  readonly since: Instant;
}

export function listRow(record: ImageRecord): ListRow {
  const { verdict, hold } = record;
  return {
    symbol: symbolOf(verdict?.kind),
    verdict: verdict?.kind ?? "not judged",
    image: imageName(record),
    held: hold.kind === "held",
    why: why(record),
    since: hold.kind === "held" ? hold.since : (verdict?.judgedAt ?? record.firstSeenAt),
  };
}

function why({ verdict, presence, override }: ImageRecord): string {
  if (presence === "gone") return "gone from the registry";
  if (override !== undefined) return `${override.kind === "hold" ? "held" : "released"} by hand of ${override.actor.name}`;
  const [first, ...others] = verdict?.reasons ?? [];
  if (first === undefined) return verdict?.appliedRules?.length === 0 ? "no rule applies" : "";
  return `${inShort(first.message)}${others.length === 0 ? "" : `, ${others.length} more`}`;
}

/** The first clause of a reason: every rule says the fact first. */
function inShort(message: string): string {
  const [clause = ""] = message.split(/[:;,] | \(/, 1);
  return clause.trim().split(/\s+/).slice(0, 6).join(" ");
}
