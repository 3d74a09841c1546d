import { createHash, randomUUID } from "node:crypto";
import { isIndexType, isManifestType, OCI_INDEX } from "../../shared/domain/manifest.ts";

/** How one registry differs from the next. */
export interface Dialect {
  readonly name: string;
  readonly hasReferrersApi: boolean;
  readonly mountsBlobs: boolean;
  /** Refuses to delete a manifest that a tagged index names (zot). */
  readonly keepsChildren: boolean;
  readonly deletesTags: boolean;
}

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly blobs: readonly string[];
  readonly children: readonly string[];
  readonly subject?: string;
  readonly artifactType?: string;
}

/** One repository. */
export interface Shelf {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, StoredManifest>;
  readonly blobs: Map<string, Uint8Array>;
}

/** What it would tell of a change. */
export interface Happening {
  readonly action: "push" | "delete";
  readonly repository: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly mediaType?: string;
  readonly actor: string;
}

export interface ManifestBytes {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/**
 * A registry in memory and without sockets, strict about what it takes: digests, contents that have to be there, media types. Made for many
 * short lives; a test reads its shelves directly.
 */
export interface MemoryRegistry {
  readonly dialect: Dialect;
  readonly shelves: ReadonlyMap<string, Shelf>;
  /** Everything over HTTP is done in this name. */
  readonly answer: (url: URL, init: RequestInit | undefined) => Promise<Response>;
  putBlob(repository: string, bytes: Uint8Array): string;
  /** @returns the status that a pusher gets */
  put(repository: string, reference: string, manifest: ManifestBytes, actor: string): number;
  /** @returns the status that whoever deletes gets */
  remove(repository: string, reference: string, actor: string): number;
  find(repository: string, reference: string): StoredManifest | undefined;
}

export const GATE_ACTOR = "moorgate";
const MARK = { "docker-distribution-api-version": "registry/2.0" };

export function openMemoryRegistry(dialect: Dialect, tell: (happening: Happening) => void): MemoryRegistry {
  const shelves = new Map<string, Shelf>();
  const registry: MemoryRegistry = {
    dialect,
    shelves,
    answer: (url, init) => answer(registry, url, init),
    putBlob(repository, bytes) {
      const digest = digestOf(bytes);
      shelfOf(shelves, repository).blobs.set(digest, bytes);
      return digest;
    },
    put(repository, reference, { mediaType, bytes }, actor) {
      const shelf = shelfOf(shelves, repository);
      const manifest = readManifest(bytes, mediaType);
      if (manifest === undefined || (isDigestText(reference) && reference !== manifest.digest)) return 400;
      const isMissing = (digest: string): boolean => !shelf.manifests.has(digest) && !shelf.blobs.has(digest);
      if (manifest.blobs.some((digest) => !shelf.blobs.has(digest)) || manifest.children.some(isMissing)) return 404;
      shelf.manifests.set(manifest.digest, manifest);
      const { digest } = manifest;
      if (!isDigestText(reference)) shelf.tags.set(reference, digest);
      tell({ action: "push", repository, digest, mediaType, actor, ...(isDigestText(reference) ? {} : { tag: reference }) });
      return 201;
    },
    remove(repository, reference, actor) {
      const shelf = shelves.get(repository);
      if (shelf === undefined) return 404;
      const status = isDigestText(reference) ? removeManifest(shelf, reference, dialect) : removeTag(shelf, reference, dialect);
      const named = isDigestText(reference) ? { digest: reference } : { tag: reference };
      if (status === 202) tell({ action: "delete", repository, ...named, actor });
      return status;
    },
    find(repository, reference) {
      const shelf = shelves.get(repository);
      const digest = isDigestText(reference) ? reference : shelf?.tags.get(reference);
      return digest === undefined ? undefined : shelf?.manifests.get(digest);
    },
  };
  return registry;
}

function shelfOf(shelves: Map<string, Shelf>, repository: string): Shelf {
  const shelf = shelves.get(repository) ?? { tags: new Map(), manifests: new Map(), blobs: new Map() };
  shelves.set(repository, shelf);
  return shelf;
}

function removeManifest(shelf: Shelf, digest: string, { keepsChildren }: Dialect): number {
  if (!shelf.manifests.has(digest)) return 404;
  const tagged = [...shelf.tags].filter(([tag]) => !/^sha256-[0-9a-f]{64}$/.test(tag)).map(([, named]) => shelf.manifests.get(named));
  if (keepsChildren && tagged.some((index) => index?.digest !== digest && index?.children.includes(digest) === true)) return 405;
  shelf.manifests.delete(digest);
  for (const [tag, named] of shelf.tags) if (named === digest) shelf.tags.delete(tag);
  return 202;
}

function removeTag(shelf: Shelf, tag: string, { deletesTags }: Dialect): number {
  if (!deletesTags) return 400;
  return shelf.tags.delete(tag) ? 202 : 404;
}

async function answer(registry: MemoryRegistry, url: URL, init: RequestInit | undefined): Promise<Response> {
  const path = url.pathname;
  const call: Call = { registry, url, method: init?.method ?? "GET", init };
  if (path === "/v2/_catalog") return list("repositories", withManifests(registry), url);
  const [, repository = "", kind = "", rest = ""] = /^\/v2\/(.+?)\/(manifests|blobs|referrers|tags)\/(.+)$/.exec(path) ?? [];
  const answerKind = KINDS[kind];
  if (answerKind !== undefined) return answerKind(call, repository, rest);
  return path === "/v2/" ? Response.json({}, { headers: MARK }) : refusal(404, "UNSUPPORTED");
}

interface Call {
  readonly registry: MemoryRegistry;
  readonly url: URL;
  readonly method: string;
  readonly init: RequestInit | undefined;
}

const KINDS: Readonly<Record<string, (call: Call, repository: string, rest: string) => Promise<Response>>> = {
  manifests: answerManifest,
  blobs: answerBlob,
  referrers: async ({ registry }, repository, rest) => answerReferrers(registry, repository, rest),
  tags: async ({ registry, url }, repository) => answerTags(registry, repository, url),
};

function withManifests({ shelves }: MemoryRegistry): readonly string[] {
  return [...shelves].flatMap(([name, { manifests }]) => (manifests.size > 0 ? [name] : []));
}

async function answerManifest(call: Call, repository: string, reference: string): Promise<Response> {
  const { registry, method } = call;
  if (method === "PUT") return takeManifest(call, repository, reference);
  if (method === "DELETE") {
    const status = registry.remove(repository, reference, GATE_ACTOR);
    return status === 202 ? done(202) : refusal(status, status === 404 ? "MANIFEST_UNKNOWN" : "UNSUPPORTED");
  }
  const found = registry.find(repository, reference);
  if (found === undefined) return method === "HEAD" ? done(404) : refusal(404, "MANIFEST_UNKNOWN");
  return content(method, found.bytes, { "content-type": found.mediaType, "docker-content-digest": found.digest });
}

async function takeManifest({ registry, init }: Call, repository: string, reference: string): Promise<Response> {
  const mediaType = new Headers(init?.headers).get("content-type") ?? "";
  const bytes = await bytesOf(init?.body);
  const status = registry.put(repository, reference, { mediaType, bytes }, GATE_ACTOR);
  if (status !== 201) return refusal(status, "MANIFEST_INVALID");
  const subject = registry.dialect.hasReferrersApi ? readManifest(bytes, mediaType)?.subject : undefined;
  return done(201, { "docker-content-digest": digestOf(bytes), ...(subject === undefined ? {} : { "oci-subject": subject }) });
}

async function answerBlob({ registry, url, method, init }: Call, repository: string, rest: string): Promise<Response> {
  const isUpload = rest.startsWith("uploads/");
  if (isUpload && method === "POST") return startUpload(registry, repository, url);
  if (isUpload && method === "DELETE") return done(204);
  if (isUpload) {
    const bytes = await bytesOf(init?.body);
    if (digestOf(bytes) !== url.searchParams.get("digest")) return refusal(400, "DIGEST_INVALID");
    registry.putBlob(repository, bytes);
    return done(201);
  }
  const bytes = registry.shelves.get(repository)?.blobs.get(rest);
  if (bytes === undefined) return method === "HEAD" ? done(404) : refusal(404, "BLOB_UNKNOWN");
  return content(method, bytes, { "content-type": "application/octet-stream" });
}

function content(method: string, bytes: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  const all = { ...headers, "content-length": String(bytes.length), ...MARK };
  return new Response(method === "HEAD" ? null : new Uint8Array(bytes), { headers: all });
}

function startUpload(registry: MemoryRegistry, repository: string, { searchParams }: URL): Response {
  const [digest, from] = [searchParams.get("mount") ?? "", searchParams.get("from") ?? ""];
  const bytes = registry.dialect.mountsBlobs ? registry.shelves.get(from)?.blobs.get(digest) : undefined;
  if (bytes === undefined) return done(202, { location: `/v2/${repository}/blobs/uploads/${randomUUID()}` });
  registry.putBlob(repository, bytes);
  return done(201);
}

function answerReferrers({ dialect, shelves }: MemoryRegistry, repository: string, subject: string): Response {
  if (!dialect.hasReferrersApi)
    return new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain", ...MARK } });
  const all = [...(shelves.get(repository)?.manifests.values() ?? [])].filter((manifest) => manifest.subject === subject);
  const manifests = all.map(({ mediaType, digest, bytes, artifactType }) => ({ mediaType, digest, size: bytes.length, artifactType }));
  return new Response(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), {
    headers: { "content-type": OCI_INDEX, ...MARK },
  });
}

