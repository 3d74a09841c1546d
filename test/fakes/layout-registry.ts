import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import * as z from "zod";
import { type Digest, hexOf, isDigest } from "../../shared/domain/digest.ts";
import { type Loopback, onLoopback } from "./loopback.ts";

export interface LayoutRegistrySettings {
  /** Folder of an OCI image layout; what is damaged in it is served as it lies. */
  readonly dir: string;
  /** `computed` from the subjects of its manifests, a body to answer with, or `none`: the registry has no such API. */
  readonly referrers: "computed" | "none" | { readonly answer: string };
}

const DESCRIPTOR = z.looseObject({
  mediaType: z.string().optional(),
  digest: z.string().refine(isDigest),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).optional(),
});
type Entry = z.output<typeof DESCRIPTOR>;
const INDEX = z.object({ manifests: z.array(DESCRIPTOR).nullish() });
const LINKS = z.looseObject({ mediaType: z.string().optional(), subject: z.object({ digest: z.string() }).nullish() });
const TAG = "org.opencontainers.image.ref.name";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

interface Layout extends LayoutRegistrySettings {
  readonly listed: readonly Entry[];
}

/** Serves one OCI image layout as a read-only registry over real HTTP; every repository name leads to it. */
export async function serveLayout(settings: LayoutRegistrySettings): Promise<Loopback> {
  const layout: Layout = { ...settings, listed: await listManifests(settings.dir) };
  const fetch = (request: Request) => answer(layout, new URL(request.url).pathname);
  return onLoopback(createAdaptorServer({ fetch, overrideGlobalObjects: false }));
}

async function answer(layout: Layout, path: string): Promise<Response> {
  const [, what, last = ""] = /\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? [];
  switch (what) {
    case "manifests":
      return manifest(layout, last);
    case "blobs":
      return found(await readBlob(layout.dir, last), "application/octet-stream", "BLOB_UNKNOWN");
    case "referrers":
      return referrers(layout, last);
    default:
      return Response.json({});
  }
}

async function manifest({ dir, listed }: Layout, reference: string): Promise<Response> {
  const entry = listed.find(({ digest, annotations }) => digest === reference || annotations?.[TAG] === reference);
  const bytes = entry === undefined ? undefined : await readBlob(dir, entry.digest);
  return found(bytes, entry?.mediaType ?? "application/vnd.oci.image.manifest.v1+json", "MANIFEST_UNKNOWN", entry?.digest);
}

async function referrers(layout: Layout, subject: string): Promise<Response> {
  if (layout.referrers === "none") return refusal("NOT_FOUND");
  const headers = { "content-type": OCI_INDEX };
  if (layout.referrers !== "computed") return new Response(layout.referrers.answer, { headers });
  const manifests: Entry[] = [];
  for (const entry of layout.listed) {
    const links = LINKS.safeParse(parse(await readBlob(layout.dir, entry.digest)));
    if (links.data?.subject?.digest === subject) manifests.push(entry);
  }
  return new Response(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), { headers });
}

/** The manifests of `index.json` and, in turn, of the indexes among them. */
async function listManifests(dir: string): Promise<readonly Entry[]> {
  const listed = new Map<string, Entry>();
  const open: (Uint8Array | undefined)[] = [await readFile(join(dir, "index.json"))];
  for (let bytes = open.pop(); bytes !== undefined || open.length > 0; bytes = open.pop()) {
    for (const entry of INDEX.safeParse(parse(bytes)).data?.manifests ?? []) {
      if (!listed.has(entry.digest) || entry.annotations?.[TAG] !== undefined)
        listed.set(`${entry.digest} ${entry.annotations?.[TAG] ?? ""}`, entry);
      open.push(await readBlob(dir, entry.digest));
    }
  }
  return [...listed.values()];
}

async function readBlob(dir: string, digest: string): Promise<Uint8Array | undefined> {
  if (!isDigest(digest)) return undefined;
  return readFile(join(dir, "blobs", folderOf(digest), hexOf(digest))).catch(() => undefined);
}

function folderOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

function parse(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(bytes ?? []).toString());
  } catch {
    return undefined;
  }
}

function found(bytes: Uint8Array | undefined, mediaType: string, code: string, digest?: string): Response {
  if (bytes === undefined) return refusal(code);
  return new Response(Buffer.from(bytes), {
    headers: { "content-type": mediaType, ...(digest === undefined ? {} : { "docker-content-digest": digest }) },
  });
}

function refusal(code: string): Response {
  return Response.json(
    { errors: [{ code, message: code }] },
    { status: 404, headers: { "docker-distribution-api-version": "registry/2.0" } },
  );
}
