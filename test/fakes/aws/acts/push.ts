import { createHash } from "node:crypto";
import { type ManifestFacts, readManifest } from "../../../../functions/local/registry/manifest-reading.ts";
import { Refusal } from "../../../../functions/local/registry/refusal.ts";
import { tellChanged } from "../events/image-events.ts";
import { tellTrail } from "../events/trail-events.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import type { StoredImage } from "../state/image.ts";
import { isImmutable } from "../state/mutability.ts";
import type { RegistryState } from "../state/registry.ts";
import { type RepositoryState, tagsOf } from "../state/repository.ts";
import type { Principal, World } from "../world.ts";
import { repositoryFor } from "./create.ts";
import { keepPast } from "./lag.ts";
import { replicate } from "./replicate.ts";
import { scanPushed } from "./scan.ts";
import { signPushed } from "./sign.ts";

const MOST_TAGS = 1_000;

export interface Push {
  readonly repository: string;
  readonly manifest: string;
  /** Needed where the manifest does not say. */
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
  /** What the pusher takes it for. */
  readonly digest?: string | undefined;
  readonly by: Principal;
  readonly isInternal: boolean;
}

/** @throws AwsRefusal of PutImage */
export function push(world: World, registry: RegistryState, asked: Push): StoredImage {
  const repository = repositoryFor(world, registry, asked.repository, "CREATE_ON_PUSH");
  const facts = readFacts(asked);
  const digest = digestOf(asked.manifest);
  if (asked.digest !== undefined && asked.digest !== digest) {
    throw new AwsRefusal("ImageDigestDoesNotMatchException", `The digest of the manifest is ${digest}, not ${asked.digest}`);
  }
  refuseMissing(registry, repository, facts);
  refuseTag(registry, repository, digest, asked.tag);
  keepPast(world, repository);
  const image = store(world, registry, repository, { asked, facts, digest });
  if (asked.tag !== undefined) repository.tags.set(asked.tag, digest);
  tellChanged(world, registry, { action: "PUSH", repository: repository.name, image, tag: asked.tag });
  tellPutImage(world, registry, asked, image);
  return image;
}

export function digestOf(manifest: string): string {
  return `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
}

function readFacts({ manifest, mediaType }: Push): ManifestFacts {
  try {
    const document: unknown = JSON.parse(manifest);
    const says = typeof document === "object" && document !== null && "mediaType" in document;
    if (!says && mediaType === undefined) throw invalidParameter("imageManifestMediaType", "the manifest does not say it");
    return readManifest(Buffer.from(manifest), mediaType ?? null);
  } catch (error) {
    if (error instanceof Refusal || error instanceof SyntaxError) throw invalidParameter("ImageManifest", error.message);
    throw error;
  }
}

function refuseMissing(registry: RegistryState, repository: RepositoryState, facts: ManifestFacts): void {
  const children = facts.children.filter((digest) => !repository.images.has(digest));
  const place = `the repository with name '${repository.name}' in the registry with id '${registry.account}'`;
  if (children.length > 0) {
    const message = `Images with digests '[${children.join(", ")}]' required for pushing image into ${place} do not exist`;
    throw new AwsRefusal("ReferencedImagesNotFoundException", message);
  }
  const blobs = facts.blobs.filter((digest) => registry.blobs.size(repository.name, digest) === undefined);
  if (blobs.length > 0) {
    throw new AwsRefusal("LayersNotFoundException", `Layers with digests '[${blobs.join(", ")}]' do not exist in ${place}`);
  }
}

/** What is archived is restored, however often it was pushed before. */
function refuseTag(registry: RegistryState, repository: RepositoryState, digest: string, tag: string | undefined): void {
  const isActive = repository.images.get(digest)?.status === "ACTIVE";
  const pointed = tag === undefined ? digest : repository.tags.get(tag);
  const place = `the repository with name '${repository.name}' in registry with id '${registry.account}'`;
  if (isActive && pointed === digest) {
    const named = tag === undefined ? `digest '${digest}'` : `digest '${digest}' and tag '${tag}'`;
    throw new AwsRefusal("ImageAlreadyExistsException", `Image with ${named} already exists in ${place}`);
  }
  if (tag === undefined || pointed === digest) return;
  if (pointed !== undefined && isImmutable(repository.settings, tag)) {
    const message = `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`;
    throw new AwsRefusal("ImageTagAlreadyExistsException", message);
  }
  if (tagsOf(repository, digest).length >= MOST_TAGS) {
    throw new AwsRefusal("LimitExceededException", `An image in ${place} has at most ${MOST_TAGS} tags`);
  }
}

interface Read {
  readonly asked: Push;
  readonly facts: ManifestFacts;
  readonly digest: string;
}

function store(world: World, registry: RegistryState, repository: RepositoryState, { asked, facts, digest }: Read): StoredImage {
  const before = repository.images.get(digest);
  const image = before === undefined ? newImage(world, registry, repository, { asked, facts, digest }) : restored(world, before);
  repository.images.set(digest, image);
  replicate(world, registry, { repository: repository.name, image, tag: asked.tag });
  if (before?.status === "ACTIVE") return image;
  if (before !== undefined) repository.scans.delete(digest);
  scanPushed(world, registry, repository, image, before === undefined ? "push" : "push again");
  if (before === undefined) signPushed(world, registry, repository, image);
  return image;
}

/** A second push does not make it younger. */
function restored(world: World, before: StoredImage): StoredImage {
  if (before.status === "ACTIVE") return before;
  const { looksUntilBack: _, ...kept } = before;
  return { ...kept, status: "ACTIVE", activatedAt: world.now() };
}

function newImage(world: World, registry: RegistryState, repository: RepositoryState, { asked, facts, digest }: Read): StoredImage {
  const { mediaType, blobs, children, subject, artifactType, annotations } = facts;
  const layers = blobs.map((blob) => registry.blobs.size(repository.name, blob) ?? 0);
  return {
    digest,
    manifest: asked.manifest,
    mediaType,
    blobs,
    children,
    status: "ACTIVE",
    pushedAt: world.now(),
    size: layers.reduce((sum, size) => sum + size, asked.manifest.length),
    ...(subject === undefined ? {} : { subject }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** The manifest stands in it twice. */
function tellPutImage(world: World, registry: RegistryState, asked: Push, image: StoredImage): void {
  const { repository, tag, manifest, mediaType, by, isInternal } = asked;
  const tagged = tag === undefined ? {} : { imageTag: tag };
  const request = {
    repositoryName: repository,
    ...tagged,
    imageManifest: manifest,
    ...(mediaType === undefined ? {} : { imageManifestMediaType: mediaType }),
  };
  const imageId = { imageDigest: image.digest, ...tagged };
  const response = { image: { repositoryName: repository, imageManifest: manifest, registryId: registry.account, imageId } };
  tellTrail(world, registry, by, { operation: "PutImage", repository, request, response, isInternal });
}
