import type { Built, Content } from "../../functions/local/samples/image.ts";

/** Sends one request and gives the answer with its body read, or throws: the other side may be gone. */
type Send = (method: string, url: string, body?: Uint8Array, mediaType?: string) => Promise<number>;

const send: Send = async (method, url, body, mediaType) => {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    ...(mediaType === undefined ? {} : { headers: { "content-type": mediaType } }),
  });
  await response.arrayBuffer();
  return response.status;
};

/** Tries until the registry has accepted it, as a patient client does; `address` is asked anew for each try. */
async function insist(address: () => string, what: string, attempt: (base: string) => Promise<boolean>, giveUpAt: number): Promise<void> {
  let last: unknown = "never answered";
  while (Date.now() < giveUpAt) {
    try {
      if (await attempt(`http://${address()}/v2/`)) return;
      last = "refused";
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} was not accepted in time: ${String(last)}`);
}

export interface Target {
  readonly address: () => string;
  readonly repository: string;
  /** Milliseconds since 1970 after which it is an error. */
  readonly giveUpAt: number;
}

async function insistOnBlob({ address, repository, giveUpAt }: Target, { digest, bytes, mediaType }: Content): Promise<void> {
  const attempt = async (base: string): Promise<boolean> =>
    (await send("POST", `${base}${repository}/blobs/uploads/?digest=${digest}`, bytes, mediaType)) === 201;
  await insist(address, `blob ${digest}`, attempt, giveUpAt);
}

/** Blobs, then the manifest under a tag, or by digest where there is none. */
export async function insistOnPush(target: Target, { manifest, blobs }: Built, tag?: string): Promise<void> {
  for (const blob of blobs) await insistOnBlob(target, blob);
  const url = (base: string): string => `${base}${target.repository}/manifests/${tag ?? manifest.digest}`;
  const attempt = async (base: string): Promise<boolean> => (await send("PUT", url(base), manifest.bytes, manifest.mediaType)) === 201;
  await insist(target.address, `manifest ${manifest.digest}`, attempt, target.giveUpAt);
}

const ACCEPT = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** What a puller gets for a tag or digest: the status, and the bytes of a 200. */
export async function pull(
  registry: string,
  repository: string,
  reference: string,
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/${reference}`, { headers: { accept: ACCEPT } });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
}
