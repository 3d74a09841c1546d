import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence, ImageSubject, SignatureEvidence } from "../domain/evidence.ts";
import type { ImageKey, Repository } from "../domain/image-ref.ts";
import { type IndexManifest, isAttestationChild, isRunnable, type Manifest, type Platform } from "../domain/manifest.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource, Referrer } from "../ports/image-source.ts";
import type { VerifyRequest } from "../ports/signature-verifier.ts";
import { attachmentsOf } from "./concerned.ts";
import type { JudgeDeps } from "./deps.ts";
import { vouched } from "./gather-attested.ts";
import { configOf } from "./gather-config.ts";
import { documentsOf, unavailableDocuments } from "./gather-facts.ts";
import { withOwnSigning } from "./gather-signing.ts";
import { settle } from "./settle.ts";
import { present } from "./work.ts";

/** Where an image is read from: its own repository, and the place that it was moved to while it is held. */
export interface ImagePlace {
  readonly source: ImageSource;
  readonly key: ImageKey;
  readonly repositories: readonly Repository[];
}

export type Placed = { readonly repository: Repository; readonly referrer: Referrer };

// An index in an index is legal and useless; deeper nesting is only met in attacks.
const MAX_DEPTH = 4;
// One for each platform.
const MAX_ATTESTATIONS = 64;

/**
 * All facts on one image, children included. Every fault of an adapter becomes `unavailable` evidence; nothing else is caught.
 * `attestations`: what an index holds on this child beside its referrers.
 */
export async function gather(
  deps: JudgeDeps,
  place: ImagePlace,
  manifest: Manifest,
  subject: ImageSubject,
  now: Instant,
  signal?: AbortSignal,
  depth = 0,
  attestations: readonly Placed[] = [],
): Promise<ImageEvidence> {
  const referrers = await settle(() => referrersOf(place, manifest.digest, signal));
  const [config, documents, verified, children] = await Promise.all([
    configOf(deps.readConfig, place, manifest, signal),
    "fault" in referrers
      ? unavailableDocuments(referrers.fault)
      : documentsOf(
          deps.findings,
          {
            image: { ...place.key, digest: manifest.digest },
            isIndex: manifest.kind === "index",
            referrers: [...referrers.value, ...attestations],
          },
          signal,
        ),
    "fault" in referrers
      ? ({ kind: "unavailable", why: referrers.fault } as const)
      : signaturesOf(deps, place, manifest.digest, referrers.value, now, signal),
    manifest.kind === "index" && depth < MAX_DEPTH
      ? childrenOf(deps, place, manifest, subject, now, signal, depth)
      : { children: [], missing: [] },
  ]);
  const vouching = "fault" in referrers ? [] : referrers.value;
  const request = verifyRequestOf(deps, place, manifest.digest, vouching, now);
  const attested = await vouched(deps.verifiers, request, documents, signal);
  // An index is signed as a whole.
  const signatures = depth > 0 ? verified : await withOwnSigning(deps, verified, place.key, subject, now, signal);
  return {
    subject,
    gatheredAt: now,
    ...attested,
    signatures,
    config,
    ...("fault" in referrers ? {} : { attached: attachmentsOf(referrers.value) }),
    children: children.children,
    missingChildren: children.missing,
  };
}

