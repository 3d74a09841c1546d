import { type Digest, referrersTag } from "../domain/digest.ts";
import { isTag, type Tag } from "../domain/image-ref.ts";
import { legacyTags } from "./referrer-set.ts";

/** One of the places where what belongs to an image may lie, and what was found there. Several places may name the same thing. */
export interface AskedPlace {
  readonly place: AskedName;
  /** How many manifests it names; `unsupported`: the registry has no such place. */
  readonly found: number | "unsupported";
}

/** `folder`: the manifests of a layout, by the image that they name. */
export type AskedName = { readonly kind: "referrers-api" } | { readonly kind: "folder" } | { readonly kind: "tag"; readonly tag: Tag };

/** How the places answer. */
export interface DiscoveryReads {
  listed(): Promise<AskedPlace>;
  resolve(tag: Tag): Promise<Digest | undefined>;
}

/** Asks every place that `collectReferrers` reads. @throws AdapterError */
export async function askPlaces(reads: DiscoveryReads, subject: Digest): Promise<readonly AskedPlace[]> {
  const tags = [referrersTag(subject), ...legacyTags(subject)].filter(isTag);
  return Promise.all([
    reads.listed(),
    ...tags.map(async (tag): Promise<AskedPlace> => {
      const digest = await reads.resolve(tag);
      // GitLab answers the tag `sha256-<hex>` with the manifest of that digest.
      return { place: { kind: "tag", tag }, found: digest === undefined || digest === subject ? 0 : 1 };
    }),
  ]);
}
