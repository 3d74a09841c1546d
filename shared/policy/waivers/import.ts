import type { KnownSeverity } from "../../domain/severity.ts";
import type { Instant } from "../../domain/time.ts";
import { idOf } from "./draft.ts";
import type { Waiver, WaiverScope } from "./waiver.ts";

/** One entry of another tool's list, as far as it can be a waiver. */
export interface Draft {
  /** Where it stands: `.trivyignore:7`. */
  readonly from: string;
  readonly scope: WaiverScope;
  readonly reason?: string;
  readonly expiresAt?: Instant;
  readonly evenIfFixed?: boolean;
}

/** Drafts, and every entry that was left out because a waiver of it would cover more than the entry does. */
export interface Imported {
  readonly drafts: readonly Draft[];
  readonly leftOut: readonly { readonly from: string; readonly why: string }[];
}

/** What the other list does not say and somebody has to. */
export interface ImportDecision {
  readonly owner: string;
  readonly approvedBy: string;
  readonly severity: KnownSeverity;
  readonly createdAt: Instant;
  /** For entries without an end of their own. */
  readonly expiresAt?: Instant;
  /** For entries without a reason of their own. */
  readonly reason?: string;
  readonly ticket?: string;
}

/** Makes waivers of drafts. One that has neither an end nor a reason of its own is left out unless the decision gives it. */
export function decide(
  { drafts, leftOut }: Imported,
  decision: ImportDecision,
): { readonly waivers: readonly Omit<Waiver, "place">[]; readonly leftOut: Imported["leftOut"] } {
  const ids = new Map<string, number>();
  const made = drafts.map((draft) => decideOne(draft, decision, ids));
  return {
    waivers: made.flatMap((each) => ("id" in each ? [each] : [])),
    leftOut: [...leftOut, ...made.flatMap((each) => ("id" in each ? [] : [each]))],
  };
}

function decideOne(
  { from, scope, ...draft }: Draft,
  decision: ImportDecision,
  ids: Map<string, number>,
): Omit<Waiver, "place"> | Imported["leftOut"][number] {
  const expiresAt = draft.expiresAt ?? decision.expiresAt;
  const reason = draft.reason ?? decision.reason;
  if (expiresAt === undefined) return { from, why: "it has no end; say when it ends" };
  if (expiresAt <= decision.createdAt) return { from, why: "it has ended" };
  if (reason === undefined) return { from, why: "it has no reason; give one" };
  const { owner, approvedBy, severity, ticket, createdAt } = decision;
  return {
    id: uniqueId(scope, ids),
    scope,
    severity,
    owner,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    approvedBy,
    createdAt,
    expiresAt,
    evenIfFixed: draft.evenIfFixed ?? false,
    evenIfExploited: false,
  };
}

function uniqueId({ vulnerabilities, package: named }: WaiverScope, ids: Map<string, number>): string {
  const id = idOf(vulnerabilities?.[0] ?? "", named?.name?.[0] ?? named?.purl?.[0] ?? "").slice(0, 58);
  const count = (ids.get(id) ?? 0) + 1;
  ids.set(id, count);
  return count === 1 ? id : `${id}-${count}`;
}

/** The package that a package URL names: its pattern without version, and the version. */
export function packageOfPurl(purl: string): NonNullable<WaiverScope["package"]> {
  const bare = purl.replace(/[?#].*$/s, "");
  const [, name = bare, version = ""] = /^(.*[^/])@([^/]*)$/s.exec(bare) ?? [];
  return { purl: [name.replace(/%40/g, "@")], ...(version === "" ? {} : { version: [decode(version)] }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
