import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { VerdictKind } from "../domain/verdict.ts";

/** What was known of an image from `at` on, until the next entry of the same image. */
export interface StoredEvidence {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly at: Instant;
  /** Of the evidence without its times of gathering: equal evidence has one digest and is kept once. */
  readonly digest: Digest;
  readonly evidence: ImageEvidence;
  /** What was decided then, with the keys of the reasons; absent where it was never judged. */
  readonly verdict?: { readonly kind: VerdictKind; readonly reasons: readonly string[] };
}

/** Which facts a search is about. */
export type FactWish =
  /** Vulnerabilities that go by one of these ids. */
  | { readonly kind: "named"; readonly names: readonly string[] }
  /** Whatever holds one of these texts in any of its members, letter by letter, and is one of those asked for. */
  | { readonly kind: "containing"; readonly texts: readonly string[]; readonly isMeant: (fact: unknown) => boolean };

/** The history of what was known. Facts that images share (one vulnerability in one package) are kept once and given back as the same object. */
export interface EvidenceStore {
  /**
   * Equal to the newest entry, verdict and tags included: nothing is written. Many are written fastest by many calls that are awaited together.
   * `version`: of the image's record that it was looked at by. Where another has taken its place nothing is written: more is known than was then.
   */
  put(entry: Omit<StoredEvidence, "digest">, version?: number): Promise<Digest>;
  /** The newest entry of each image that is not after `asOf`, in the order of registry, repository, digest. Images gone by then are left out. */
  entries(asOf: Instant, filter?: { readonly registry?: string; readonly repository?: string }): AsyncIterable<StoredEvidence>;
  /** The newest entry of one image; `undefined` where nothing was ever known of it, or it has left its registry. */
  last(image: ImageKey): Promise<StoredEvidence | undefined>;
  /** The image left its registry. */
  forget(image: ImageKey, at: Instant): Promise<void>;
  /** Images whose newest evidence names one of these vulnerabilities, under any of its ids. */
  imagesWith(vulnerabilities: readonly string[]): Promise<readonly ImageKey[]>;
  /** Every id of the vulnerabilities of the newest evidence that go by this one: itself and its other names. A store may know older ones too. */
  namesOf(vulnerability: string): Promise<readonly string[]>;
  /**
   * The newest entry of each image that is there, in the order of `entries`, with the facts that are wished for and no others: what is read and
   * kept in memory does not grow with what images hold. The rest of the evidence is whole.
   */
  search(wish: FactWish): AsyncIterable<Omit<StoredEvidence, "verdict">>;
}
