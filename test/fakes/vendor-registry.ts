import { type Around, readAnswer, type ServedRegistry, serveRegistry } from "./served-registry.ts";

/**
 * How a product can keep an image from being pulled, with what is known to go wrong there:
 * `lock`: 403 by tag and digest; tags stay listed; what is locked can be neither deleted nor, while it is, read by its owner.
 * `archive`: 404, tags are lost; a child cannot be archived before its index; any push of the bytes brings it back at once; a release takes its time.
 * `restore-window`: a deletion that can be taken back without the tags; an index takes the children with it that nothing else needs, and an image its legacy
 * signature tag; the end of the window is the end of the image.
 * `untag`: tags can be deleted, manifests cannot. `read-only`: nothing can.
 */
export type VendorKind = "lock" | "archive" | "restore-window" | "untag" | "read-only";

export interface VendorOptions {
  readonly kind: VendorKind;
  /** How often a look at an archived image that was let go still says that it is on its way. */
  readonly looksUntilBack?: number;
  readonly around?: Around;
}

export interface VendorRegistry extends ServedRegistry {
  /** What is blocked in a repository, in order. */
  blocked(repository: string): readonly string[];
  /** Restore windows are over: what was deleted is gone for good. */
  endWindows(): void;
}

interface Kept {
  readonly bytes: ArrayBuffer;
  readonly mediaType: string;
}

type Registry = (request: Request) => Promise<Response>;

interface Vendor {
  readonly options: VendorOptions;
  /** By repository and digest; for `restore-window` the bytes. */
  readonly blocked: Map<string, Kept | undefined>;
  readonly returning: Map<string, number>;
}

interface Asked {
  readonly request: Request;
  readonly url: URL;
  readonly repository: string;
  readonly reference: string;
  readonly registry: Registry;
}

const TYPES = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

/** A registry with a mechanism of its own, over real HTTP: `/native/<repository>/<digest>` tells its state, POST of `block` and `unblock` below it changes it. */
export async function serveVendor(options: VendorOptions): Promise<VendorRegistry> {
  const vendor: Vendor = { options, blocked: new Map(), returning: new Map() };
  const product: Around = (request, registry) => answer(vendor, request, registry);
  const around: Around = (request, registry) =>
    options.around === undefined ? product(request, registry) : options.around(request, (asked) => product(asked, registry));
  const served = await serveRegistry({ around });
  const blocked = (repository: string): readonly string[] =>
    [...vendor.blocked.keys(), ...vendor.returning.keys()]
      .filter((key) => key.startsWith(`${repository}@`))
      .map((key) => key.slice(repository.length + 1))
      .sort();
  return {
    ...served,
    blocked,
    endWindows: () => vendor.blocked.clear(),
    async clone(from, to) {
      await served.clone(from, to);
      for (const [key, kept] of vendor.blocked) if (key.startsWith(`${from}@`)) vendor.blocked.set(key.replace(from, to), kept);
    },
  };
}

async function answer(vendor: Vendor, request: Request, registry: Registry): Promise<Response> {
  const url = new URL(request.url);
  const [, repository = "", reference = "", verb] =
    /^\/native\/(.+?)\/(sha\d+:[0-9a-f]+|tags\/[^/]+)(?:\/(block|unblock))?$/.exec(url.pathname) ?? [];
  if (repository !== "") return native(vendor, { request, url, repository, reference, registry }, verb);
  const [, name = "", last = ""] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ?? [];
  const asked: Asked = { request, url, repository: name, reference: decodeURIComponent(last), registry };
  return name === "" ? registry(request) : manifests(vendor, asked);
}

async function native(vendor: Vendor, asked: Asked, verb: string | undefined): Promise<Response> {
  const { reference } = asked;
  if (reference.startsWith("tags/")) {
    const digest = await digestOf(asked, reference.slice("tags/".length));
    return digest === undefined ? refusal(404, "MANIFEST_UNKNOWN") : Response.json({ digest });
  }
  if (verb === undefined) return Response.json({ state: await stateOf(vendor, asked) });
  if (verb === "block") return block(vendor, asked);
  return unblock(vendor, asked);
}

async function stateOf(vendor: Vendor, asked: Asked): Promise<string> {
  const key = keyOf(asked);
  const looks = vendor.returning.get(key);
  if (looks !== undefined && looks > 0) {
    vendor.returning.set(key, looks - 1);
    return "returning";
  }
  vendor.returning.delete(key);
  if (vendor.blocked.has(key)) return "blocked";
  return (await digestOf(asked, asked.reference)) === undefined ? "absent" : "free";
}

async function block(vendor: Vendor, asked: Asked): Promise<Response> {
  const { kind } = vendor.options;
  if ((await digestOf(asked, asked.reference)) === undefined && !vendor.blocked.has(keyOf(asked))) return refusal(404, "MANIFEST_UNKNOWN");
  if (kind === "restore-window") return refusal(405, "UNSUPPORTED");
  if (kind === "archive") {
    const parents = (await openIndexes(vendor, asked)).filter(({ children }) => children.includes(asked.reference));
    if (parents.length > 0) return refusal(409, "REFERENCED");
    for (const tag of await tagsAt(asked, asked.reference)) await send(asked, "DELETE", tag);
  }
  vendor.blocked.set(keyOf(asked), undefined);
  vendor.returning.delete(keyOf(asked));
  return Response.json({});
}

