import { type Digest, referrersTag } from "../domain/digest.ts";
import { isTag, type Tag } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { legacyTags } from "./referrer-set.ts";

/** One of the places where what belongs to an image may lie, and what was found there. Several places may name the same thing. */
export interface AskedPlace {
  readonly place: AskedName;
  /** How many manifests it names; `unsupported`: the registry has no such place; `unavailable`: it could not be asked. */
  readonly found: number | "unsupported" | "unavailable";
}

/** `folder`: the manifests of a layout, by the image that they name. */
export type AskedName = { readonly kind: "referrers-api" } | { readonly kind: "folder" } | { readonly kind: "tag"; readonly tag: Tag };

/** How the places answer. */
export interface DiscoveryReads {
  readonly list: Exclude<AskedName, { readonly kind: "tag" }>;
  listed(): Promise<AskedPlace["found"]>;
  resolve(tag: Tag): Promise<Digest | undefined>;
}

/** Asks every place that `collectReferrers` reads. A fault of a place is its answer. */
export async function askPlaces(reads: DiscoveryReads, subject: Digest): Promise<readonly AskedPlace[]> {
  const tags = [referrersTag(subject), ...legacyTags(subject)].filter(isTag);
  return Promise.all([
    answerOf(reads.list, () => reads.listed()),
    ...tags.map(async (tag) =>
      answerOf({ kind: "tag", tag }, async () => {
        const digest = await reads.resolve(tag);
        // GitLab answers the tag `sha256-<hex>` with the manifest of that digest.
        return digest === undefined || digest === subject ? 0 : 1;
      }),
    ),
  ]);
}

async function answerOf(place: AskedName, ask: () => Promise<AskedPlace["found"]>): Promise<AskedPlace> {
  try {
    return { place, found: await ask() };
  } catch (error) {
    if (error instanceof AdapterError) return { place, found: "unavailable" };
    throw error;
  }
}
