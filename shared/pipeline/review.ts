import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageRef } from "../domain/image-ref.ts";
import { type AdmissionTerms, answerFor, type Standing } from "../enforcement/admission.ts";
import type { AdmissionAnswer, AskedImage } from "../ports/admission.ts";
import type { GateDeps } from "./deps.ts";

interface ReviewDeps extends Pick<GateDeps, "ledger"> {
  readonly registries: Pick<GateDeps["registries"], "has">;
}

/** What a cluster is told of images that it is about to start. Asks no registry and no scanner: a deployment must not wait for them. */
export async function review(deps: ReviewDeps, asked: readonly AskedImage[], terms: AdmissionTerms): Promise<readonly AdmissionAnswer[]> {
  return Promise.all(asked.map(async ({ image, isRunning }) => answerFor(await standingOf(deps, image), isRunning, terms)));
}

async function standingOf({ ledger, registries }: ReviewDeps, image: ImageRef): Promise<Standing> {
  if (!registries.has(image.registry)) return { kind: "elsewhere" };
  const candidates = (await recordsOf(ledger, image)).filter(({ presence }) => presence === "present");
  const record = candidates.find(({ hold }) => hold.kind === "free") ?? candidates[0];
  return record === undefined ? { kind: "unknown" } : { kind: "known", record };
}

/** A digest outweighs a tag, as it does for whoever pulls. A platform that was never judged by itself was judged with its indexes. */
async function recordsOf(ledger: GateDeps["ledger"], { registry, repository, tag, digest }: ImageRef): Promise<readonly ImageRecord[]> {
  if (digest !== undefined) {
    const record = await ledger.image({ registry, repository, digest });
    return record === undefined ? bestFirst(await ledger.parents({ registry, repository, digest })) : [record];
  }
  if (tag === undefined) return [];
  return (await ledger.images({ registry, repository, tag, limit: 50 })).items;
}

/** An index that complies vouches for what it consists of, whatever other indexes do. */
function bestFirst(parents: readonly ImageRecord[]): readonly ImageRecord[] {
  const isGood = ({ verdict }: ImageRecord) => Number(verdict?.kind === "compliant");
  return parents.toSorted((a, b) => isGood(b) - isGood(a));
}
