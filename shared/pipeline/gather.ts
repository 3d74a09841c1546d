import type { Digest } from "../domain/digest.ts";
import type { FindingsEvidence, ImageEvidence, ImageSubject, ScanReport, SignatureEvidence, SignatureFact } from "../domain/evidence.ts";
import type { ImageKey, Repository } from "../domain/image-ref.ts";
import { type IndexManifest, isAttestationChild, isRunnable, type Manifest, type Platform } from "../domain/manifest.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource, Referrer } from "../ports/image-source.ts";
import type { JudgeDeps } from "./deps.ts";

/** Where an image is read from: its own repository, and the place that it was moved to while it is held. */
export interface ImagePlace {
  readonly source: ImageSource;
  readonly key: ImageKey;
  readonly repositories: readonly Repository[];
}

type Placed = { readonly repository: Repository; readonly referrer: Referrer };

// An index in an index is legal and useless; deeper nesting is only met in attacks.
const MAX_DEPTH = 4;

/** All facts on one image, children included. Every fault of an adapter becomes `unavailable` evidence; nothing else is caught. */
export async function gather(
  deps: JudgeDeps,
  place: ImagePlace,
  manifest: Manifest,
  subject: ImageSubject,
  now: Instant,
  signal?: AbortSignal,
  depth = 0,
): Promise<ImageEvidence> {
  const referrers = await settle(() => referrersOf(place, manifest.digest, signal));
  const [findings, signatures, children] = await Promise.all([
    "fault" in referrers
      ? ({ kind: "unavailable", why: referrers.fault } as const)
      : findingsOf(deps, place, manifest.digest, referrers.value, signal),
    "fault" in referrers
      ? ({ kind: "unavailable", why: referrers.fault } as const)
      : signaturesOf(deps, place, manifest.digest, referrers.value, now, signal),
    manifest.kind === "index" && depth < MAX_DEPTH
      ? childrenOf(deps, place, manifest, subject, now, signal, depth)
      : { children: [], missing: [] },
  ]);
  return { subject, gatheredAt: now, findings, signatures, children: children.children, ...UNREAD, missingChildren: children.missing };
}

const UNREAD = {
  config: { kind: "unavailable", why: "not read" },
  inventory: { kind: "unavailable", why: "not read" },
  attestations: { kind: "unavailable", why: "not read" },
  vex: { kind: "unavailable", why: "not read" },
} as const;

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

type Settled<T> = { readonly value: T } | { readonly fault: string };

async function settle<T>(work: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof AdapterError) return { fault: error.message };
    throw error;
  }
}

async function referrersOf(place: ImagePlace, digest: Digest, signal?: AbortSignal): Promise<readonly Placed[]> {
  const lists = await Promise.all(
    place.repositories.map(async (repository) =>
      (await place.source.referrers(repository, digest, signal)).map((referrer) => ({ repository, referrer })),
    ),
  );
  const seen = new Set<Digest>();
  return lists.flat().filter(({ referrer }) => !seen.has(referrer.manifest.digest) && seen.add(referrer.manifest.digest));
}

async function findingsOf(
  deps: JudgeDeps,
  place: ImagePlace,
  digest: Digest,
  referrers: readonly Placed[],
  signal?: AbortSignal,
): Promise<FindingsEvidence> {
  const request = { image: { ...place.key, digest }, referrers };
  const answers = await Promise.all(
    deps.findings.map(async (source): Promise<FindingsEvidence> => {
      const answer = await settle(() => source.findings(request, signal));
      return "fault" in answer ? { kind: "unavailable", why: `${source.id}: ${answer.fault}` } : answer.value;
    }),
  );
  return joinFindings(answers);
}

// Any report counts; of the rest, the answer that leaves most open is given, for a report may still come from there.
const OPENNESS = ["unavailable", "pending", "failed", "stale", "unsupported"] as const;

/** One answer out of several sources' answers. */
function joinFindings(answers: readonly FindingsEvidence[]): FindingsEvidence {
  const reports: ScanReport[] = answers.flatMap((answer) => (answer.kind === "reported" ? answer.reports : []));
  const notes = answers.flatMap((answer) => (answer.kind === "reported" ? (answer.notes ?? []) : []));
  const [first, ...rest] = reports;
  if (first !== undefined) return { kind: "reported", reports: [first, ...rest], ...(notes.length === 0 ? {} : { notes }) };
  for (const kind of OPENNESS) {
    const answer = answers.find((candidate) => candidate.kind === kind);
    if (answer !== undefined) return answer;
  }
  return { kind: "absent" };
}

async function signaturesOf(
  deps: JudgeDeps,
  place: ImagePlace,
  digest: Digest,
  referrers: readonly Placed[],
  now: Instant,
  signal?: AbortSignal,
): Promise<SignatureEvidence> {
  const request = { image: { repository: place.key.repository, digest }, source: place.source, referrers, trust: deps.policy().trust, now };
  const answers = await Promise.all(deps.verifiers.map((verifier) => settle(() => verifier.verify(request, signal))));
  const facts: SignatureFact[] = [];
  for (const answer of answers) {
    if ("fault" in answer) return { kind: "unavailable", why: answer.fault };
    facts.push(...answer.value);
  }
  return { kind: "examined", signatures: facts };
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
  for (const descriptor of index.manifests.filter((child) => !isAttestationChild(child))) {
    const manifest = await readManifest(place, descriptor.digest, signal);
    if (manifest === undefined) missing.push(descriptor.digest);
    else if (isRunnable(manifest))
      children.push(await gather(deps, place, manifest, childSubject(manifest, descriptor.platform, parent), now, signal, depth + 1));
  }
  return { children, missing };
}

function childSubject(manifest: Manifest, platform: Platform | undefined, parent: ImageSubject): ImageSubject {
  return {
    digest: manifest.digest,
    kind: manifest.kind === "index" ? "index" : "image",
    tags: [],
    firstSeenAt: parent.firstSeenAt,
    ...(platform === undefined ? {} : { platform }),
    ...(parent.pushedBy === undefined ? {} : { pushedBy: parent.pushedBy }),
  };
}