async function unblock(vendor: Vendor, asked: Asked): Promise<Response> {
  const key = keyOf(asked);
  const kept = vendor.blocked.get(key);
  if (vendor.options.kind === "restore-window") {
    if (kept === undefined) return refusal(404, "MANIFEST_UNKNOWN");
    const put = await send(asked, "PUT", asked.reference, kept);
    // An index whose children are not there yet.
    if (put.status !== 201) return refusal(409, "REFERENCED");
  }
  vendor.blocked.delete(key);
  if (vendor.options.kind === "archive") vendor.returning.set(key, vendor.options.looksUntilBack ?? 0);
  return Response.json({});
}

async function manifests(vendor: Vendor, asked: Asked): Promise<Response> {
  const { request, reference, registry } = asked;
  switch (request.method) {
    case "PUT":
      return push(vendor, asked);
    case "DELETE":
      return remove(vendor, asked);
    default: {
      const digest = await digestOf(asked, reference);
      const key = `${asked.repository}@${digest ?? ""}`;
      if (vendor.options.kind === "lock" && vendor.blocked.has(key)) return refusal(403, "DENIED");
      const isAway = vendor.options.kind === "archive" && (vendor.blocked.has(key) || (vendor.returning.get(key) ?? 0) > 0);
      return isAway ? refusal(404, "MANIFEST_UNKNOWN") : registry(request);
    }
  }
}

/** Whoever pushes the bytes of an archived or deleted image has it back. */
async function push(vendor: Vendor, asked: Asked): Promise<Response> {
  const response = await asked.registry(asked.request);
  const key = `${asked.repository}@${response.headers.get("docker-content-digest") ?? ""}`;
  if (response.status === 201 && vendor.options.kind !== "lock") {
    vendor.blocked.delete(key);
    vendor.returning.delete(key);
  }
  return response;
}

async function remove(vendor: Vendor, asked: Asked): Promise<Response> {
  const { request, reference, registry } = asked;
  const { kind } = vendor.options;
  const isDigest = reference.includes(":");
  if (asked.repository.startsWith("quarantine/")) return registry(request);
  if (kind === "restore-window" && isDigest) return removeForNow(vendor, asked);
  if (kind === "read-only" || (kind === "untag" && isDigest)) return refusal(405, "UNSUPPORTED");
  return kind === "lock" && vendor.blocked.has(keyOf(asked)) ? refusal(405, "DENIED") : registry(request);
}

async function removeForNow(vendor: Vendor, asked: Asked): Promise<Response> {
  const { request, reference, registry } = asked;
  await keep(vendor, asked);
  const { children } = await read(asked, reference);
  const response = await registry(request);
  await send(asked, "DELETE", `${reference.replace(":", "-")}.sig`);
  const others = (await openIndexes(vendor, asked)).flatMap((index) => index.children);
  for (const child of children) {
    const isNeeded = others.includes(child) || (await tagsAt(asked, child)).length > 0;
    if (!isNeeded && (await keep(vendor, { ...asked, reference: child }))) await send(asked, "DELETE", child);
  }
  return response;
}

async function keep(vendor: Vendor, asked: Asked): Promise<boolean> {
  const found = await send(asked, "GET", asked.reference);
  if (found.status !== 200) return false;
  vendor.blocked.set(keyOf(asked), { bytes: await found.arrayBuffer(), mediaType: found.headers.get("content-type") ?? "" });
  return true;
}

/** Indexes with a tag that can be pulled, and what they name; lists of referrers are none. */
async function openIndexes(vendor: Vendor, asked: Asked): Promise<readonly { readonly children: readonly string[] }[]> {
  const found: { readonly children: readonly string[] }[] = [];
  for (const tag of await tagList(asked)) {
    const digest = await digestOf(asked, tag);
    if (digest === undefined || tag.startsWith("sha256-") || vendor.blocked.has(`${asked.repository}@${digest}`)) continue;
    found.push(await read(asked, digest));
  }
  return found;
}

async function read(asked: Asked, reference: string): Promise<{ readonly children: readonly string[] }> {
  const found = await send(asked, "GET", reference);
  const { manifests = [] } = found.status === 200 ? ((await found.json()) as { manifests?: readonly { digest: string }[] }) : {};
  return { children: manifests.map(({ digest }) => digest) };
}

async function tagsAt(asked: Asked, digest: string): Promise<readonly string[]> {
  const tags = await tagList(asked);
  const pointed = await Promise.all(tags.map((tag) => digestOf(asked, tag)));
  return tags.filter((_, place) => pointed[place] === digest);
}

async function tagList({ url, repository, registry }: Asked): Promise<readonly string[]> {
  const found = await registry(new Request(`${url.origin}/v2/${repository}/tags/list`));
  return found.status === 200 ? (await readAnswer(found)).tags : [];
}

async function digestOf(asked: Asked, reference: string): Promise<string | undefined> {
  const found = await send(asked, "HEAD", reference);
  return found.status === 200 ? (found.headers.get("docker-content-digest") ?? undefined) : undefined;
}

/** Past the product, to where the bytes are. */
function send({ url, repository, registry }: Asked, method: string, reference: string, body?: Kept): Promise<Response> {
  const headers = body === undefined ? { accept: TYPES } : { "content-type": body.mediaType };
  return registry(
    new Request(`${url.origin}/v2/${repository}/manifests/${reference}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: body.bytes }),
    }),
  );
}

function keyOf({ repository, reference }: Asked): string {
  return `${repository}@${reference}`;
}

function refusal(status: number, code: string): Response {
  return Response.json({ errors: [{ code, message: code }] }, { status, headers: { "docker-distribution-api-version": "registry/2.0" } });
}