/** Reads from the first of the place's repositories that has it. */
export async function readManifest(
  place: Pick<ImagePlace, "source" | "repositories">,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Manifest | undefined> {
  for (const repository of place.repositories) {
    const manifest = await place.source.manifest(repository, digest, signal);
    if (manifest !== undefined) return manifest;
  }
  return undefined;
}

export async function referrersOf(place: ImagePlace, digest: Digest, signal?: AbortSignal): Promise<readonly Placed[]> {
  const lists = await Promise.all(
    place.repositories.map(async (repository) =>
      (await place.source.referrers(repository, digest, signal)).map((referrer) => ({ repository, referrer })),
    ),
  );
  const seen = new Set<Digest>();
  return lists.flat().filter(({ referrer }) => !seen.has(referrer.manifest.digest) && seen.add(referrer.manifest.digest));
}

export function verifyRequestOf(
  deps: JudgeDeps,
  place: ImagePlace,
  digest: Digest,
  referrers: readonly Placed[],
  now: Instant,
): VerifyRequest {
  const { occurrences, revocation, awsSigner } = deps;
  return {
    image: { ...place.key, digest },
    source: place.source,
    repositories: place.repositories,
    referrers,
    trust: deps.policy().trust,
    now,
    revocation,
    ...present({ occurrences, awsSigner }),
  };
}

async function signaturesOf(
  deps: JudgeDeps,
  place: ImagePlace,
  digest: Digest,
  referrers: readonly Placed[],
  now: Instant,
  signal?: AbortSignal,
): Promise<SignatureEvidence> {
  const request = verifyRequestOf(deps, place, digest, referrers, now);
  const answers = await Promise.all(deps.verifiers.map((verifier) => settle(() => verifier.verify(request, signal))));
  const signatures = answers.flatMap((answer) => ("fault" in answer ? [] : answer.value));
  const faults = answers.flatMap((answer) => ("fault" in answer ? [answer.fault] : []));
  if (faults.length === 0) return { kind: "examined", signatures };
  const why = [...new Set(faults)].join("; ");
  // One format that nobody could ask for takes nothing from a good signature of another.
  return signatures.length === 0 ? { kind: "unavailable", why } : { kind: "partial", signatures, why };
}

interface Children {
  readonly children: readonly ImageEvidence[];
  readonly missing: readonly Digest[];
}

async function childrenOf(
  deps: JudgeDeps,
  place: ImagePlace,
  index: IndexManifest,
  parent: ImageSubject,
  now: Instant,
  signal: AbortSignal | undefined,
  depth: number,
): Promise<Children> {
  const children: ImageEvidence[] = [];
  const missing: Digest[] = [];
  const attestations = await attestationsIn(place, index, signal);
  for (const descriptor of index.manifests.filter((child) => !isAttestationChild(child))) {
    const manifest = await readManifest(place, descriptor.digest, signal);
    if (manifest === undefined) missing.push(descriptor.digest);
    else if (isRunnable(manifest))
      children.push(
        await gather(
          deps,
          place,
          manifest,
          childSubject(manifest, descriptor.platform, parent),
          now,
          signal,
          depth + 1,
          attestations.get(manifest.digest) ?? [],
        ),
      );
  }
  return { children, missing };
}

/** Buildkit's attestations by the child that they are on. One that is gone or no manifest says nothing. */
async function attestationsIn(
  place: ImagePlace,
  index: IndexManifest,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, readonly Placed[]>> {
  const found: { readonly about: string; readonly placed: Placed }[] = [];
  for (const { annotations, digest } of index.manifests.filter(isAttestationChild).slice(0, MAX_ATTESTATIONS)) {
    const placed = await readPlaced(place, digest, signal);
    if (placed !== undefined) found.push({ about: annotations?.["vnd.docker.reference.digest"] ?? "", placed });
  }
  return new Map([...Map.groupBy(found, ({ about }) => about)].map(([about, group]) => [about, group.map(({ placed }) => placed)]));
}

async function readPlaced(place: ImagePlace, digest: Digest, signal: AbortSignal | undefined): Promise<Placed | undefined> {
  try {
    for (const repository of place.repositories) {
      const manifest = await place.source.manifest(repository, digest, signal);
      if (manifest !== undefined) return { repository, referrer: { manifest } };
    }
    return undefined;
  } catch (error) {
    if (error instanceof AdapterError && ["malformed", "unsupported", "too-large"].includes(error.code)) return undefined;
    throw error;
  }
}

function childSubject(manifest: Manifest, platform: Platform | undefined, parent: ImageSubject): ImageSubject {
  return {
    digest: manifest.digest,
    kind: manifest.kind === "index" ? "index" : "image",
    tags: [],
    firstSeenAt: parent.firstSeenAt,
    annotations: manifest.annotations,
    ...(platform === undefined ? {} : { platform }),
    ...(parent.pushedBy === undefined ? {} : { pushedBy: parent.pushedBy }),
  };
}
