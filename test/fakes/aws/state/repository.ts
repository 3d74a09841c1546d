import { AwsRefusal } from "../refusal.ts";
import type { ImageId, StoredImage } from "./image.ts";
import type { Cluster, Scan } from "./scan.ts";

export type Mutability = "MUTABLE" | "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION" | "MUTABLE_WITH_EXCLUSION";

export interface ExclusionFilter {
  readonly filterType: string;
  readonly filter: string;
}

export interface RepositorySettings {
  readonly imageTagMutability: Mutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[];
  readonly scanOnPush: boolean;
  readonly encryptionConfiguration: { readonly encryptionType: string; readonly kmsKey?: string };
}

export interface Signing {
  readonly signingProfileArn: string;
  readonly status: "IN_PROGRESS" | "COMPLETE" | "FAILED";
  readonly failureCode?: string;
  readonly failureReason?: string;
}

export interface Preview {
  readonly text: string;
  /** How often it is still in progress for whoever asks. */
  looks: number;
}

export interface Contents {
  readonly images: Map<string, StoredImage>;
  /** Tag -> digest. */
  readonly tags: Map<string, string>;
}

export interface RepositoryState extends Contents {
  readonly name: string;
  readonly createdAt: number;
  settings: RepositorySettings;
  policyText?: string | undefined;
  lifecycle?: { readonly text: string; readonly evaluatedAt: number } | undefined;
  preview?: Preview;
  readonly scans: Map<string, Scan>;
  readonly signings: Map<string, readonly Signing[]>;
  readonly clusters: Map<string, readonly Cluster[]>;
  /** What DescribeImages still shows after a change. */
  past?: { readonly contents: Contents; looks: number } | undefined;
}

export function newRepository(name: string, createdAt: number, settings: RepositorySettings): RepositoryState {
  return {
    name,
    createdAt,
    settings,
    images: new Map(),
    tags: new Map(),
    scans: new Map(),
    signings: new Map(),
    clusters: new Map(),
  };
}

/** In ASCII order. */
export function tagsOf({ tags }: Contents, digest: string): readonly string[] {
  // With a loop, for there are repositories of tens of thousands.
  const found: string[] = [];
  for (const [tag, named] of tags) if (named === digest) found.push(tag);
  return found.toSorted();
}

/** The image that an id names; a tag and a digest that do not belong together name none. */
export function findImage({ images, tags }: Contents, { imageDigest, imageTag }: ImageId): StoredImage | undefined {
  const tagged = imageTag === undefined ? imageDigest : tags.get(imageTag);
  if (tagged === undefined || (imageDigest !== undefined && tagged !== imageDigest)) return undefined;
  return images.get(tagged);
}

/** @throws AwsRefusal ImageNotFoundException */
export function needImage(repository: RepositoryState, id: ImageId, account: string, contents: Contents = repository): StoredImage {
  const image = findImage(contents, id);
  if (image !== undefined) return image;
  const asked = `{imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'}`;
  const place = `the repository with name '${repository.name}' in the registry with id '${account}'`;
  throw new AwsRefusal("ImageNotFoundException", `The image with imageId ${asked} does not exist within ${place}`);
}

/** Indexes that name it. */
export function parentsOf({ images }: Contents, digest: string): readonly StoredImage[] {
  const found: StoredImage[] = [];
  for (const image of images.values()) if (image.children.includes(digest)) found.push(image);
  return found;
}
