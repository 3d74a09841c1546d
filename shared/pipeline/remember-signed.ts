import { followSigned } from "../audit/signed.ts";
import { isDigest, referrersTag } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { isTag } from "../domain/image-ref.ts";
import type { KnownSignature, Signed } from "../domain/signed.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { attachedIn } from "./concerned.ts";
import type { ImagePlace } from "./gather.ts";
import { type Doing, type JudgeWork, present } from "./work.ts";

interface Look {
  readonly place: ImagePlace;
  readonly record: ImageRecord | undefined;
  readonly work: Pick<JudgeWork, "by">;
  readonly now: Instant;
}

/** What is remembered of the image's accepted signatures, so that a loss is told. */
export async function rememberSigned(
  { place, record, work, now }: Look,
  evidence: ImageEvidence,
  policy: string,
  signal?: AbortSignal,
): Promise<Signed | undefined> {
  const before = record?.presence === "present" ? record.signed : undefined;
  const isOpen = before !== undefined && before.loss === undefined && evidence.signatures.kind !== "examined";
  const isProvenGone = isOpen && (await areGone(place, before.signatures, signal));
  const actor = before === undefined ? undefined : actorIn(work.by, before, record, evidence);
  return followSigned(before, { evidence, isProvenGone, policy, at: now, ...present({ actor }) });
}

/**
 * Who took a signature away or replaced it. Somebody else's doing may be what the image is looked at for, and the event of the loss itself have been
 * lost: nobody is named whose doing does not explain it.
 */
function actorIn(
  by: Doing | undefined,
  { signatures }: Signed,
  record: ImageRecord | undefined,
  evidence: ImageEvidence,
): string | undefined {
  if (by === undefined) return undefined;
  const isAbout = (named: string | undefined): boolean => signatures.some(({ place }) => place === named);
  if (isAbout(by.tag)) return by.actor;
  if (!by.isDeletion) return undefined;
  if (isAbout(by.digest) || by.tag === referrersTag(evidence.subject.digest)) return by.actor;
  const now = attachedIn(evidence, undefined);
  const [missing, ...more] = (record?.attached ?? []).filter((digest) => !now.includes(digest));
  return missing !== undefined && missing === by.digest && more.length === 0 ? by.actor : undefined;
}

/**
 * Whether the registry has none of them any more. A list that names a deleted signature makes it open whether there are others, but not whether
 * that one is there. What cannot be asked is not gone.
 */
async function areGone(
  { source, repositories }: ImagePlace,
  signatures: readonly KnownSignature[],
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    for (const { place } of signatures)
      for (const repository of repositories)
        if (!(isDigest(place) || isTag(place)) || (await source.resolve(repository, place, signal)) !== undefined) return false;
    return signatures.length > 0;
  } catch (error) {
    if (error instanceof AdapterError) return false;
    throw error;
  }
}
