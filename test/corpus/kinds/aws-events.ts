import * as z from "zod";
import { isDigest } from "../../../shared/domain/digest.ts";
import type { RegistryEvent } from "../../../shared/domain/event.ts";
import { instant } from "../../../shared/domain/time.ts";
import { decoder } from "../../../shared/providers/aws/events.ts";
import { readLooseTime } from "../../../shared/runtime/lenient.ts";
import { compare, type IndexedKind } from "./row.ts";

const RECEIVED_AT = instant(Date.parse("2026-11-21T12:00:00Z"));
const text = z.string().nullish();

/** What was counted in the payload, as far as it has it; `null` where it does not say. */
const EXPECTED = z.object({
  detailType: text,
  eventName: text,
  errorCode: text,
  eventId: text,
  eventID: text,
  registry: text,
  registryId: text,
  account: text,
  region: text,
  time: text,
  repository: text,
  digest: text,
  tag: text,
  tags: z.array(z.string()).nullish(),
  action: text,
  result: text,
  syncStatus: text,
  principal: text,
  notAnImageEvent: z.boolean().optional(),
  "target-storage-class": text,
  "manifest-media-type": text,
  expired: z.array(z.string()).optional(),
  requestParameters: z.looseObject({ targetStorageClass: text, imageId: z.object({ imageDigest: text }).nullish() }).nullish(),
  serviceEventDetails: z.looseObject({ targetStorageClass: text, imageDigest: text, result: text }).nullish(),
  validJson: z.boolean().optional(),
});
type Expected = z.output<typeof EXPECTED>;

type Kind = RegistryEvent["kind"];

/** Each payload becomes the hints that stand in it, or a reason why there are none. */
export const awsEvents: IndexedKind = async function* (cases) {
  for (const { file, bytes, expected } of cases) {
    const demanded = EXPECTED.parse(expected);
    const decoded = decoder.decode({ headers: {}, body: bytes, receivedAt: RECEIVED_AT });
    if (decoded.kind === "malformed") {
      const isRefused = demanded.validJson === false && decoded.why !== "";
      yield isRefused ? { case: file, outcome: "passed" } : { case: file, outcome: "failed", detail: `malformed: ${decoded.why}` };
      continue;
    }
    const kind = kindOf(demanded);
    const wanted = kind === undefined ? [] : objectsOf(demanded).map((named) => ({ kind, ...fieldsOf(demanded, kind), ...named }));
    const got = decoded.events.map(({ source, ...event }) => ({ ...event, source, id: event.id.replace(/\/\d+$/, "") }));
    const byName = (all: readonly object[]) => Object.fromEntries(all.map((each, at) => [`event ${at}`, sorted(each)]));
    const changed = (decoded.changes ?? []).map(({ control }) => control);
    const isToldWhy = decoded.events.length + changed.length + decoded.skipped.length > 0;
    yield compare(
      file,
      { events: wanted.length, changed: changesIn(demanded), isToldWhy: true, ...byName(wanted) },
      { events: got.length, changed, isToldWhy, ...byName(got) },
    );
  }
};

const KINDS: Readonly<Record<string, Kind>> = {
  PUSH: "pushed",
  REPLICATE: "pushed",
  PutImage: "pushed",
  "ECR Pull Through Cache Action": "pushed",
  DELETE: "deleted",
  BatchDeleteImage: "deleted",
  PolicyExecutionEvent: "deleted",
  "ECR Image Scan": "scanned",
  "Inspector Finding": "scanned",
  "Inspector Scan": "scanned",
  "Inspector2 Scan": "scanned",
  "Inspector2 Finding": "scanned",
  "Inspector2 Coverage": "scanned",
  ImageActivationEvent: "pushed",
};

// Amazon ECR API reference: calls that set how a repository or a registry is kept.
const CONTROLS: Readonly<Record<string, string>> = {
  DeleteLifecyclePolicy: "lifecycle",
  DeleteRegistryPolicy: "registry-policy",
  DeleteRepository: "repository",
  DeleteRepositoryPolicy: "repository-policy",
  PutImageScanningConfiguration: "scanning",
  PutImageTagMutability: "tag-mutability",
  PutLifecyclePolicy: "lifecycle",
  PutRegistryPolicy: "registry-policy",
  PutRegistryScanningConfiguration: "scanning",
  PutReplicationConfiguration: "replication",
  SetRepositoryPolicy: "repository-policy",
};

/** What of a registry's set-up was changed; of what is moved, a restore from the archive alone. */
function changesIn({ eventName, errorCode, requestParameters }: Expected): readonly string[] {
  if (errorCode) return [];
  if (eventName === "UpdateImageStorageClass") return requestParameters?.targetStorageClass === "STANDARD" ? ["storage-class"] : [];
  const control = CONTROLS[eventName ?? ""];
  return control === undefined ? [] : [control];
}

/** `undefined`: nothing in it concerns an image. */
function kindOf(expected: Expected): Kind | undefined {
  const { detailType, eventName, action, notAnImageEvent, requestParameters } = expected;
  if (notAnImageEvent === true || outcomeOf(expected) !== "SUCCESS") return undefined;
  const storage = expected["target-storage-class"] ?? requestParameters?.targetStorageClass;
  if (storage) return storage === "ARCHIVE" ? "deleted" : "pushed";
  return KINDS[action ?? eventName ?? detailType ?? ""];
}

function outcomeOf({ errorCode, result, serviceEventDetails, syncStatus }: Expected): string {
  return errorCode || (result ?? serviceEventDetails?.result ?? syncStatus ?? "SUCCESS");
}

/** A digest that is none is not to be acted on: then what a tag names counts. A scan is of a digest alone. */
function objectsOf(expected: Expected): readonly Pick<RegistryEvent, "digest" | "tag">[] {
  const { expired, requestParameters, serviceEventDetails } = expected;
  const digests = expired ?? [expected.digest ?? requestParameters?.imageId?.imageDigest ?? serviceEventDetails?.imageDigest ?? ""];
  const tags = expected.tag ? [expected.tag] : (expected.tags ?? []);
  return digests.flatMap((digest) => {
    if (!isDigest(digest)) return tags.map((tag) => ({ tag }) as Pick<RegistryEvent, "tag">);
    const [tag] = expected.tag ? tags : [];
    return [tag === undefined ? { digest } : ({ digest, tag } as Pick<RegistryEvent, "digest" | "tag">)];
  });
}

function fieldsOf(expected: Expected, kind: Kind): object {
  const { eventId, eventID, registry, account, registryId, region, repository, time, principal } = expected;
  const mediaType = expected["manifest-media-type"];
  const host = `${account ?? registryId ?? "123456789012"}.dkr.ecr.${region}.amazonaws.com`;
  return {
    id: eventID ?? eventId,
    source: "ecr",
    registry: registry ?? host,
    repository,
    at: readLooseTime(time) ?? "unknown",
    ...(principal ? { actor: principal } : expected.eventName ? { actor: "AWS Internal" } : {}),
    ...(kind === "pushed" && mediaType ? { mediaType } : {}),
  };
}

function sorted(fields: object): object {
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