function answerTags({ shelves }: MemoryRegistry, repository: string, url: URL): Response {
  const shelf = shelves.get(repository);
  return shelf === undefined ? refusal(404, "NAME_UNKNOWN") : list("tags", [...shelf.tags.keys()], url);
}

function list(member: string, items: readonly string[], url: URL): Response {
  const most = Number(url.searchParams.get("n") ?? "1000");
  const last = url.searchParams.get("last") ?? "";
  const rest = items.filter((item) => item > last).toSorted();
  const page = rest.slice(0, most);
  const next = `<${url.pathname}?n=${most}&last=${encodeURIComponent(page.at(-1) ?? "")}>; rel="next"`;
  return Response.json({ [member]: page }, { headers: { ...MARK, ...(page.length < rest.length ? { link: next } : {}) } });
}

function done(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...MARK, ...headers } });
}

function refusal(status: number, code: string): Response {
  return Response.json({ errors: [{ code }] }, { status, headers: MARK });
}

async function bytesOf(body: RequestInit["body"] | undefined): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return new Uint8Array(await new Response(body ?? null).arrayBuffer());
}

interface Named {
  readonly digest: string;
  readonly mediaType?: string;
}

interface Document {
  readonly schemaVersion: number;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: Named;
  readonly layers?: readonly Named[];
  readonly manifests?: readonly Named[];
  readonly subject?: Named;
}

/** `undefined`: no registry takes it. */
function readManifest(bytes: Uint8Array, mediaType: string): StoredManifest | undefined {
  const document = JSON.parse(Buffer.from(bytes).toString("utf8")) as Document;
  if (!isTaken(document, mediaType)) return undefined;
  const { config, layers = [], manifests = [], subject } = document;
  const artifactType = document.artifactType ?? config?.mediaType;
  return {
    digest: digestOf(bytes),
    mediaType,
    bytes,
    blobs: config === undefined ? [] : [config, ...layers].map(({ digest }) => digest),
    children: manifests.map(({ digest }) => digest),
    ...(subject === undefined ? {} : { subject: subject.digest }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function isTaken(document: Document, stated: string): boolean {
  const isWhole = isIndexType(stated) === (document.config === undefined);
  return document.schemaVersion === 2 && isManifestType(stated) && (document.mediaType ?? stated) === stated && isWhole;
}

function isDigestText(reference: string): boolean {
  return reference.startsWith("sha256:");
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
