import type { Digest } from "../domain/digest.ts";
import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import { artifactTypeOf, type Descriptor, type ImageManifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { FindingsRequest, FindingsSource, ReportReader } from "../ports/findings-source.ts";
import type { ImageSource } from "../ports/image-source.ts";
import { answerFrom } from "./answer.ts";
import { SIGN_PREDICATE } from "./envelope.ts";
import { type FoundContent, fault, MAX_REPORT_BYTES, MAX_WHOLE_BYTES, prune, type TriedReport, tryReport } from "./reading.ts";

export interface AttachedDeps {
  readonly source: (host: RegistryHost) => ImageSource | undefined;
  /** Asked for where there is something to read. */
  readonly readers: () => Promise<readonly ReportReader[]>;
}

// Whoever may push may attach. Beyond this no choice of ours would be the right one, so none is made.
const MAX_REPORTS = 100;
const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * Documents that lie beside the image as referrers (`oras attach`). The media type of the layer or the artifact names the reader; a layer that is
 * plain JSON is looked into. Of each scanner the newest counts.
 */
export function attachedReports(deps: AttachedDeps): FindingsSource {
  return {
    id: "attached",
    async facts(request, signal) {
      const readers = request.referrers.length === 0 ? [] : await deps.readers();
      const layers = candidates(request, readers);
      const excess = excessOf(layers);
      if (excess !== undefined) return answerFrom([{ kind: "failed", why: excess, tells: ["report", "inventory"] }]);
      const source = deps.source(request.image.registry);
      if (source === undefined)
        throw new AdapterError("unsupported", `${request.image.registry} is not among the registries that are watched`);
      const tried: TriedReport[] = [];
      for (const layer of layers) tried.push(await readLayer(source, request.image.digest, layer, readers, signal));
      return answerFrom(tried);
    },
  };
}

function excessOf(layers: readonly Candidate[]): string | undefined {
  const bytes = layers.reduce((sum, { layer }) => sum + layer.size, 0);
  if (layers.length > MAX_REPORTS) return `${layers.length} documents are attached, at most ${MAX_REPORTS} are read`;
  return bytes > MAX_BYTES ? `documents of ${bytes} bytes together are attached, at most ${MAX_BYTES} are read` : undefined;
}

interface Candidate {
  readonly repository: Repository;
  readonly manifest: ImageManifest;
  readonly layer: Descriptor;
  readonly named: ReportReader | undefined;
}

function candidates({ referrers }: FindingsRequest, readers: readonly ReportReader[]): readonly Candidate[] {
  return referrers.flatMap(({ repository, referrer: { manifest } }) => {
    if (manifest.kind !== "manifest" || isSignature(manifest)) return [];
    const ofArtifact = readerFor(readers, artifactTypeOf(manifest));
    return manifest.layers.flatMap((layer) => {
      const named = readerFor(readers, layer.mediaType) ?? ofArtifact;
      return named === undefined && !isLookedInto(layer.mediaType) ? [] : [{ repository, manifest, layer, named }];
    });
  });
}

// Plain JSON, and the envelopes of in-toto statements; what they hold is seen when they are read.
const LOOKED_INTO = /^application\/(json|vnd\.in-toto\+json|vnd\.dsse\.envelope\.v1\+json|vnd\.dev\.sigstore\.bundle(\.v0\.\d+)?\+json)$/;

function isLookedInto(mediaType: string): boolean {
  return LOOKED_INTO.test(bareType(mediaType));
}

/** A bundle that its own annotations call a signature holds no document; the verifier reads it. */
function isSignature({ annotations }: ImageManifest): boolean {
  return (
    annotations["dev.sigstore.bundle.predicateType"] === SIGN_PREDICATE ||
    annotations["dev.sigstore.bundle.content"] === "message-signature"
  );
}

function bareType(mediaType: string): string {
  return mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
}

function readerFor(readers: readonly ReportReader[], mediaType: string | undefined): ReportReader | undefined {
  const bare = bareType(mediaType ?? "");
  return readers.find((reader) => reader.mediaTypes.includes(bare));
}

const OF_THE_REPORT: readonly string[] = ["too-large", "not-found", "malformed"];

async function readContent(
  source: ImageSource,
  { repository, layer }: Candidate,
  readers: readonly ReportReader[],
  place: string,
  signal?: AbortSignal,
): Promise<FoundContent> {
  if (layer.size > MAX_REPORT_BYTES)
    throw new AdapterError("too-large", `${place}: ${layer.size} bytes, at most ${MAX_REPORT_BYTES} are read`);
  if (layer.size > MAX_WHOLE_BYTES) return prune(source.blobStream(repository, layer, signal), readers, place);
  return { kind: "bytes", bytes: await source.blob(repository, layer, MAX_WHOLE_BYTES, signal) };
}

async function readLayer(
  source: ImageSource,
  image: Digest,
  candidate: Candidate,
  readers: readonly ReportReader[],
  signal?: AbortSignal,
): Promise<TriedReport> {
  const { manifest, layer, named } = candidate;
  const place = `report ${manifest.digest}`;
  try {
    const content = await readContent(source, candidate, readers, place, signal);
    return tryReport({ image, content, digest: layer.digest, origin: "attached", place, batch: manifest.digest, named }, readers);
  } catch (error) {
    // Too large, gone or no JSON: a fault of this report alone. Any other fault leaves open which report is the newest.
    if (!(error instanceof AdapterError) || !OF_THE_REPORT.includes(error.code)) throw error;
    return fault({ named }, `${place}: ${error.message}`);
  }
}
