import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Built, buildImage, buildIndex, type Content } from "../../functions/local/samples/image.ts";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import type { SignatureFact } from "../../shared/domain/evidence.ts";
import { parseRegistryHost, parseRepository, parseTag, type Repository } from "../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../shared/domain/manifest.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import { digestOf } from "../../shared/oci/content.ts";
import type { Referrer } from "../../shared/ports/image-source.ts";
import type { Trust, VerifyRequest } from "../../shared/ports/signature-verifier.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { signatures } from "../../shared/signatures/table.ts";
import { freePort, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";

/** A real distribution registry, and what the gate reads from it and makes of it. */
export interface PlainRegistry {
  /** `host:port`. */
  readonly host: string;
  readonly client: RegistryClient;
  /** @returns the reference by digest, as tools take it */
  push(repository: string, image: Built, tag?: string): Promise<string>;
  /** Every fact that one of our verifiers finds about the image. */
  verify(format: string, reference: string, trust: Trust, more?: Partial<VerifyRequest>): Promise<readonly SignatureFact[]>;
  /** Writes what is attached to one image so that it is attached to another: under its older tag, or as its subject and in its list. */
  putBeside(repository: Repository, referrer: Referrer, image: Content): Promise<void>;
  stop(): Promise<void>;
}

export async function startPlainRegistry(): Promise<PlainRegistry> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const dir = mkdtempSync(join(tmpdir(), "moorgate-registry-"));
  const config = join(dir, "config.yml");
  writeFileSync(
    config,
    `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${join(dir, "data")} } }
http: { addr: "${host}" }
`,
  );
  const running = start(findProgram("registry"), ["serve", config], { cwd: dir, env: { OTEL_TRACES_EXPORTER: "none" } });
  await until("the registry to answer", async () => ((await fetch(`http://${host}/v2/`)).ok ? true : undefined));
  const client = openClient({ host: parseRegistryHost(host), plainHttp: true, credentials: async () => undefined });
  return {
    host,
    client,
    async push(name, image, tag) {
      const repository = parseRepository(name);
      for (const blob of image.blobs) await client.putBlob(repository, { digest: blob.digest, size: blob.bytes.length }, blob.bytes);
      const { manifest } = image;
      await client.putManifest(repository, manifest.bytes, manifest.mediaType, tag === undefined ? manifest.digest : parseTag(tag));
      return `${host}/${name}@${manifest.digest}`;
    },
    async verify(format, reference, trust, more = {}) {
      const [name = "", digest = ""] = reference.slice(host.length + 1).split("@");
      const image = { registry: parseRegistryHost(host), repository: parseRepository(name), digest: parseDigest(digest) };
      const found = await referrersOf(client, image.repository, image.digest);
      const verifier = await signatures[format]?.();
      if (verifier === undefined) throw new Error(`there is no format ${format}`);
      return verifier.verify({ image, source: client, referrers: found, trust, now: systemClock.now(), ...more });
    },
    async putBeside(repository, { manifest, tag }, image) {
      const name = image.digest.replace(":", "-");
      if (tag !== undefined) {
        const suffix = tag.slice(tag.lastIndexOf("."));
        await client.putManifest(repository, manifest.bytes, manifest.mediaType, parseTag(`${name}${suffix}`));
        return;
      }
      const subject = { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length };
      const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(manifest.bytes).toString()), subject }));
      const digest = await client.putManifest(repository, bytes, manifest.mediaType, digestOf(bytes));
      const manifests = [{ mediaType: manifest.mediaType, digest, size: bytes.length }];
      const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
      await client.putManifest(repository, list, OCI_INDEX, parseTag(name));
    },
    async stop() {
      await running.end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function referrersOf(client: RegistryClient, repository: Repository, digest: Digest): Promise<VerifyRequest["referrers"]> {
  return (await client.referrers(repository, digest)).map((referrer) => ({ repository, referrer }));
}

/** An image of a few bytes. */
export function smallImage(name: string, architecture = "amd64"): Built {
  const labels = { name };
  const files = [{ path: "name", content: name }];
  return buildImage({ platform: { os: "linux", architecture }, created: "2026-01-01T00:00:00Z", files, labels });
}

/** An index of two platforms. */
export function smallIndex(name: string): { readonly index: Built; readonly children: readonly Built[] } {
  const children = ["amd64", "arm64"].map((architecture) => smallImage(`${name} ${architecture}`, architecture));
  const [first, second] = children.map((image, at) => ({ image, platform: { os: "linux", architecture: at === 0 ? "amd64" : "arm64" } }));
  if (first === undefined || second === undefined) throw new Error("no children");
  return { index: { manifest: buildIndex([first, second]), blobs: [] }, children };
}
