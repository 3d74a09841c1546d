import { type ActionCause, type Actor, actionId, type RetagAction, type RetagPurpose, type TagChange } from "../domain/action.ts";
import type { Override } from "../domain/image-record.ts";
import { printImageKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { Prepared, Wish } from "./prepare.ts";

/** Held until somebody releases it by hand. */
export function holding(actor: Actor, now: () => Instant): Wish {
  return () => ({ kind: "hold", actor, at: now() });
}

/** Free, for the reasons known now. What complies needs no word for that where the policy is enforced. */
export function releasing(actor: Actor, now: () => Instant): Wish {
  return ({ record: { verdict } }) => {
    if (verdict.kind === "compliant" && verdict.mode === "enforce") return undefined;
    const known = verdict.reasons.filter((reason) => reason.level === "enforce");
    return { kind: "release", actor, at: now(), forReasons: known.map((reason) => reason.key) };
  };
}

/** After a release by hand of a violating image the policy alone holds it again; otherwise the hold is by hand. */
export function reholding(actor: Actor, now: () => Instant): Wish {
  return ({ record: { override, verdict } }) => {
    const policyHolds = override?.kind === "release" && verdict.kind === "violating" && verdict.mode === "enforce";
    return policyHolds ? undefined : ({ kind: "hold", actor, at: now() } satisfies Override);
  };
}

/** What a person asked for is that person's in the journal, also where the policy alone would have come to the same. */
export function ordered(prepared: Prepared, actor: Actor, cause: ActionCause): Prepared {
  if (prepared.action === undefined) return prepared;
  const action = { ...prepared.action, actor, cause };
  return { ...prepared, action, record: { ...prepared.record, pending: action } };
}

/** Tags pointed where a person wants them; what else the verdict asks for has its turn afterwards. */
export function retagging(
  { judged, record }: Prepared,
  purpose: RetagPurpose,
  changes: readonly TagChange[],
  actor: Actor,
  cause: ActionCause,
  now: Instant,
): Prepared & { readonly action: RetagAction } {
  const { pending: _, ...rest } = record;
  const generation = judged.record.generation + 1;
  const action: RetagAction = {
    id: actionId("retag", printImageKey(record.key), generation),
    verb: "retag",
    image: record.key,
    actor,
    cause,
    generation,
    plannedAt: now,
    purpose,
    changes,
  };
  return { judged, record: { ...rest, generation, pending: action }, action };
}
