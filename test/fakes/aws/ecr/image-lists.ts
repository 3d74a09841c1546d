import { lookAt } from "../acts/archive.ts";
import { seenContents } from "../acts/lag.ts";
import { type Input, optionalChoice, optionalImageIds, optionalRecord, optionalTexts, record, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { invalidParameter } from "../refusal.ts";
import type { StoredImage } from "../state/image.ts";
import { type Contents, needImage, type RepositoryState } from "../state/repository.ts";
import { seconds } from "../state/seconds.ts";
import { type Answer, type Call, type Operation, placeOf, repositoryOf } from "./call.ts";

const STATUSES = ["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"] as const;

/** Without a word on it, only what is active is shown. */
function hasStatus(filter: Input | undefined, name: string): (image: StoredImage) => boolean {
  const wanted = (filter && optionalChoice(filter, name, STATUSES)) ?? "ACTIVE";
  return ({ status }) => wanted === "ANY" || status === wanted;
}

/** By digest; in ASCII order. */
function tagsByDigest({ tags }: Contents): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>();
  for (const [tag, digest] of [...tags].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const known = grouped.get(digest);
    if (known === undefined) grouped.set(digest, [tag]);
    else known.push(tag);
  }
  return grouped;
}

function hasTagStatus(filter: Input | undefined, tags: ReadonlyMap<string, readonly string[]>): (image: StoredImage) => boolean {
  const wanted = (filter && optionalChoice(filter, "tagStatus", ["TAGGED", "UNTAGGED", "ANY"])) ?? "ANY";
  return ({ digest }) => wanted === "ANY" || tags.has(digest) === (wanted === "TAGGED");
}

const describe: Operation = (call) => {
  const { world, registry, input } = call;
  const repository = repositoryOf(call);
  const contents = seenContents(repository);
  const [tags, filter, ids] = [tagsByDigest(contents), optionalRecord(input, "filter"), optionalImageIds(input)];
  if (ids !== undefined && (input["nextToken"] !== undefined || input["maxResults"] !== undefined)) {
    throw invalidParameter("imageIds", "imageIds cannot be used with nextToken or maxResults");
  }
  // The past does not go on.
  const look = (image: StoredImage): StoredImage => (contents === repository ? lookAt(world, registry, repository, image) : image);
  const isWanted = hasStatus(filter, "imageStatus");
  const all =
    ids === undefined ? [...contents.images.values()] : unique(ids.map((id) => needImage(repository, id, registry.account, contents)));
  const looked = all.map(look);
  const shown = looked.filter(isWanted).filter(hasTagStatus(filter, tags));
  // What a default filter hides is not found, also by its name.
  if (ids !== undefined && shown.length < all.length)
    needImage(repository, ids[0] ?? {}, registry.account, { images: new Map(), tags: new Map() });
  const { items, next } = ids === undefined ? pageOf(input, shown, { most: 1000, usual: 100 }) : { items: shown, next: {} };
  return { imageDetails: items.map((image) => detailOf(call, repository, image, tags.get(image.digest))), ...next };
};

function unique(images: readonly StoredImage[]): readonly StoredImage[] {
  return [...new Map(images.map((image) => [image.digest, image])).values()];
}

/** Of scans it says nothing: the native basic scanning does not fill these members. */
function detailOf(call: Call, repository: RepositoryState, image: StoredImage, tags: readonly string[] | undefined): Answer {
  const { digest, size, pushedAt, mediaType, artifactType, pulledAt, subject, status, archivedAt, activatedAt } = image;
  return {
    ...placeOf(call, repository),
    imageDigest: digest,
    ...(tags === undefined ? {} : { imageTags: tags }),
    imageSizeInBytes: size,
    imagePushedAt: seconds(pushedAt),
    imageManifestMediaType: mediaType,
    ...(artifactType === undefined ? {} : { artifactMediaType: artifactType }),
    ...(pulledAt === undefined ? {} : { lastRecordedPullTime: seconds(pulledAt) }),
    ...(subject === undefined ? {} : { subjectManifestDigest: subject }),
    imageStatus: status,
    ...(archivedAt === undefined ? {} : { lastArchivedAt: seconds(archivedAt) }),
    ...(activatedAt === undefined ? {} : { lastActivatedAt: seconds(activatedAt) }),
  };
}

/** One entry for each tag, and one for what has none. */
const list: Operation = (call) => {
  const repository = repositoryOf(call);
  const [tags, filter] = [tagsByDigest(repository), optionalRecord(call.input, "filter")];
  const shown = [...repository.images.values()].filter(hasStatus(filter, "imageStatus")).filter(hasTagStatus(filter, tags));
  const ids = shown.flatMap(({ digest }): readonly Answer[] => {
    const named = tags.get(digest)?.map((imageTag) => ({ imageDigest: digest, imageTag }));
    return named ?? [{ imageDigest: digest }];
  });
  const { items, next } = pageOf(call.input, ids, { most: 1000, usual: 100 });
  return { imageIds: items, ...next };
};

const listReferrers: Operation = (call) => {
  const repository = repositoryOf(call);
  const filter = optionalRecord(call.input, "filter");
  const subject = text(record(call.input, "subjectId"), "imageDigest");
  const types = filter && optionalTexts(filter, "artifactTypes", 5);
  const all = [...repository.images.values()]
    .filter((image) => image.subject === subject)
    .filter(hasStatus(filter, "artifactStatus"))
    .filter(({ artifactType }) => types === undefined || types.length === 0 || types.includes(artifactType ?? ""));
  const { items, next } = pageOf(call.input, all, { most: 50, usual: 50 });
  return { referrers: items.map(referrerOf), ...next };
};

function referrerOf({ digest, mediaType, artifactType, manifest, annotations, status }: StoredImage): Answer {
  return {
    digest,
    mediaType,
    size: Buffer.byteLength(manifest),
    artifactStatus: status,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

export const IMAGE_LIST_OPERATIONS = { DescribeImages: describe, ListImages: list, ListImageReferrers: listReferrers } as const;
