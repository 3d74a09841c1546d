import type { Digest } from "../../shared/domain/digest.ts";
import { isDigest } from "../../shared/domain/digest.ts";
import type { Repository } from "../../shared/domain/image-ref.ts";
import type { RegistryClient } from "../../shared/oci/client.ts";
import { type ClientSettings, openTransport } from "../../shared/oci/transport.ts";
import type { BlockState, NativeBlock } from "../../shared/providers/oci/native-block.ts";
import type { VendorKind } from "./vendor-registry.ts";

const STATES: readonly BlockState[] = ["free", "blocked", "returning", "absent"];

/** What an adapter of such a product would be: its own calls, with the faults and retries of every adapter. */
export function vendorBlock(settings: ClientSettings, client: RegistryClient, kind: VendorKind): NativeBlock {
  const transport = openTransport(settings);
  async function call(
    method: "GET" | "POST",
    repository: Repository,
    path: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const url = new URL(`/native/${repository}/${path}`, transport.origin);
    const answer = await transport.call({ method, url, scopes: [], what: `${path} of ${repository}`, answers: [200, 404] });
    return answer.status === 404 ? undefined : (JSON.parse(Buffer.from(answer.body).toString()) as Record<string, unknown>);
  }
  return {
    strength: kind === "restore-window" ? "hidden" : "blocked",
    async state(repository, digest) {
      const state = (await call("GET", repository, digest))?.["state"];
      const known = STATES.find((one) => one === state);
      if (known === undefined) throw new Error(`the fake told the state ${String(state)}`);
      return known;
    },
    async block(repository: Repository, digest: Digest) {
      if (kind === "restore-window") await client.deleteManifest(repository, digest);
      else await call("POST", repository, `${digest}/block`);
    },
    async unblock(repository, digest) {
      await call("POST", repository, `${digest}/unblock`);
    },
    async pointsAt(repository, tag) {
      const digest = (await call("GET", repository, `tags/${tag}`))?.["digest"];
      return typeof digest === "string" && isDigest(digest) ? digest : undefined;
    },
  };
}
