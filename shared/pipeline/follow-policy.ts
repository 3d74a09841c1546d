import type { ImageRecord } from "../domain/image-record.ts";
import type { Waiver } from "../policy/waivers/waiver.ts";
import type { ActivePolicy } from "./deps.ts";
import { allWritten, type FollowDeps, queueEverything, queueImages } from "./queue-images.ts";

/**
 * Queues the images that a change of policy can concern: all of them, or where only waivers differ, those with a finding that one of these
 * names, and for a waiver that names none, those with something that it could be for.
 * @returns whether the other verdicts stand
 */
export async function followPolicy(deps: FollowDeps, before: ActivePolicy, after: ActivePolicy): Promise<boolean> {
  const { version } = after.policy.id;
  if (withoutWaivers(before) !== withoutWaivers(after)) {
    await queueEverything(deps, await deps.runs.begin("policy", version, deps.clock.now()));
    return false;
  }
  const changed = changedWaivers(before.policy.waivers, after.policy.waivers);
  const run = await deps.runs.begin("waivers", version, deps.clock.now());
  await allWritten(deps);
  const images = await deps.evidence.imagesWith(changed.flatMap(({ scope }) => scope.vulnerabilities ?? []));
  await queueImages(deps, run, images);
  const others = changed.filter(({ scope }) => scope.vulnerabilities === undefined);
  const more = await queueEverything(
    deps,
    run,
    (record) => record.pending !== undefined || others.some((waiver) => couldConcern(waiver, record)),
  );
  deps.log.info("Waivers have changed.", { waivers: changed.length, images: images.length + more });
  return true;
}

/**
 * A rule's key in the file moves when a line is added above it, so the places count. What is trusted counts by the content of its files: the policy
 * has their names alone, and another root under the same name is another trust.
 */
function withoutWaivers({ policy: { id, waivers: _waivers, ...rest }, trust }: ActivePolicy): string {
  return JSON.stringify({ name: id.name, ...rest, trusted: trust });
}

/** Those that only one of the two has. The line that a waiver stands in is not a part of it. */
function changedWaivers(before: readonly Waiver[], after: readonly Waiver[]): readonly Waiver[] {
  const text = ({ place: _place, ...facts }: Waiver): string => JSON.stringify(facts);
  const old = new Set(before.map(text));
  const now = new Set(after.map(text));
  return [...before.filter((waiver) => !now.has(text(waiver))), ...after.filter((waiver) => !old.has(text(waiver)))];
}

function couldConcern({ scope: { rules } }: Waiver, { verdict }: ImageRecord): boolean {
  const reasons = [...(verdict?.reasons ?? []), ...(verdict?.waived ?? [])];
  return reasons.some(({ ruleId }) => rules === undefined || rules.includes(ruleId));
}
