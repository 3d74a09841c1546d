import type { ImageRecord } from "../domain/image-record.ts";
import { earliest, type Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import type { Verdict } from "../domain/verdict.ts";
import { type Deletion, deletionOf } from "../enforcement/deletion.ts";
import type { Doom, Step } from "../enforcement/plan.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { protectorOf } from "./guarded.ts";
import { isThere } from "./what-goes.ts";
import { present } from "./work.ts";

/** Of what is not deleted whatever else is so. */
export const SPARED: Doom = { after: undefined, isByPolicy: false, isProtected: true, isNeeded: true };

/** What memory knows of a held image that is to be known before it is deleted. Where the policy deletes nothing, nothing is asked. */
export async function doomOf(deps: Pick<GateDeps, "policy" | "ledger" | "brake">, record: ImageRecord): Promise<Doom> {
  const { deleteHeldAfter: after } = deps.policy().policy.enforcement;
  if (after === undefined || record.hold.kind === "free") return SPARED;
  const [held, parents] = await Promise.all([deps.ledger.action(record.hold.actionId), deps.ledger.parents(record.key)]);
  const cause = held?.action.cause;
  return {
    after,
    // What an undo holds again is a person's word too.
    isByPolicy: held?.action.verb === "hold" && cause?.policy !== undefined && cause.undoes === undefined,
    isProtected: deps.brake !== "off" && protectorOf(deps.brake, record) !== undefined,
    isNeeded: parents.some((parent) => isThere(parent, record.key)),
  };
}

type JudgedRecord = ImageRecord & { readonly verdict: Verdict };

/** It is judged again when its time has come; beyond that the sweep looks whether what kept it is over. */
export function withDeletion(record: JudgedRecord, deletion: Step["deletion"], now: Instant): JudgedRecord {
  const { deletion: _, ...rest } = record;
  if (deletion === undefined) return rest;
  const { verdict } = record;
  const recheckAt = earliest([verdict.recheckAt, deletion.at > now ? deletion.at : undefined]);
  const planned = { at: deletion.at, ...(deletion.kind === "kept" ? { kept: { by: deletion.by, why: deletion.why } } : {}) };
  return { ...rest, deletion: planned, verdict: { ...verdict, ...present({ recheckAt }) } };
}

/** An image that was held just now, with the time at which it will be deleted. */
export async function announced(deps: GateDeps, record: ImageRecord, now: Instant): Promise<ImageRecord> {
  const { verdict, key } = record;
  const watched = deps.registries.get(key.registry);
  if (watched === undefined || verdict === undefined) return record;
  const deletion = await deletionNow(deps, watched, record, { kind: "unknown", why: "it was not asked yet" });
  return withDeletion({ ...record, verdict }, deletion.kind === "none" ? undefined : deletion, now);
}

/** By all that is known now; whether its repository serves it is seen there. */
export async function deletionNow(
  deps: GateDeps,
  { registry: { capabilities } }: WatchedRegistry,
  record: ImageRecord,
  usage: Usage,
): Promise<Deletion> {
  const { verdict, hold, override } = record;
  if (verdict === undefined) return { kind: "none", why: "it is not judged" };
  const doom = await doomOf(deps, record);
  return deletionOf({ verdict, hold, override, capabilities, ...doom, served: false, usage, now: deps.clock.now() });
}
