import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Digest, referrersTag } from "../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { digestOf } from "../../shared/oci/content.ts";
import type { TrustedKey } from "../../shared/ports/signature-verifier.ts";
import { BUNDLE_TYPE } from "../fixtures/cosign.ts";
import { run } from "../running/programs.ts";
import { type PlainRegistry, smallImage, startPlainRegistry } from "./plain-registry.ts";

// cosign signs any file; where the file is an image's manifest, the bundle is a signature of the image.

const KEYS: Readonly<Record<string, () => { readonly privateKey: KeyObject }>> = {
  "p-256": () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  "p-384": () => generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
  "rsa-2048": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const dir = mkdtempSync(join(tmpdir(), "moorgate-cosign-files-"));
let registry: PlainRegistry;
beforeAll(async () => {
  registry = await startPlainRegistry();
});
afterAll(async () => {
  await registry.stop();
  rmSync(dir, { recursive: true, force: true });
});

type Content = { readonly mediaType: string; readonly digest: Digest; readonly size: number };

/** Attaches a bundle to an image, as a client without the referrers API does it. */
async function attach(name: string, subject: Content, bundle: Buffer): Promise<void> {
  const repository = parseRepository(name);
  const put = async (bytes: Buffer, mediaType: string): Promise<Content> => {
    const content = { digest: digestOf(bytes), size: bytes.length };
    await registry.client.putBlob(repository, content, bytes);
    return { mediaType, ...content };
  };
  const config = await put(Buffer.from("{}"), "application/vnd.oci.empty.v1+json");
  const layers = [await put(bundle, BUNDLE_TYPE)];
  const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType: BUNDLE_TYPE, config, layers, subject };
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = await registry.client.putManifest(repository, bytes, OCI_MANIFEST, digestOf(bytes));
  const manifests = [{ mediaType: OCI_MANIFEST, digest, size: bytes.length }];
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  await registry.client.putManifest(repository, list, OCI_INDEX, parseTag(referrersTag(subject.digest)));
}

test.each(Object.entries(KEYS))("an image counts as signed when cosign has signed its manifest as a file (%s)", async (name, make) => {
  const home = join(dir, name);
  mkdirSync(home);
  const options = { cwd: home, env: { COSIGN_PASSWORD: "", HOME: home } };
  writeFileSync(join(home, "own.pem"), make().privateKey.export({ type: "pkcs8", format: "pem" }));
  await run("cosign", ["import-key-pair", "--key", "own.pem", "--output-key-prefix", "own"], options);
  const key: TrustedKey = { name, pem: readFileSync(join(home, "own.pub"), "utf8"), hash: "of-key" };
  const sign = async (bytes: Uint8Array): Promise<Buffer> => {
    writeFileSync(join(home, "file"), bytes);
    const how = ["--key", "own.key", "--yes", "--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format=true"];
    await run("cosign", ["sign-blob", ...how, "--bundle", "bundle.json", "file"], options);
    return readFileSync(join(home, "bundle.json"));
  };
  const codesOf = async (repository: string, over: (manifest: Uint8Array) => Uint8Array): Promise<readonly string[]> => {
    const image = smallImage(repository);
    const reference = await registry.push(repository, image);
    const subject = { mediaType: image.manifest.mediaType, digest: image.manifest.digest, size: image.manifest.bytes.length };
    await attach(repository, subject, await sign(over(image.manifest.bytes)));
    return (await registry.verify("cosign", reference, { keys: [key] })).map(({ code }) => code);
  };
  expect(await codesOf(`files/${name}/manifest`, (manifest) => manifest)).toEqual(["ok"]);
  expect(await codesOf(`files/${name}/other`, (manifest) => Buffer.concat([manifest, Buffer.from(" ")]))).toEqual(["digest-mismatch"]);
});
