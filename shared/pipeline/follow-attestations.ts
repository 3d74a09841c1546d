import type { ImageEvidence, SignatureFact } from "../domain/evidence.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { StoredEvidence } from "../ports/evidence-store.ts";
import type { ImageSource } from "../ports/image-source.ts";
import type { SignatureVerifier } from "../ports/signature-verifier.ts";
import type { GateDeps } from "./deps.ts";
import { allWritten, type FollowDeps, queueImages } from "./queue-images.ts";

type FollowAttestationsDeps = FollowDeps & Pick<GateDeps, "policy" | "verifiers" | "occurrences" | "registries">;

/** Images between two turns of the event loop. */
const AT_ONCE = 25;

/**
 * Queues the images of whose signatures beside the registry something else is to be said than their stored evidence says. `version`: of what is
 * there beside it. Nothing is asked of a registry.
 * @throws AdapterError where not all could be read: nothing is queued then
 */
export async function followAttestations(deps: FollowAttestationsDeps, version: string): Promise<void> {
  const verifiers = deps.verifiers.filter(({ reads }) => reads === "elsewhere");
  const run = await deps.runs.begin("attestations", version, deps.clock.now());
  await allWritten(deps);
  const images: ImageKey[] = [];
  let looked = 0;
  for await (const stored of deps.evidence.entries(deps.clock.now())) {
    const source = deps.registries.get(stored.image.registry)?.registry;
    if (source !== undefined && (await isOther(deps, verifiers, stored, source))) images.push(stored.image);
    looked += 1;
    if (looked % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await queueImages(deps, run, images);
  deps.log.info("Attestations have changed.", { looked, images: images.length });
}

async function isOther(
  deps: FollowAttestationsDeps,
  verifiers: readonly SignatureVerifier[],
  { image, evidence }: StoredEvidence,
  source: ImageSource,
): Promise<boolean> {
  const { policy, occurrences, clock } = deps;
  const asked = { source, referrers: [], trust: policy().trust, now: clock.now(), ...(occurrences === undefined ? {} : { occurrences }) };
  for (const { subject, signatures } of allIn(evidence)) {
    if (signatures.kind !== "examined") return true;
    for (const verifier of verifiers) {
      const facts = await verifier.verify({ ...asked, image: { ...image, digest: subject.digest } });
      const known = signatures.signatures.filter(({ format }) => format === verifier.id);
      if (printed(facts) !== printed(known)) return true;
    }
  }
  return false;
}

function allIn(evidence: ImageEvidence): readonly ImageEvidence[] {
  return [evidence, ...evidence.children.flatMap(allIn)];
}

function printed(facts: readonly SignatureFact[]): string {
  return facts
    .map(({ place, code, identity, key }) => JSON.stringify([place, code, identity, key]))
    .sort()
    .join("\n");
}
