import { type Duration, type Instant, instant } from "../../domain/time.ts";
import type { Reason, VoidWaiver, WaivedReason } from "../../domain/verdict.ts";
import type { Fact } from "../rule.ts";
import { matchWaiver, type Waivable } from "./match.ts";
import { endOf, otherVersion, voidBecause, type WaiverContext } from "./state.ts";
import type { Waiver } from "./waiver.ts";

/** What waivers say of one reason. */
export interface Waiving {
  readonly waived?: WaivedReason;
  readonly voided: readonly VoidWaiver[];
  /** When the same waivers would say something else; after now. */
  readonly times: readonly Instant[];
}

const NOTHING: Waiving = { voided: [], times: [] };

/** Asks every waiver that could be for a reason. Of several that count, the one that lasts longest is told. */
export function waive(reason: Reason, waivable: Waivable, waivers: readonly Waiver[], context: WaiverContext): Waiving {
  const candidates = waivers.length === 0 ? [] : candidatesFor(waivable.fact, waivers);
  if (candidates.length === 0) return NOTHING;
  const asked = candidates.flatMap((waiver) => {
    const match = matchWaiver(waiver, waivable);
    if (match === "no") return [];
    const fault = match === "version" ? otherVersion(waiver, waivable.fact) : voidBecause(waiver, waivable.fact, context);
    return [{ waiver, fault, endsAt: endOf(waiver, waivable.fact, context) }];
  });
  const [best] = asked
    .filter(({ fault }) => fault === undefined)
    .sort((a, b) => b.endsAt - a.endsAt || (a.waiver.id < b.waiver.id ? -1 : 1));
  return {
    ...(best === undefined ? {} : { waived: toWaived(reason, best.waiver, best.endsAt, context) }),
    voided:
      best === undefined
        ? asked.flatMap(({ waiver, fault }) =>
            fault === undefined ? [] : [{ ...fault, id: waiver.id, place: waiver.place, reason: reason.key }],
          )
        : [],
    times: asked.flatMap(({ waiver, endsAt }) => timesOf(waiver, endsAt, context)),
  };
}

function toWaived(
  reason: Reason,
  { id, owner, reason: why, ticket, approvedBy, place }: Waiver,
  endsAt: Instant,
  context: WaiverContext,
): WaivedReason {
  const isEnding = context.now >= warningAt(endsAt, context.settings.warnBefore);
  return {
    ...reason,
    waiver: { id, owner, reason: why, ...(ticket === undefined ? {} : { ticket }), approvedBy, endsAt, isEnding, place },
  };
}

/** It begins, it is about to end, it ends. */
function timesOf({ createdAt }: Waiver, endsAt: Instant, { now, settings }: WaiverContext): readonly Instant[] {
  return [createdAt, warningAt(endsAt, settings.warnBefore), endsAt].filter((at) => at > now);
}

function warningAt(endsAt: Instant, warnBefore: Duration): Instant {
  return instant(Math.max(0, endsAt - warnBefore));
}

// Waivers by the vulnerabilities that they name, so that a policy with thousands of them costs a look-up for each reason.
const INDEXES = new WeakMap<
  readonly Waiver[],
  { readonly byId: ReadonlyMap<string, readonly Waiver[]>; readonly others: readonly Waiver[] }
>();

function candidatesFor({ finding }: Fact, waivers: readonly Waiver[]): readonly Waiver[] {
  const { byId, others } = indexOf(waivers);
  if (finding === undefined) return others;
  const named = new Set([finding.id, ...finding.aliases].flatMap((id) => byId.get(id) ?? []));
  return named.size === 0 ? others : [...named, ...others];
}

function indexOf(waivers: readonly Waiver[]) {
  const known = INDEXES.get(waivers);
  if (known !== undefined) return known;
  const byId = new Map<string, Waiver[]>();
  for (const waiver of waivers)
    for (const id of new Set(waiver.scope.vulnerabilities)) {
      const same = byId.get(id);
      if (same === undefined) byId.set(id, [waiver]);
      else same.push(waiver);
    }
  const made = { byId, others: waivers.filter(({ scope }) => scope.vulnerabilities === undefined) };
  INDEXES.set(waivers, made);
  return made;
}
