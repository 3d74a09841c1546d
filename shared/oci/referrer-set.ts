import { type Digest, referrersTag } from "../domain/digest.ts";
import { isTag, type Tag } from "../domain/image-ref.ts";
import type { IndexManifest, Manifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Referrer } from "../ports/image-source.ts";

/** Attacks and accidents aside, images have tens. */
export const MOST_REFERRERS = 1_000;
const AT_ONCE = 8;
// cosign's names from before referrers: signature, attestation, SBOM.
const LEGACY_SUFFIXES = [".sig", ".att", ".sbom"] as const;

/** Bytes of all manifests together: they are held at once. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface ReferrerReads {
  /** Digests that somebody says refer to the subject. */
  listed(): Promise<readonly Digest[]>;
  byTag(tag: Tag): Promise<Manifest | undefined>;
  byDigest(digest: Digest): Promise<Manifest | undefined>;
}

/**
 * All that refers to `subject`: of what is `listed` (referrers API, or the folder's graph), of the fallback tag's index, and under the
 * legacy tags. The fallback tag is read even where the API works: notation writes there too, and registries that gained the API keep the
 * old lists. Lists lie about artifact types and are edited by anyone who may push, so each manifest is read and its own `subject` decides.
 *
 * One that is broken by itself (missing, malformed) does not hide the good ones. If it is all there is, nothing is proven and its fault is
 * thrown, as is every fault of the registry.
 */
export async function collectReferrers(reads: ReferrerReads, subject: Digest): Promise<readonly Referrer[]> {
  const [listed, fallback, ...named] = await Promise.all([
    reads.listed(),
    readFallback(reads, subject),
    ...legacyTags(subject).map((tag) => readNamed(reads, tag)),
  ]);
  const list = fallback instanceof AdapterError ? undefined : fallback;
  const candidates = new Set([...listed, ...(list?.manifests ?? []).map(({ digest }) => digest)]);
  candidates.delete(subject);
  if (candidates.size > MOST_REFERRERS)
    throw new AdapterError("too-large", `referrers of ${subject}: more than ${MOST_REFERRERS} are listed`);
  const entries = [...(await readAll(reads, subject, [...candidates])), ...named];
  const found = foundIn(entries, subject);
  const fault = [fallback, ...entries].find((entry) => entry instanceof AdapterError);
  if (found.length === 0 && fault !== undefined) throw fault;
  return list === undefined ? found : found.map((referrer) => ({ ...referrer, list }));
}

/** Each once; under its tag where it has one. */
function foundIn(entries: readonly Entry[], subject: Digest): readonly Referrer[] {
  const referrers = entries.flatMap((entry) => (entry === undefined || entry instanceof AdapterError ? [] : [entry]));
  const found = new Map(referrers.map((referrer) => [referrer.manifest.digest, referrer]));
  found.delete(subject);
  return [...found.values()];
}

type Entry = Referrer | AdapterError | undefined;

async function readAll(reads: ReferrerReads, subject: Digest, candidates: readonly Digest[]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let bytes = 0;
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    const some = await Promise.all(candidates.slice(at, at + AT_ONCE).map((digest) => readListed(reads, digest, subject)));
    for (const entry of some) if (entry !== undefined && "manifest" in entry) bytes += entry.manifest.bytes.byteLength;
    if (bytes > MOST_BYTES) throw new AdapterError("too-large", `referrers of ${subject}: more than ${MOST_BYTES} bytes of manifests`);
    entries.push(...some);
  }
  return entries;
}

/** Tags under which tools name something that belongs to the digest. Too long for SHA-512, for which no tool writes them. */
export function legacyTags(subject: Digest): readonly Tag[] {
  return LEGACY_SUFFIXES.map((suffix) => `${subject.replace(":", "-")}${suffix}`).filter(isTag);
}

/** GitLab answers the tag `sha256-<hex>` with the manifest of that digest: the subject itself, which lists its children and no referrers. */
async function readFallback(reads: ReferrerReads, subject: Digest): Promise<IndexManifest | AdapterError | undefined> {
  const tag = referrersTag(subject);
  if (!isTag(tag)) return undefined;
  const index = await contentOf(() => reads.byTag(tag));
  if (index === undefined || index instanceof AdapterError) return index;
  if (index.digest === subject) return undefined;
  if (index.kind === "index") return index;
  return new AdapterError("malformed", `tag ${tag}: holds an image where the list of referrers belongs`, {
    mend: "delete the tag, or sign again",
  });
}

async function readNamed(reads: ReferrerReads, tag: Tag): Promise<Entry> {
  const manifest = await contentOf(() => reads.byTag(tag));
  return manifest === undefined || manifest instanceof AdapterError ? manifest : { manifest, tag };
}

async function readListed(reads: ReferrerReads, digest: Digest, subject: Digest): Promise<Entry> {
  const manifest = await contentOf(() => reads.byDigest(digest));
  if (manifest instanceof AdapterError) return manifest;
  if (manifest !== undefined) return manifest.subject?.digest === subject ? { manifest } : undefined;
  // It may still be on its way: lists and manifests are not written at one moment.
  return new AdapterError("malformed", `referrer ${digest} of ${subject}: is listed and does not exist`, {
    retryable: true,
    mend: "sign the image again, or take the entry out of the list",
  });
}

/** A fault that lies in the content stays a value; one of the registry is thrown. */
async function contentOf(read: () => Promise<Manifest | undefined>): Promise<Manifest | AdapterError | undefined> {
  try {
    return await read();
  } catch (error) {
    const isContent =
      error instanceof AdapterError && (error.code === "malformed" || error.code === "unsupported" || error.code === "too-large");
    if (isContent) return error;
    throw error;
  }
}
