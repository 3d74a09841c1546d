import type { Digest } from "../domain/digest.ts";
import { shortDigest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import type { Verdict } from "../domain/verdict.ts";
import { passes } from "../enforcement/tags.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Promoted, PromoteRequest } from "../ports/operator.ts";
import { type Attempt, carryOut } from "./carry-out.ts";
import { commitVerdict } from "./commit.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { describe } from "./describe.ts";
import { atImage, weighNow } from "./operate.ts";
import { keepOverride, type Prepared } from "./prepare.ts";
import { digestNamedBy } from "./subject.ts";
import { retagging } from "./wish.ts";
import { rejudge } from "./work.ts";

/**
 * Sets a release tag on an image by hand, where the image complies: judged anew, as it is and as it would be with the tag. That counts in a dry run too,
 * which keeps the gate from acting and not people.
 */
export async function promote(deps: GateDeps, request: PromoteRequest): Promise<Promoted> {
  if (digestNamedBy(request.to) !== undefined)
    return { kind: "refused", why: `${request.to} is the name of what is attached to an image`, mend: "name a release tag" };
  return atImage(deps, request.image, (watched, key) => promoteImage(deps, watched, key, request));
}

async function promoteImage(
  deps: GateDeps,
  watched: WatchedRegistry,
  key: ImageKey,
  { to: tag, actor, dryRun }: PromoteRequest,
): Promise<Promoted> {
  const now = deps.clock.now();
  const attempt: Attempt = { queuedAt: now, now };
  const prepared = await weighNow(deps, watched, key, keepOverride, attempt);
  if ("kind" in prepared) return prepared;
  const { record } = prepared;
  const verdict = verdictWith(deps, prepared, tag, attempt);
  if (!passes(verdict)) return { kind: "barred", image: key, verdict };
  if (record.hold.kind === "held" || record.override?.kind === "hold")
    return { kind: "refused", why: "the image is held", mend: "give it back first: `moorgate release`" };
  const from = (await watched.registry.resolve(key.repository, tag)) ?? "absent";
  if (from === key.digest) return { kind: "there", record };
  const promoting = retagging(prepared, "promote", [{ tag, from, to: key.digest }], actor, {}, now);
  if (dryRun !== true) return carry(deps, watched, promoting, attempt);
  const remarks = from === "absent" ? [] : remarksOn(record, from, tag, await deps.ledger.image({ ...key, digest: from }));
  return {
    kind: "plan",
    record,
    action: promoting.action,
    sentences: [...describe(promoting.action, watched.registry.capabilities), ...remarks],
  };
}

/** What the image is without the tag counts first: a rule for other tags is no way round it. */
function verdictWith(deps: GateDeps, { judged, record }: Prepared, tag: Tag, { now }: Attempt): Verdict {
  if (record.verdict.kind !== "compliant") return record.verdict;
  const borne = [...new Set([...judged.borne, tag])];
  return { ...record.verdict, ...evaluate(deps.policy().policy, { ...record.key, tags: borne }, judged.evidence, now, judged.threats) };
}

async function carry(
  deps: GateDeps,
  watched: WatchedRegistry,
  promoting: ReturnType<typeof retagging>,
  attempt: Attempt,
): Promise<Promoted> {
  const { record, action, judged } = promoting;
  // Should the process end here, the queue brings it to its end; and it does what else the verdict asks for.
  await deps.queue.put([rejudge(record.key, "operator", attempt.now)], attempt.now);
  if ((await commitVerdict(deps, promoting, attempt.now)) === "conflict")
    return { kind: "refused", why: "the image or the policy changed meanwhile", mend: "try again" };
  const carried = await carryOut(deps, watched, record, action, attempt, judged.threats);
  if (carried.kind === "ready") return { kind: "done", action, outcome: carried.outcome, record: carried.record };
  const why = carried.outcome.kind === "done" ? "unknown" : carried.outcome.why;
  return { kind: "refused", why, mend: "the gate goes on trying; see `moorgate explain`" };
}

/** What a person has to know of the image that loses the tag. */
function remarksOn({ firstSeenAt }: ImageRecord, from: Digest, tag: Tag, loser: ImageRecord | undefined): readonly string[] {
  const name = shortDigest(from);
  if (loser === undefined) return [`The gate has not met ${name} yet.`];
  const isLater = loser.firstSeenAt > firstSeenAt;
  const isBare = loser.tags.every((each) => each === tag);
  return [
    ...(isLater ? [`${name} was seen later than the image: this is a step back.`] : []),
    ...(isBare ? [`${name} has no other tag: some registries drop what has none, and an undo could not point ${tag} at it again.`] : []),
  ];
}
