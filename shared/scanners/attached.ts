import type { Digest } from "../domain/digest.ts";
import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import { artifactTypeOf, type Descriptor, type ImageManifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { FindingsRequest, FindingsSource, ReportReader } from "../ports/findings-source.ts";
import type { ImageSource } from "../ports/image-source.ts";
import { answerFrom, MAX_REPORT_BYTES, type TriedReport, tryReport } from "./reading.ts";

export interface AttachedDeps {
  readonly source: (host: RegistryHost) => ImageSource | undefined;
  readonly readers: readonly ReportReader[];
}

// Whoever may push may attach. Beyond this no choice of ours would be the right one, so none is made.
const MAX_REPORTS = 100;

/**
 * Reports that lie beside the image as referrers (`oras attach`). The media type of the layer or the artifact names the reader; a layer that is
 * plain JSON is looked into. Of each scanner the newest counts.
 */
export function attachedReports(deps: AttachedDeps): FindingsSource {
  return {
    id: "attached",
    async findings(request, signal) {
      const layers = candidates(request, deps.readers);
      if (layers.length > MAX_REPORTS)
        return { kind: "failed", why: `${layers.length} reports are attached, at most ${MAX_REPORTS} are read` };
      const source = deps.source(request.image.registry);
      if (source === undefined)
        throw new AdapterError("unsupported", `${request.image.registry} is not among the registries that are watched`);
      const tried: TriedReport[] = [];
      for (const layer of layers) tried.push(await readLayer(source, request.image.digest, layer, deps.readers, signal));
      return answerFrom(tried);
    },
  };
}

interface Candidate {
  readonly repository: Repository;
  readonly manifest: ImageManifest;
  readonly layer: Descriptor;
  readonly named: ReportReader | undefined;
}

function candidates({ referrers }: FindingsRequest, readers: readonly ReportReader[]): readonly Candidate[] {
  return referrers.flatMap(({ repository, referrer: { manifest } }) => {
    if (manifest.kind !== "manifest") return [];
    const ofArtifact = readerFor(readers, artifactTypeOf(manifest));
    return manifest.layers.flatMap((layer) => {
      const named = readerFor(readers, layer.mediaType) ?? ofArtifact;
      return named === undefined && layer.mediaType !== "application/json" ? [] : [{ repository, manifest, layer, named }];
    });
  });
}

function readerFor(readers: readonly ReportReader[], mediaType: string | undefined): ReportReader | undefined {
  const bare = mediaType?.split(";")[0]?.trim().toLowerCase();
  return bare === undefined ? undefined : readers.find((reader) => reader.mediaTypes.includes(bare));
}

async function readLayer(
  source: ImageSource,
  image: Digest,
  candidate: Candidate,
  readers: readonly ReportReader[],
  signal?: AbortSignal,
): Promise<TriedReport> {
  const { repository, manifest, layer, named } = candidate;
  const place = `report ${manifest.digest}`;
  try {
    const bytes = await source.blob(repository, layer, MAX_REPORT_BYTES, signal);
    return tryReport({ image, bytes, digest: layer.digest, origin: "attached", place, batch: manifest.digest, named }, readers);
  } catch (error) {
    // Too large or gone: a fault of this report alone. Any other fault leaves open which report is the newest.
    if (!(error instanceof AdapterError) || (error.code !== "too-large" && error.code !== "not-found")) throw error;
    return named === undefined ? { kind: "other" } : { kind: "failed", why: `${place}: ${error.message}` };
  }
}
