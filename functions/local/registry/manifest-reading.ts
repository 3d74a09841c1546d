import { type Digest, isDigest } from "../../../shared/domain/digest.ts";
import { isIndexType, isManifestType, OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { Refusal } from "./refusal.ts";

/** What a registry has to know of a manifest; everything else in it is the clients' business. */
export interface ManifestFacts {
  readonly mediaType: string;
  /** Blobs that have to be there; layers to be had elsewhere (`urls`, non-distributable) left out. */
  readonly blobs: readonly Digest[];
  /** Manifests that have to be there. A subject need not (distribution-spec, "Pushing Manifests with Subject"). */
  readonly children: readonly Digest[];
  readonly subject?: Digest;
  /** As it stands in a list of referrers; absent for an index without one. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RawDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly elsewhere: boolean;
}

const NOT_DISTRIBUTED = /\.nondistributable\.|\.foreign\./;

/** @throws Refusal */
export function readManifest(bytes: Uint8Array, contentType: string | null): ManifestFacts {
  const document = readDocument(bytes);
  const mediaType = mediaTypeOf(document, contentType);
  const [config, ...layers] = isIndexType(mediaType) ? [] : readContents(document);
  const children = isIndexType(mediaType) ? readChildren(document) : [];
  const subject = readOptional(document["subject"], "subject");
  const artifactType = textOf(document["artifactType"]) ?? config?.mediaType;
  const annotations = readAnnotations(document["annotations"]);
  return {
    mediaType,
    blobs: [...(config === undefined ? [] : [config]), ...layers].filter((one) => !one.elsewhere).map((one) => one.digest),
    children: children.map((one) => one.digest),
    ...(subject && { subject: subject.digest }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  };
}

// A document that can be read as both would be one image to one client and another to the next (CVE-2021-41190).
function readContents(document: Readonly<Record<string, unknown>>): readonly [RawDescriptor, ...RawDescriptor[]] {
  if (document["manifests"] !== undefined) invalid("it is an image that lists manifests");
  return [readDescriptor(document["config"], "config"), ...readDescriptors(document["layers"], "layers")];
}

function readChildren(document: Readonly<Record<string, unknown>>): readonly RawDescriptor[] {
  if (document["config"] !== undefined || document["layers"] !== undefined) invalid("it is an index with a config or layers");
  return readDescriptors(document["manifests"], "manifests");
}

function readDocument(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    invalid("it is not JSON");
  }
  if (!isRecord(document) || document["schemaVersion"] !== 2) invalid("it is no document of schema version 2");
  return document;
}

/** Parameters of the header are ignored (distribution-spec, "Pushing Manifests"). */
function mediaTypeOf(document: Readonly<Record<string, unknown>>, contentType: string | null): string {
  const stated = contentType?.split(";")[0]?.trim().toLowerCase() || undefined;
  const own = textOf(document["mediaType"]);
  if (stated !== undefined && own !== undefined && stated !== own) invalid("its mediaType is not the Content-Type");
  const mediaType = stated ?? own ?? (document["manifests"] === undefined ? OCI_MANIFEST : OCI_INDEX);
  if (!isManifestType(mediaType)) throw new Refusal(415, "MANIFEST_INVALID", "manifests of this media type are not stored here");
  return mediaType;
}

function readDescriptors(value: unknown, place: string): readonly RawDescriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) invalid(`${place} is no list`);
  return value.map((one: unknown) => readDescriptor(one, place));
}

function readDescriptor(value: unknown, place: string): RawDescriptor {
  if (!isRecord(value)) invalid(`${place} is no descriptor`);
  const mediaType = textOf(value["mediaType"]) ?? "";
  const digest = textOf(value["digest"]) ?? "";
  if (!isDigest(digest)) throw new Refusal(400, "DIGEST_INVALID", `manifest: ${place} has no digest of a known algorithm`);
  if (!Number.isSafeInteger(value["size"]) || Number(value["size"]) < 0) invalid(`${place} has no size`);
  const hasUrls = Array.isArray(value["urls"]) && value["urls"].length > 0;
  return { mediaType, digest, elsewhere: hasUrls || NOT_DISTRIBUTED.test(mediaType) };
}

function readOptional(value: unknown, place: string): RawDescriptor | undefined {
  return value === undefined || value === null ? undefined : readDescriptor(value, place);
}

function readAnnotations(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(why: string): never {
  throw new Refusal(400, "MANIFEST_INVALID", `manifest: ${why}`);
}
