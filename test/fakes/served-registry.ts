import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import type { Access } from "../../functions/local/registry/context.ts";
import { type EmbeddedRegistry, openEmbeddedRegistry } from "../../functions/local/registry/embedded-registry.ts";
import type { Envelope } from "../../functions/local/registry/envelope.ts";
import { onLoopback } from "./loopback.ts";
import { SCRATCH } from "./scratch.ts";

export type Around = (request: Request, registry: (request: Request) => Promise<Response>) => Promise<Response>;

export interface ServedRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly dir: string;
  /** What it told, oldest first. */
  readonly envelopes: readonly Envelope[];
  send(method: string, path: string, more?: { headers?: Record<string, string>; body?: Uint8Array | string }): Promise<Response>;
  /** All that a repository has, read past the door: tags with their digests, and every manifest. */
  contents(repository: string): Promise<Contents>;
  /** A repository with the same contents, without pushing them. */
  clone(from: string, to: string): Promise<void>;
  /** Opens the same folder anew, as after a crash: nothing of the old one is closed in order. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export interface Contents {
  readonly tags: Readonly<Record<string, string>>;
  readonly manifests: readonly string[];
}

/** What the JSON answers of a registry hold, each member at its endpoint. */
export interface Answer {
  readonly tags: readonly string[];
  readonly repositories: readonly string[];
  readonly manifests: readonly {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
    readonly artifactType?: string;
  }[];
  readonly errors: readonly { readonly code: string; readonly detail?: { readonly digest: string } }[];
  readonly mediaType: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

export async function readAnswer(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}

/** The embedded registry over real HTTP on a free port. `around` sees every request first: quirks and faults are put there. */
export async function serveRegistry(
  options: { access?: Access; notify?: (envelope: Envelope) => Promise<void>; around?: Around } = {},
): Promise<ServedRegistry> {
  const dir = await mkdtemp(join(SCRATCH, "registry-"));
  const envelopes: Envelope[] = [];
  const notify = options.notify ?? (async (envelope: Envelope) => void envelopes.push(envelope));
  const open = (): Promise<EmbeddedRegistry> => openEmbeddedRegistry({ dir, notify, ...(options.access && { access: options.access }) });
  let registry = await open();
  const inner = (request: Request) => registry.handle(request, "127.0.0.1:1");
  const fetchHandler = (request: Request) => (options.around ? options.around(request, inner) : inner(request));
  const { host, close } = await onLoopback(createAdaptorServer({ fetch: fetchHandler, overrideGlobalObjects: false }));
  return {
    host,
    dir,
    envelopes,
    send: (method, path, more = {}) => fetch(`http://${host}${path}`, { method, ...more }),
    contents: (repository) => readContents(join(dir, "repositories", repository)),
    clone: (from, to) => cp(join(dir, "repositories", from), join(dir, "repositories", to), { recursive: true }),
    async reopen() {
      registry = await open();
    },
    async close() {
      await close();
      await registry.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

async function readContents(folder: string): Promise<Contents> {
  const names = async (kind: string) => (await readdir(join(folder, kind)).catch(() => [])).toSorted(byText);
  const tags = await Promise.all((await names("_tags")).map(async (tag) => [tag, await readFile(join(folder, "_tags", tag), "utf8")]));
  return { tags: Object.fromEntries(tags), manifests: await names("_manifests") };
}
