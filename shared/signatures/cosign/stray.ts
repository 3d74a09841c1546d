import { type Digest, referrersTag } from "../../domain/digest.ts";
import type { SignatureFact } from "../../domain/evidence.ts";
import { parseTag, type Repository } from "../../domain/image-ref.ts";
import type { Descriptor } from "../../domain/manifest.ts";
import type { VerifyRequest } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { isBundleType } from "./bundle.ts";
import { candidatesIn } from "./discover.ts";
import type { Judgement } from "./judgement.ts";

// A list names at most this many manifests that are looked for.
const MAX_LISTED = 100;

/**
 * Signatures that the fallback tag of referrers names and that are none of this image: not there at all, or of another image. The list is
 * an ordinary tag that anybody with the right to push may write. They make nothing signed; they are told so that "no signature was found"
 * is said only where nothing was named.
 */
export async function strayFacts({ image, source, referrers }: VerifyRequest, signal?: AbortSignal): Promise<readonly SignatureFact[]> {
  const known = new Set(referrers.map(({ referrer }) => referrer.manifest.digest));
  const facts: SignatureFact[] = [];
  for (const repository of new Set([image.repository, ...referrers.map((found) => found.repository)])) {
    const listed = (await readList({ source, repository, digest: image.digest }, signal)).filter(({ digest }) => !known.has(digest));
    for (const descriptor of listed.slice(0, MAX_LISTED)) {
      const judgement = await judgeStray({ source, repository, digest: image.digest }, descriptor, signal);
      if (judgement !== undefined) facts.push({ format: "cosign", place: descriptor.digest, ...judgement });
    }
  }
  return facts;
}

type Place = Pick<VerifyRequest, "source"> & { readonly repository: Repository; readonly digest: Digest };

// GitLab answers the tag with the manifest of that digest: the image itself, whose children are no referrers.
async function readList({ source, repository, digest }: Place, signal?: AbortSignal): Promise<readonly Descriptor[]> {
  const listDigest = await source.resolve(repository, parseTag(referrersTag(digest)), signal);
  if (listDigest === undefined || listDigest === digest) return [];
  const list = await source.manifest(repository, listDigest, signal);
  return list?.kind === "index" ? list.manifests : [];
}

async function judgeStray({ source, repository, digest }: Place, listed: Descriptor, signal?: AbortSignal): Promise<Judgement | undefined> {
  try {
    const manifest = await source.manifest(repository, listed.digest, signal);
    if (manifest === undefined)
      return mayBeSignature(listed) ? { code: "malformed", detail: "named among the image's referrers, but not there" } : undefined;
    const isForeign = manifest.subject?.digest !== digest && candidatesIn({ manifest }).length > 0;
    return isForeign
      ? { code: "digest-mismatch", detail: "named among the image's referrers, but this image is not its subject" }
      : undefined;
  } catch (error) {
    return judgeFault(error);
  }
}

// cosign 3.0 wrote the config's type into the list, so a type that says nothing excludes nothing.
function mayBeSignature({ artifactType = "" }: Descriptor): boolean {
  return (
    artifactType === "" ||
    artifactType === "application/vnd.oci.empty.v1+json" ||
    artifactType.includes("cosign") ||
    isBundleType(artifactType)
  );
}
