import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { loose, many, text, word } from "../../runtime/lenient.ts";
import { type Hint, hints, skip, type Told } from "./event-envelope.ts";
import { readChange } from "./events-drift.ts";
import { IMAGE_ID, type Subject, subjectOf } from "./trail-subject.ts";

type ImageId = z.output<typeof IMAGE_ID>;

/** `undefined` where there is no list, which is not an empty one. */
const IMAGE_IDS = loose(z.array(z.unknown()).pipe(many(IMAGE_ID)));

const REQUEST = z.object({
  imageTag: text,
  imageDigest: text,
  imageManifestMediaType: text,
  imageIds: IMAGE_IDS,
  targetStorageClass: word,
});

const SERVICE = z.object({
  imageDigest: text,
  targetStorageClass: word,
  result: word,
  lifecycleEventImageActions: many(z.object({ lifecycleEventImage: loose(z.object({ digest: text })) })),
});

// CloudTrail user guide, "CloudTrail record contents"; ECR user guide, "Understanding Amazon ECR log file entries". A PutImage has the whole
// manifest in it, twice: it is not read.
const RECORD = z.object({
  eventID: text,
  eventTime: text,
  eventSource: word,
  eventName: word,
  errorCode: text,
  userIdentity: loose(z.object({ arn: text, accountId: text, principalId: text, invokedBy: text })),
  requestParameters: loose(REQUEST),
  responseElements: loose(z.object({ imageIds: IMAGE_IDS })),
  serviceEventDetails: loose(SERVICE),
});
type TrailRecord = z.output<typeof RECORD>;

/** Whether it is a record as CloudTrail keeps it, with nothing around it. */
export function isRecord(value: Readonly<Record<string, unknown>>): boolean {
  return "eventVersion" in value && "eventSource" in value && "eventName" in value;
}

/**
 * The records of calls: they alone say who did it. The event that ECR itself sends for the same push names the same image, so both come
 * together at its record.
 *
 * @param account whose trail it is, where something around the record says so
 */
export function readTrail(detail: unknown, account = ""): Told {
  const record = RECORD.parse(detail ?? {});
  const subject = subjectOf(detail, account);
  const told = readRecord(record, subject);
  const changes = isCalled(record) && subject !== undefined ? readChange(detail, subject) : [];
  return {
    hints: told.hints,
    // What tells of a change has told something.
    skipped: changes.length > 0 && told.hints.length === 0 ? [] : told.skipped,
    changes,
    actor: actorOf(record),
    id: record.eventID || undefined,
    time: record.eventTime || undefined,
  };
}

/** Neither refused nor done by the service itself. */
function isCalled({ errorCode, serviceEventDetails }: TrailRecord): boolean {
  return !errorCode && !serviceEventDetails;
}

function readRecord(record: TrailRecord, subject: Subject | undefined): Told {
  const { eventSource, eventName, errorCode, requestParameters, responseElements, serviceEventDetails } = record;
  if (eventSource !== "ecr.amazonaws.com") return skip(`${quote(eventName)} of ${quote(eventSource)} is no call to ECR`);
  if (errorCode) return skip(`${quote(eventName)} that was refused: ${quote(errorCode)}`);
  if (subject === undefined) return skip(`${quote(eventName)} of another account's registry`);
  if (serviceEventDetails) return readServiceEvent(eventName, serviceEventDetails, subject);
  if (!requestParameters && !responseElements) return skip(`${quote(eventName)} without what was asked for`);
  return readCall(record, subject);
}

function readCall({ eventName, requestParameters, responseElements }: TrailRecord, { digest, tag, ...place }: Subject): Told {
  const asked = REQUEST.parse(requestParameters ?? {});
  const hint = (kind: Hint["kind"], id: ImageId): Hint => ({ kind, ...place, ...named(id) });
  switch (eventName) {
    case "PutImage": {
      const put = { imageDigest: digest || asked.imageDigest, imageTag: tag || asked.imageTag };
      return hints({ ...hint("pushed", put), mediaType: asked.imageManifestMediaType ?? undefined });
    }
    case "BatchDeleteImage":
      return readDeleted(responseElements?.imageIds ?? asked.imageIds, (id) => hint("deleted", id));
    case "UpdateImageStorageClass":
      return hints(hint(asked.targetStorageClass === "ARCHIVE" ? "deleted" : "pushed", { imageDigest: digest, imageTag: tag }));
    default:
      return skip(`${quote(eventName)} changes no image`);
  }
}

/** @param gone what the answer says, which leaves out what failed; without one what was asked for */
function readDeleted(gone: readonly ImageId[] | null | undefined, hint: (id: ImageId) => Hint): Told {
  if (!gone) return skip("a deletion that does not say of what");
  return gone.length === 0 ? skip("a deletion that took nothing away") : hints(...gone.map(hint));
}

/** What ECR does of itself: its lifecycle policy, and the end of a restore. */
function readServiceEvent(name: string, details: z.output<typeof SERVICE>, { account, region, repository }: Subject): Told {
  const { imageDigest, targetStorageClass, result, lifecycleEventImageActions } = details;
  const place = { account, region, repository };
  switch (name) {
    case "PolicyExecutionEvent": {
      const gone = lifecycleEventImageActions.flatMap(({ lifecycleEventImage }) => lifecycleEventImage ?? []);
      if (gone.length === 0) return skip("a lifecycle policy that took nothing away");
      return hints(...gone.map(({ digest }): Hint => ({ kind: "deleted", ...place, digest: digest ?? "" })));
    }
    case "ImageActivationEvent":
      if (result !== "SUCCESS") return skip(`a restore that ended as ${quote(result)}`);
      return hints({ kind: targetStorageClass === "ARCHIVE" ? "deleted" : "pushed", ...place, digest: imageDigest ?? "" });
    default:
      return skip(`${quote(name)} changes no image`);
  }
}

function named({ imageDigest, imageTag }: ImageId): Pick<Hint, "digest" | "tags"> {
  return { digest: imageDigest ?? "", tags: imageTag ? [imageTag] : [] };
}

/** A session's ARN names the role and behind it who took it. From another account there is only an id, and where AWS acts itself its name. */
function actorOf({ userIdentity }: TrailRecord): string | undefined {
  const { arn, accountId, principalId, invokedBy } = userIdentity ?? {};
  if (arn) return arn;
  if (principalId) return accountId ? `${accountId}:${principalId}` : principalId;
  return invokedBy ?? undefined;
}
