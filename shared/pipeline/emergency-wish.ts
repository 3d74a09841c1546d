import type { ImageRecord } from "../domain/image-record.ts";
import type { Instant } from "../domain/time.ts";
import type { GateDeps } from "./deps.ts";
import { keepOverride, type Wish } from "./prepare.ts";
import { askUsage } from "./usage.ts";
import type { JudgeWork, WantedHold } from "./work.ts";

/**
 * What a job wants beside the policy. An emergency's hold is looked at once more before it is done: the image may have come into use since it was
 * shown, and somebody may have released it.
 */
export async function wishOf(deps: GateDeps, { hold }: JudgeWork, record: ImageRecord | undefined, now: Instant): Promise<Wish> {
  if (hold === undefined || (record !== undefined && isAnswered(record, hold))) return keepOverride;
  if (!hold.inUse && (record === undefined || (await askUsage(deps, record, now)).kind !== "not-running")) return keepOverride;
  return () => ({ kind: "hold", actor: hold.actor, at: hold.at });
}

/** What is held needs no second hold, and what a person released since stays so. */
function isAnswered({ hold, override }: ImageRecord, { at }: WantedHold): boolean {
  return hold.kind === "held" || (override?.kind === "release" && override.at >= at);
}
