import { randomUUID } from "node:crypto";
import type { Loopback } from "../../loopback.ts";
import type { Contract } from "../contract/contract.ts";
import { serve } from "../http.ts";
import type { RegistryState } from "../state/registry.ts";

/** Layers lie elsewhere, behind addresses that are good for one content and know of no credentials. */
export interface LayerStorage extends Pick<Loopback, "close"> {
  /** Where the content is to be had for a while. */
  sign(registry: RegistryState, repository: string, digest: string): string;
}

export async function serveLayers(contract: Contract): Promise<LayerStorage> {
  const signed = new Map<string, { readonly registry: RegistryState; readonly repository: string; readonly digest: string }>();
  const served = await serve(async (request) => {
    const found = signed.get(new URL(request.url).pathname);
    if (request.headers.has("authorization")) {
      contract.refuse("a credential of the registry was sent to the storage of its layers");
      return new Response("<Error><Code>InvalidArgument</Code></Error>", { status: 400 });
    }
    const bytes = await found?.registry.blobs.read(found.repository, found.digest);
    if (bytes === undefined) return new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
    return new Response(Uint8Array.from(bytes), { headers: { "content-type": "application/octet-stream" } });
  });
  return {
    close: served.close,
    sign(registry, repository, digest) {
      const path = `/${randomUUID()}/${digest}`;
      signed.set(path, { registry, repository, digest });
      return `http://${served.host}${path}?X-Amz-Expires=3600`;
    },
  };
}
