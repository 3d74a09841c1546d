import type { Digest } from "../domain/digest.ts";
import { type Descriptor, isIndexType, isManifestType, type Manifest, OCI_INDEX, OCI_MANIFEST } from "../domain/manifest.ts";
import { quote } from "../domain/parse-error.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { readJson } from "../runtime/json.ts";
import { checkDigest } from "./content.ts";
import {
  given,
  type Members,
  malformed,
  readAnnotations,
  readDescriptor,
  readDescriptors,
  readList,
  readObject,
  readOptionalText,
  readText,
} from "./document.ts";

/** distribution-spec: registries should take manifests of up to 4 MiB, and many take no more. */
export const MANIFEST_BYTES = 4 * 1024 * 1024;
/** Lists of names; a registry that ignores the page size sends all of them at once. */
export const LIST_BYTES = 64 * 1024 * 1024;
const DEPTH = 64;

// A content type that says nothing about the document: proxies and plain file servers.
const GENERIC: readonly string[] = ["", "application/json", "application/octet-stream", "binary/octet-stream", "text/plain"];

/**
 * Reads a manifest or index. `mediaType` is what the registry or the descriptor said it is.
 * @throws AdapterError malformed (also: bytes of another digest, a document that two readers would see differently), unsupported, too-large
 */
export function readManifest(bytes: Uint8Array, mediaType: string | undefined, digest: Digest): Manifest {
  const place = `manifest ${digest}`;
  const announced = plainMediaType(mediaType);
  refuseSchemaOne(announced, place);
  // Before the check of the digest: a document over the limit is refused unread.
  if (bytes.byteLength > MANIFEST_BYTES)
    throw new AdapterError("too-large", `${place}: ${bytes.byteLength} bytes, at most ${MANIFEST_BYTES} are read`);
  checkDigest(bytes, digest, place);
  return readMembers(bytes, announced, digest, place);
}

function readMembers(bytes: Uint8Array, announced: string, digest: Digest, place: string): Manifest {
  const members = readObject(readJson(bytes, { maxBytes: MANIFEST_BYTES, maxDepth: DEPTH, place }), place);
  if (members["schemaVersion"] === 1) throw schemaOne(place);
  if (members["schemaVersion"] !== 2) throw malformed(`${place}.schemaVersion`, "not 2");
  const type = chooseType(members, announced, place);
  const fields = {
    digest,
    mediaType: type,
    bytes,
    ...given("artifactType", readOptionalText(members["artifactType"], `${place}.artifactType`)),
    ...given("subject", readSubject(members["subject"], `${place}.subject`)),
    annotations: readAnnotations(members["annotations"], `${place}.annotations`) ?? {},
  };
  if (isIndexType(type)) return { kind: "index", ...fields, manifests: readDescriptors(members["manifests"], `${place}.manifests`) };
  return {
    kind: "manifest",
    ...fields,
    config: readDescriptor(members["config"], `${place}.config`),
    layers: readDescriptors(members["layers"], `${place}.layers`),
  };
}

function readSubject(value: unknown, place: string): Descriptor | undefined {
  return value === undefined || value === null ? undefined : readDescriptor(value, place);
}

/** The one type that all say: header, body and shape. */
function chooseType(members: Members, announced: string, place: string): string {
  const written = readOptionalText(members["mediaType"], `${place}.mediaType`);
  if (written !== undefined && announced !== "" && written !== announced) {
    throw malformed(`${place}.mediaType`, `${quote(written)}, but it was announced as ${quote(announced)}`);
  }
  const shape = shapeOf(members, place);
  const type = written ?? (announced === "" ? shape : announced);
  if (!isManifestType(type)) throw new AdapterError("unsupported", `${place}: ${quote(type)} is no manifest that we can read`);
  if (isIndexType(type) !== isIndexType(shape)) throw malformed(place, `its members are not those of ${type}`);
  return type;
}

/**
 * What its members make it. A document that reads as an image here and as an index there would be judged as one and run as the other
 * (CVE-2021-41190).
 */
function shapeOf(members: Members, place: string): string {
  const isPresent = (name: string): boolean => members[name] !== undefined && members[name] !== null;
  const hasChildren = isPresent("manifests");
  if (isPresent("fsLayers")) throw malformed(place, "has members of schema 1");
  if (hasChildren && (isPresent("config") || isPresent("layers"))) throw malformed(place, "names both layers and manifests");
  return hasChildren || members["manifests"] === null ? OCI_INDEX : OCI_MANIFEST;
}

/** Lower case, without parameters; empty where it says nothing. */
function plainMediaType(mediaType: string | undefined): string {
  const type = (mediaType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  return GENERIC.includes(type) ? "" : type;
}

/** Its digest is not the hash of its bytes, so nothing that we say about it could be bound to it. */
function refuseSchemaOne(type: string, place: string): void {
  if (/^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/.test(type)) throw schemaOne(place);
}

function schemaOne(place: string): AdapterError {
  return new AdapterError("unsupported", `${place}: Docker schema 1`, { mend: "push the image again with a current tool" });
}

/** Digests that an answer of the referrers API lists, one page. */
export function readReferrersPage(bytes: Uint8Array, place: string): readonly Digest[] {
  const members = readObject(readJson(bytes, { maxBytes: MANIFEST_BYTES, maxDepth: DEPTH, place }), place);
  return readDescriptors(members["manifests"], `${place}.manifests`).map(({ digest }) => digest);
}

/** Names of one page of a tag list (`tags`) or catalogue (`repositories`); unchecked, registries store some that no grammar allows. */
export function readNames(bytes: Uint8Array, member: "tags" | "repositories", place: string): readonly string[] {
  const members = readObject(readJson(bytes, { maxBytes: LIST_BYTES, maxDepth: DEPTH, place }), place);
  return readList(members[member], `${place}.${member}`).map((name, at) => readText(name, `${place}.${member}[${at}]`));
}
