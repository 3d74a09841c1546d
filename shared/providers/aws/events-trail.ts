import * as z from "zod";
import { quote } from "../../domain/parse-error.ts";
import { loose, many, text, word } from "../../runtime/lenient.ts";
import { type Hint, hints, skip, type Told } from "./event-envelope.ts";
import { readChange } from "./events-drift.ts";

const IMAGE_ID = z.object({ imageDigest: text, imageTag: text });
type ImageId = z.output<typeof IMAGE_ID>;

const REQUEST = z.object({
  registryId: text,
  repositoryName: word,
  imageTag: text,
  imageDigest: text,
  imageManifestMediaType: text,
  imageId: loose(IMAGE_ID),
  imageIds: many(IMAGE_ID),
  targetStorageClass: word,
});

const SERVICE = z.object({
  repositoryName: word,
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
  awsRegion: word,
  errorCode: text,
  recipientAccountId: word,
  userIdentity: loose(z.object({ arn: text, accountId: text, principalId: text, invokedBy: text })),
  requestParameters: loose(REQUEST),
  responseElements: loose(z.object({ image: loose(z.object({ imageId: loose(IMAGE_ID) })), imageIds: many(IMAGE_ID) })),
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
export function readTrail(detail: unknown, account?: string): Told {
  const record = RECORD.parse(detail ?? {});
  const told = readRecord(record, account ?? record.recipientAccountId);
  const changes = isCalled(record) ? readChange(detail, account ?? record.recipientAccountId) : [];
  return {
    hints: told.hints,
    // What tells of a change has told something.
    skipped: changes.length > 0 && told.hints.length === 0 ? [] : told.skipped,
    changes,
    actor: actorOf(record),
    id: record.eventID ?? undefined,
    time: record.eventTime ?? undefined,
  };
}

/** Neither refused nor done by the service itself. */
function isCalled({ errorCode, serviceEventDetails }: TrailRecord): boolean {
  return !errorCode && !serviceEventDetails;
}

function readRecord(record: TrailRecord, account: string): Told {
  const { eventSource, eventName, errorCode, requestParameters, serviceEventDetails, awsRegion: region } = record;
  if (eventSource !== "ecr.amazonaws.com") return skip(`${quote(eventName)} of ${quote(eventSource)} is no call to ECR`);
  if (errorCode) return skip(`${quote(eventName)} that was refused: ${quote(errorCode)}`);
  if (serviceEventDetails) return readServiceEvent(eventName, serviceEventDetails, { account, region });
  if (!requestParameters) return skip(`${quote(eventName)} without what was asked for`);
  // Whoever reaches into another account's registry stands in the trails of both; the registry's own is believed.
  const { registryId } = requestParameters;
  if (registryId && registryId !== account) return skip(`${quote(eventName)} of another account's registry`);
  return readCall(record, requestParameters, { account, region });
}

type Place = Pick<Hint, "account" | "region">;

function readCall({ eventName, responseElements }: TrailRecord, asked: z.output<typeof REQUEST>, place: Place): Told {
  const { repositoryName: repository, imageId, imageIds, imageDigest, imageTag, imageManifestMediaType, targetStorageClass } = asked;
  const hint = (kind: Hint["kind"], id: Partial<ImageId>): Hint => ({ kind, ...place, repository, ...named(id) });
  switch (eventName) {
    case "PutImage": {
      const put = { imageDigest, imageTag, ...present(responseElements?.image?.imageId) };
      return hints({ ...hint("pushed", put), mediaType: imageManifestMediaType ?? undefined });
    }
    case "BatchDeleteImage": {
      const gone = responseElements?.imageIds ?? [];
      return hints(...(gone.length > 0 ? gone : imageIds).map((id) => hint("deleted", id)));
    }
    case "UpdateImageStorageClass":
      return hints(hint(targetStorageClass === "ARCHIVE" ? "deleted" : "pushed", imageId ?? {}));
    default:
      return skip(`${quote(eventName)} changes no image`);
  }
}

/** What ECR does of itself: its lifecycle policy, and the end of a restore. */
function readServiceEvent(name: string, details: z.output<typeof SERVICE>, place: Place): Told {
  const { repositoryName: repository, imageDigest, targetStorageClass, result, lifecycleEventImageActions } = details;
  switch (name) {
    case "PolicyExecutionEvent": {
      const gone = lifecycleEventImageActions.flatMap(({ lifecycleEventImage }) => lifecycleEventImage ?? []);
      if (gone.length === 0) return skip("a lifecycle policy that took nothing away");
      return hints(...gone.map(({ digest }): Hint => ({ kind: "deleted", ...place, repository, digest: digest ?? "" })));
    }
    case "ImageActivationEvent":
      if (result !== "SUCCESS") return skip(`a restore that ended as ${quote(result)}`);
      return hints({ kind: targetStorageClass === "ARCHIVE" ? "deleted" : "pushed", ...place, repository, digest: imageDigest ?? "" });
    default:
      return skip(`${quote(name)} changes no image`);
  }
}

function named({ imageDigest, imageTag }: Partial<ImageId>): Pick<Hint, "digest" | "tags"> {
  return { digest: imageDigest ?? "", tags: imageTag ? [imageTag] : [] };
}

function present(id: ImageId | null | undefined): Partial<ImageId> {
  return { ...(id?.imageDigest ? { imageDigest: id.imageDigest } : {}), ...(id?.imageTag ? { imageTag: id.imageTag } : {}) };
}

/** A session's ARN names the role and behind it who took it. From another account there is only an id, and where AWS acts itself its name. */
function actorOf({ userIdentity }: TrailRecord): string | undefined {
  const { arn, accountId, principalId, invokedBy } = userIdentity ?? {};
  if (arn) return arn;
  if (principalId) return accountId ? `${accountId}:${principalId}` : principalId;
  return invokedBy ?? undefined;
}
