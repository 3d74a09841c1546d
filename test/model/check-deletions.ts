import type { DeleteAction, Outcome } from "../../shared/domain/action.ts";
import type { ImageRecord, StoredAction } from "../../shared/domain/image-record.ts";
import { runsAllTheTime } from "./check-use.ts";
import { KEPT_MS, type Rules } from "./policy.ts";
import { wareOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** What is deleted for ever was held by the policy for as long as that says, violated it, and was not known to run. Newest action first. */
export function checkDeletions(world: World, truth: Truth, { key }: ImageRecord, actions: readonly StoredAction[]): readonly string[] {
  return actions.flatMap(({ action, outcome }, place) => {
    if (action.verb !== "delete") return [];
    // What was begun may have deleted a part.
    for (const { digest } of action.before.manifests) truth.deleted(key.repository, digest);
    return outcome?.kind === "applied" ? checkDeletion(world, action, outcome, actions.slice(place + 1)) : [];
  });
}

function checkDeletion(world: World, action: DeleteAction, outcome: Outcome, earlier: readonly StoredAction[]): readonly string[] {
  const rules = world.past.policies.get(action.cause.policy ?? "");
  const { digest } = action.image;
  return [
    ...checkHeldLong(outcome, earlier),
    ...(rules?.deletes === true ? [] : ["was deleted, which no policy asked for"]),
    ...(rules !== undefined && isBlameless(rules, digest) ? ["was deleted and complied"] : []),
    ...(runsAllTheTime(world, digest, action, outcome) ? ["was deleted while it was known to run"] : []),
    ...(world.setup.knowsUse ? [] : ["was deleted although nobody knew whether it runs"]),
  ];
}

function checkHeldLong({ at }: Outcome, earlier: readonly StoredAction[]): readonly string[] {
  const hold = earlier.find(({ action, outcome }) => action.verb !== "retag" && outcome?.kind === "applied");
  if (hold?.outcome === undefined || hold.action.verb !== "hold") return ["was deleted and not held"];
  if (hold.action.cause.policy === undefined) return ["was deleted and held by hand"];
  return at < hold.outcome.at + KEPT_MS ? ["was deleted before its time"] : [];
}

/** By what never changes: its label. */
function isBlameless({ wantsSigned, forbidsAttacked }: Rules, digest: string): boolean {
  return !wantsSigned && !forbidsAttacked && wareOf(digest)?.isBad === false;
}
