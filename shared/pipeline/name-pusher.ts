import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { RuleKind } from "../policy/document.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { isHint, type JudgeWork } from "./work.ts";

/**
 * An event that comes apart to tell who pushed an image, which is known as it is and can be pulled: the name is all that is new, and nothing is asked for.
 * @returns whether that is all that there was to do
 */
export async function namePusher(deps: GateDeps, { decoder }: WatchedRegistry, key: ImageKey, work: JudgeWork): Promise<boolean> {
  const { actor, tag } = work;
  if (actor === undefined || decoder.namesActorsApart !== true || !isHint(work) || work.inQuarantine === true) return false;
  const record = await deps.ledger.image(key);
  if (record === undefined || !isSettled(deps, record) || (tag !== undefined && !record.tags.includes(tag))) return false;
  // Whoever pushed it first is who pushed it.
  if (record.pushedBy !== undefined) return true;
  if (mayAskWhoPushed(deps)) return false;
  const image = { ...record, version: record.version + 1, pushedBy: actor };
  return (await deps.ledger.commit({ image, intents: [], outcomes: [], journal: [] })) === "committed";
}

function isSettled({ policy }: Pick<GateDeps, "policy">, { presence, hold, pending, verdict }: ImageRecord): boolean {
  const isJudged = verdict?.policy.version === policy().policy.id.version;
  return presence === "present" && hold.kind === "free" && pending === undefined && isJudged;
}

const WITH_EXPRESSIONS: readonly RuleKind[] = ["expression", "attestation-required"];

/** Expressions alone see the name. */
function mayAskWhoPushed({ policy }: Pick<GateDeps, "policy">): boolean {
  return policy().policy.rules.some(({ rule }) => WITH_EXPRESSIONS.includes(rule));
}
