import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { linkBlob, openContent, sizeOfBlob } from "../../../../functions/local/registry/blob-store.ts";
import { openEmbeddedRegistry } from "../../../../functions/local/registry/embedded-registry.ts";
import { layoutIn } from "../../../../functions/local/registry/layout.ts";
import { parseDigest } from "../../../../shared/domain/digest.ts";
import { parseRepository, type Repository } from "../../../../shared/domain/image-ref.ts";
import { SCRATCH } from "../../scratch.ts";

/** Blobs and uploads of one registry. Those of all registries lie in one store, each below a folder of its own, so that replication only links. */
export interface BlobStore {
  /** Answers `/v2/<repository>/blobs/...`. */
  handle(request: Request): Promise<Response>;
  size(repository: string, digest: string): number | undefined;
  read(repository: string, digest: string): Promise<Uint8Array | undefined>;
  /** Links what another registry's repository has. */
  copy(from: BlobStore, fromRepository: string, digest: string, repository: string): Promise<void>;
  clone(from: string, to: string): Promise<void>;
  /** The name in the store that all share. */
  place(repository: string): Repository;
}

export interface BlobHall {
  readonly dir: string;
  open(account: string, region: string): BlobStore;
  close(): Promise<void>;
}

/** The built-in registry, which keeps every upload and range as distribution-spec has them. */
export async function openBlobHall(): Promise<BlobHall> {
  const dir = await mkdtemp(join(SCRATCH, "aws-"));
  const registry = await openEmbeddedRegistry({ dir, notify: async () => undefined, allowedHost: () => true });
  const layout = layoutIn(dir);
  return {
    dir,
    open(account, region) {
      const prefix = `${account}/${region}`;
      const place = (repository: string): Repository => parseRepository(`${prefix}/${repository}`);
      return {
        place,
        async handle(request) {
          const response = await registry.handle(below(request, prefix));
          const location = response.headers.get("location");
          if (location !== null) response.headers.set("location", location.replace(`/v2/${prefix}/`, "/v2/"));
          return response;
        },
        size: (repository, digest) => sizeOfBlob(layout, place(repository), parseDigest(digest)),
        async read(repository, digest) {
          if (sizeOfBlob(layout, place(repository), parseDigest(digest)) === undefined) return undefined;
          const handle = await openContent(layout, parseDigest(digest));
          const bytes = await handle?.readFile();
          await handle?.close();
          return bytes;
        },
        async copy(from, fromRepository, digest, repository) {
          if (from.size(fromRepository, digest) !== undefined) await linkBlob(layout, place(repository), parseDigest(digest));
        },
        async clone(from, to) {
          if (existsSync(layout.blobs(place(from)))) await cp(layout.blobs(place(from)), layout.blobs(place(to)), { recursive: true });
        },
      };
    },
    async close() {
      await registry.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function below(request: Request, prefix: string): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.replace(/^\/v2\//, `/v2/${prefix}/`);
  const from = url.searchParams.get("from");
  if (from !== null) url.searchParams.set("from", `${prefix}/${from}`);
  const body = request.body === null ? {} : { body: request.body, duplex: "half" as const };
  return new Request(url, { method: request.method, headers: request.headers, ...body });
}
