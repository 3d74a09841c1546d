import { type Digest, isDigest } from "../domain/digest.ts";
import { isTag, type Repository, type Tag } from "../domain/image-ref.ts";
import { type Descriptor, isManifestType, type Manifest } from "../domain/manifest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ImageSource } from "../ports/image-source.ts";
import { readJson } from "../runtime/json.ts";
import { checkDigest, checkedContent, checkSize } from "./content.ts";
import { type AskedPlace, askPlaces } from "./discovery.ts";
import { malformed, readDescriptors, readObject } from "./document.ts";
import { blobPath, type Folder, openFolder } from "./folder.ts";
import { collectReferrers, type ReferrerReads } from "./referrer-set.ts";
import { MANIFEST_BYTES, readManifest } from "./schema.ts";

const INDEX_BYTES = 16 * 1024 * 1024;
const MOST_MANIFESTS = 10_000;
const REF_NAME = "org.opencontainers.image.ref.name";

/** One image's folder or many: all of it is one repository, whatever repository is asked for. */
export interface Layout extends ImageSource {
  /** What `index.json` lists, in its order. */
  readonly entries: readonly Descriptor[];
  /** Where `referrers` looks, and what each place names. */
  discovery(repository: Repository, digest: Digest): Promise<readonly AskedPlace[]>;
}

interface Opened {
  readonly folder: Folder;
  readonly entries: readonly Descriptor[];
}

/**
 * Opens an OCI image layout (image-spec 1.1, image-layout.md). `index.json` is read once: a folder is taken as it stands.
 * @throws AdapterError not-found, unsupported, malformed
 */
export async function openLayout(directory: string): Promise<Layout> {
  const folder = await openFolder(directory);
  await checkVersion(folder, directory);
  const index = await folder.read("index.json", INDEX_BYTES);
  if (index === undefined) throw malformed(directory, "has no index.json");
  const place = "index.json";
  const members = readObject(readJson(index, { maxBytes: INDEX_BYTES, maxDepth: 64, place }), place);
  const layout: Opened = { folder, entries: readDescriptors(members["manifests"], `${place}.manifests`) };
  let graph: Promise<Graph> | undefined;
  return {
    entries: layout.entries,
    resolve: (_repository, reference) => resolve(layout, reference),
    manifest: (_repository, digest) => readStored(layout, digest),
    blob: (_repository, descriptor, limit) => readBlob(layout, descriptor, limit),
    blobStream: (_repository, descriptor) =>
      checkedContent(folder.stream(blobPath(descriptor.digest)), descriptor, `blob ${descriptor.digest}`),
    async referrers(_repository, digest) {
      graph ??= walk(layout);
      return collectReferrers(readsOf(layout, await graph, digest), digest);
    },
    async discovery(_repository, digest) {
      graph ??= walk(layout);
      const reads = readsOf(layout, await graph, digest);
      return askPlaces(
        {
          list: { kind: "folder" },
          listed: async () => (await reads.listed()).length,
          resolve: (tag) => resolve(layout, tag),
        },
        digest,
      );
    },
    async *tags() {
      yield* new Set(layout.entries.map(tagOf).filter((tag) => tag !== undefined));
    },
  };
}

/**
 * Tag of an entry: the annotation itself, or what follows the last colon where a tool wrote a whole reference (`ghcr.io/shop/api:1.0`).
 */
export function tagOf({ annotations }: Descriptor): Tag | undefined {
  const name = annotations?.[REF_NAME] ?? "";
  const last = name.slice(name.lastIndexOf("/") + 1);
  const tag = isTag(name) ? name : last.slice(last.indexOf(":") + 1);
  return isTag(tag) && (tag === name || last.includes(":")) ? tag : undefined;
}

async function checkVersion(folder: Folder, directory: string): Promise<void> {
  const bytes = await folder.read("oci-layout", 4_096);
  if (bytes === undefined) throw malformed(directory, "is no OCI image layout, it has no oci-layout file");
  const version = readObject(readJson(bytes, { maxBytes: 4_096, maxDepth: 8, place: "oci-layout" }), "oci-layout")["imageLayoutVersion"];
  if (typeof version !== "string" || !version.startsWith("1."))
    throw new AdapterError("unsupported", `${directory}: its layout version is not 1`);
}

async function resolve(layout: Opened, reference: Tag | Digest): Promise<Digest | undefined> {
  if (isDigest(reference)) return (await readStored(layout, reference))?.digest;
  const named = new Set(layout.entries.filter((entry) => tagOf(entry) === reference).map(({ digest }) => digest));
  if (named.size > 1) throw malformed("index.json", `names ${named.size} manifests ${reference}`);
  return [...named][0];
}

async function readStored(layout: Opened, digest: Digest): Promise<Manifest | undefined> {
  const bytes = await layout.folder.read(blobPath(digest), MANIFEST_BYTES);
  if (bytes === undefined) return undefined;
  const mediaType = layout.entries.find((entry) => entry.digest === digest)?.mediaType;
  return readManifest(bytes, mediaType, digest);
}

async function readBlob({ folder }: Opened, { digest, size }: Pick<Descriptor, "digest" | "size">, limit: number): Promise<Uint8Array> {
  const what = `blob ${digest}`;
  if (size > limit) throw new AdapterError("too-large", `${what}: ${size} bytes, at most ${limit} are read`);
  const bytes = await folder.read(blobPath(digest), limit);
  if (bytes === undefined) throw new AdapterError("not-found", `${what}: not in the folder`);
  checkSize(bytes, size, what);
  checkDigest(bytes, digest, what);
  return bytes;
}

function readsOf(layout: Opened, graph: Graph, subject: Digest): ReferrerReads {
  const referring = [...graph].filter(([, manifest]) => manifest instanceof AdapterError || manifest.subject?.digest === subject);
  return {
    listed: async () => referring.map(([digest]) => digest),
    async byTag(tag) {
      const digest = await resolve(layout, tag);
      return digest === undefined ? undefined : readStored(layout, digest);
    },
    byDigest: (digest) => readStored(layout, digest),
  };
}

/** Every manifest that the folder has, or why it cannot be read: a signature could be in what we cannot read. */
type Graph = ReadonlyMap<Digest, Manifest | AdapterError>;

async function walk(layout: Opened): Promise<Graph> {
  const graph = new Map<Digest, Manifest | AdapterError>();
  const open = layout.entries.map(({ digest }) => digest);
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (graph.has(digest)) continue;
    if (graph.size === MOST_MANIFESTS) throw new AdapterError("too-large", `index.json: leads to more than ${MOST_MANIFESTS} manifests`);
    const manifest = await readForGraph(layout, digest);
    if (manifest === undefined) continue;
    graph.set(digest, manifest);
    if ("manifests" in manifest)
      open.push(...manifest.manifests.filter(({ mediaType }) => isManifestType(mediaType)).map((child) => child.digest));
  }
  return graph;
}

async function readForGraph(layout: Opened, digest: Digest): Promise<Manifest | AdapterError | undefined> {
  try {
    return await readStored(layout, digest);
  } catch (error) {
    if (error instanceof AdapterError && (error.code === "malformed" || error.code === "unsupported" || error.code === "too-large"))
      return error;
    throw error;
  }
}
