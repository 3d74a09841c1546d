import type { Digest } from "../../shared/domain/digest.ts";
import {
  type ImageKey,
  type ImageRef,
  parseImageRef,
  parseRegistryHost,
  parseRepository,
  printImageRef,
  type RegistryHost,
  type RepositoryKey,
  type Tag,
} from "../../shared/domain/image-ref.ts";
import { isRunnable, type Manifest } from "../../shared/domain/manifest.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import { dockerCredentials } from "../../shared/oci/credentials.ts";
import type { AskedPlace } from "../../shared/oci/discovery.ts";
import { type Layout, openLayout } from "../../shared/oci/layout.ts";
import { isSourceRef, parseSourceRef, resolveInLayout } from "../../shared/oci/source-ref.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ImageSource } from "../../shared/ports/image-source.ts";
import { dockerConfigFile, readEnvironment } from "../../shared/runtime/config.ts";
import { isLoopback } from "../../shared/runtime/url.ts";
import { usageError } from "./fault.ts";

/** An image that is there, and the name that the policy's selectors see. */
export interface OpenedImage {
  readonly source: ImageSource;
  readonly key: ImageKey;
  readonly tags: readonly Tag[];
  readonly manifest: Manifest;
  /** Its name where it lies, which is another than `key` where it is judged as something else. */
  readonly lies: RepositoryKey;
}

export interface ListedImage extends OpenedImage {
  /** Where it is looked for what belongs to the image, and what each place names. */
  readonly discovery: () => Promise<readonly AskedPlace[]>;
}

/** Where the images of a registry are read. */
export type Reach<Source extends ImageSource = ImageSource> = (host: RegistryHost) => Promise<Source>;

// An image in a folder has no name of its own; a policy that selects by name asks nothing of it.
const NAMELESS: ImageRef = { registry: parseRegistryHost("localhost"), repository: parseRepository("layout") };

/**
 * @param as Name that the policy judges the image under; its own where it is absent.
 * @throws ParseError, AdapterError, CliError
 */
export async function openImage(text: string, as: string | undefined, reach: Reach = asDocker): Promise<OpenedImage> {
  return named(text, as, await find(text, reach));
}

/** As `openImage`, and tells where it looked. */
export async function openListed(text: string, as: string | undefined): Promise<ListedImage> {
  const found = await find(text, asDocker);
  return { ...(await named(text, as, found)), discovery: () => found.source.discovery(found.name.repository, found.digest) };
}

interface Found<Source extends ImageSource> {
  readonly source: Source;
  readonly name: ImageRef;
  readonly digest: Digest;
}

async function named(text: string, as: string | undefined, found: Found<ImageSource>): Promise<OpenedImage> {
  const { registry, repository } = found.name;
  const name = as === undefined ? found.name : parseImageRef(as, "--as");
  const manifest = await found.source.manifest(repository, found.digest);
  if (manifest === undefined) throw notFound(text);
  if (!isRunnable(manifest))
    throw usageError(
      `Could not judge ${text}`,
      "it is attached to an image (a signature, a report) and is none itself",
      "check the image that it belongs to",
    );
  return {
    source: as === undefined ? found.source : renamed(found.source, found.name),
    key: { registry: name.registry, repository: name.repository, digest: found.digest },
    tags: name.tag === undefined ? [] : [name.tag],
    manifest,
    lies: { registry, repository },
  };
}

function find<Source extends ImageSource>(text: string, reach: Reach<Source>): Promise<Found<Source | Layout>> {
  return isSourceRef(text) ? inFolder(text) : inRegistry(parseImageRef(text, "image"), reach);
}

async function inFolder(text: string): Promise<Found<Layout>> {
  const ref = parseSourceRef(text, "image");
  const layout = await openLayout(ref.dir);
  return { source: layout, name: NAMELESS, digest: await resolveInLayout(layout, ref) };
}

async function inRegistry<Source extends ImageSource>(ref: ImageRef, reach: Reach<Source>): Promise<Found<Source>> {
  const reference = ref.digest ?? ref.tag;
  if (reference === undefined)
    throw usageError(`Could not judge ${printImageRef(ref)}`, "it names neither a tag nor a digest", `write ${printImageRef(ref)}:TAG`);
  const source = await reach(ref.registry);
  const digest = await source.resolve(ref.repository, reference);
  if (digest === undefined) throw notFound(printImageRef(ref));
  return { source, name: ref, digest };
}

/** As `docker login` has it. */
const asDocker: Reach<RegistryClient> = async (host) =>
  openClient({
    host,
    plainHttp: isLoopback(new URL(`http://${host}`).hostname),
    credentials: dockerCredentials(dockerConfigFile(readEnvironment()), host),
  });

function notFound(text: string): AdapterError {
  return new AdapterError("not-found", `${text} is not there`, {
    mend: "check the name; a held image is not served, ask the gate with `moorgate explain`",
  });
}

/** Reads from where the image lies, whatever it is called. */
function renamed(source: ImageSource, { repository }: ImageRef): ImageSource {
  return {
    resolve: (_, reference, signal) => source.resolve(repository, reference, signal),
    manifest: (_, digest, signal) => source.manifest(repository, digest, signal),
    blob: (_, descriptor, limit, signal) => source.blob(repository, descriptor, limit, signal),
    blobStream: (_, descriptor, signal) => source.blobStream(repository, descriptor, signal),
    referrers: (_, digest, signal) => source.referrers(repository, digest, signal),
    tags: (_, signal) => source.tags(repository, signal),
  };
}
