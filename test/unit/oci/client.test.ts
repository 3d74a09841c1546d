import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDigest, referrersTag } from "../../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../../shared/domain/manifest.ts";
import type { RegistryClient } from "../../../shared/oci/client.ts";
import { digestOf } from "../../../shared/oci/content.ts";
import { collect, openTestClient } from "../../fakes/oci-client.ts";
import { pushBlob, pushImage, pushIndex, pushManifest, pushReferrer } from "../../fakes/pusher.ts";
import { type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);

let registry: ServedRegistry;
let client: RegistryClient;
beforeAll(async () => {
  registry = await serveRegistry();
  client = openTestClient(registry.host);
});
afterAll(async () => registry.close());

describe("reading", () => {
  test("an index, its children and what refers to them are found from a tag", async () => {
    const children = [await pushImage(registry, repository, "amd64"), await pushImage(registry, repository, "arm64")];
    const index = await pushIndex(registry, repository, children, tag);
    const signature = await pushReferrer(registry, repository, index, "signature");
    const report = await pushReferrer(registry, repository, index, "report", "application/vnd.example.report.v1");
    const inner = await pushReferrer(registry, repository, { ...(children[0] ?? index) }, "of the child");

    const digest = await client.resolve(repository, tag);
    expect(digest).toBe(index.digest);
    const manifest = await client.manifest(repository, index.digest);
    expect(manifest).toMatchObject({ kind: "index", manifests: children.map((child) => ({ digest: child.digest })) });
    expect(Buffer.from(manifest?.bytes ?? []).toString()).toBe(index.bytes);
    const found = await client.referrers(repository, index.digest);
    expect(new Set(found.map((referrer) => referrer.manifest.digest))).toEqual(new Set([signature.digest, report.digest]));
    expect((await client.referrers(repository, children[0]?.digest ?? nobody)).map((referrer) => referrer.manifest.digest)).toEqual([
      inner.digest,
    ]);
    expect(await client.referrers(repository, children[1]?.digest ?? nobody)).toEqual([]);
  });

  test("a digest resolves to itself when it exists, and absence is undefined", async () => {
    const image = await pushImage(registry, repository, "self", "self");
    expect(await client.resolve(repository, image.digest)).toBe(image.digest);
    expect(await client.resolve(repository, nobody)).toBeUndefined();
    expect(await client.resolve(repository, parseTag("absent"))).toBeUndefined();
    expect(await client.manifest(repository, nobody)).toBeUndefined();
    expect(await client.manifest(parseRepository("no/such"), nobody)).toBeUndefined();
  });

  test("a blob comes whole and checked, or is refused before it is asked for", async () => {
    const blob = await pushBlob(registry, repository, "content");
    expect(Buffer.from(await client.blob(repository, blob, 100)).toString()).toBe("content");
    expect(Buffer.concat(await collect(client.blobStream(repository, blob))).toString()).toBe("content");
    await expect(client.blob(repository, blob, 6)).rejects.toMatchObject({ code: "too-large" });
    await expect(client.blob(repository, { ...blob, size: 8 }, 100)).rejects.toMatchObject({ code: "malformed" });
    await expect(client.blob(repository, { digest: nobody, size: 1 }, 100)).rejects.toMatchObject({ code: "not-found" });
  });

  test("tags and repositories are listed; a repository that is not there has none", async () => {
    const other = parseRepository("other/app");
    await pushImage(registry, other, "listed", "a");
    await pushImage(registry, other, "listed", "b");
    expect(await collect(client.tags(other))).toEqual(["a", "b"]);
    expect(await collect(client.tags(parseRepository("no/such")))).toEqual([]);
    expect(await collect(client.repositories())).toEqual(expect.arrayContaining(["other/app", "shop/api"]));
  });

  test("legacy tags count as referrers with their tag, these three and no others", async () => {
    const image = await pushImage(registry, repository, "legacy", "legacy");
    const name = image.digest.replace(":", "-");
    for (const suffix of [".sig", ".att", ".sbom", ".other", ""])
      await pushImage(registry, repository, `holds ${suffix}`, `${name}${suffix}x`);
    expect(await client.referrers(repository, image.digest)).toEqual([]);
    for (const suffix of [".sig", ".att", ".sbom", ".other"]) await pushImage(registry, repository, `holds ${suffix}`, `${name}${suffix}`);
    const found = await client.referrers(repository, image.digest);
    expect(found.map((referrer) => referrer.tag)).toEqual([`${name}.sig`, `${name}.att`, `${name}.sbom`]);
  });

  test("the fallback tag is read although the registry has the API, each entry once", async () => {
    const image = await pushImage(registry, repository, "fallback", "fallback");
    const signature = await pushReferrer(registry, repository, image, "both ways");
    await pushIndex(registry, repository, [signature], referrersTag(image.digest));
    expect((await client.referrers(repository, image.digest)).map((referrer) => referrer.manifest.digest)).toEqual([signature.digest]);
  });

  test("what a list names and what refers to another image is no referrer", async () => {
    const image = await pushImage(registry, repository, "edited", "edited");
    const other = await pushImage(registry, repository, "donor", "donor");
    const foreign = await pushReferrer(registry, repository, other, "of the donor");
    await pushIndex(registry, repository, [foreign, other, image], referrersTag(image.digest));
    expect(await client.referrers(repository, image.digest)).toEqual([]);
  });

  test("an image where the list of referrers belongs proves nothing", async () => {
    const image = await pushImage(registry, repository, "no list", "no-list");
    await pushImage(registry, repository, "in the way", referrersTag(image.digest));
    await expect(client.referrers(repository, image.digest)).rejects.toMatchObject({ code: "malformed" });
    const signature = await pushReferrer(registry, repository, image, "found by the API");
    expect((await client.referrers(repository, image.digest)).map((referrer) => referrer.manifest.digest)).toEqual([signature.digest]);
  });
});

describe("writing", () => {
  test("a manifest is stored byte for byte, by digest and by tag, and again", async () => {
    const image = await pushImage(registry, repository, "saved", "saved");
    const saved = await client.manifest(repository, image.digest);
    const bytes = saved?.bytes ?? new Uint8Array();
    expect(await client.deleteManifest(repository, image.digest)).toBe("deleted");
    expect(await client.resolve(repository, parseTag("saved"))).toBeUndefined();
    for (const reference of [image.digest, parseTag("saved"), parseTag("saved")]) {
      expect(await client.putManifest(repository, bytes, image.mediaType, reference)).toBe(image.digest);
    }
    expect(await client.resolve(repository, parseTag("saved"))).toBe(image.digest);
  });

  test("bytes are never stored under a digest that is not theirs", async () => {
    await expect(client.putManifest(repository, Buffer.from("{}"), OCI_INDEX, nobody)).rejects.toMatchObject({ name: "AdapterError" });
  });

  test("a deletion that finds nothing says so", async () => {
    expect(await client.deleteManifest(repository, nobody)).toBe("absent");
    expect(await client.deleteTag(repository, parseTag("never"))).toBe("absent");
  });

  test("a tag goes and its manifest stays", async () => {
    const image = await pushImage(registry, repository, "untag", "untag");
    expect(await client.deleteTag(repository, parseTag("untag"))).toBe("deleted");
    expect(await client.resolve(repository, parseTag("untag"))).toBeUndefined();
    expect(await client.resolve(repository, image.digest)).toBe(image.digest);
  });

  test("a blob is mounted, or uploaded whole or as a stream", async () => {
    const to = parseRepository("quarantine/shop/api");
    const blob = await pushBlob(registry, repository, "moves");
    expect(await client.hasBlob(to, blob.digest)).toBe(false);
    expect(await client.mountBlob(repository, to, blob.digest)).toBe(true);
    expect(await client.hasBlob(to, blob.digest)).toBe(true);
    expect(await client.mountBlob(repository, to, nobody)).toBe(false);

    const content = Buffer.from("uploaded");
    const descriptor = { digest: digestOf(content), size: content.byteLength };
    await client.putBlob(repository, descriptor, content);
    await client.putBlob(to, descriptor, () => client.blobStream(repository, descriptor));
    expect(Buffer.from(await client.blob(to, descriptor, 100)).toString()).toBe("uploaded");
  });

  test("an image moves to another repository and runs from there", async () => {
    const to = parseRepository("quarantine/moved");
    const image = await pushImage(registry, repository, "moved", "moved");
    const manifest = await client.manifest(repository, image.digest);
    expect(manifest?.kind).toBe("manifest");
    for (const { digest } of manifest?.kind === "manifest" ? [manifest.config, ...manifest.layers] : [])
      await client.mountBlob(repository, to, digest);
    await client.putManifest(to, manifest?.bytes ?? new Uint8Array(), image.mediaType, image.digest);
    expect(await client.resolve(to, image.digest)).toBe(image.digest);
  });
});

test("a registry with the referrers API is known as such, asked once", async () => {
  expect(await client.referrersSupport(repository)).toBe("api");
  expect(await client.referrersSupport(repository)).toBe("api");
});

test("a manifest whose subject is not there yet waits for it", async () => {
  const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(Buffer.from("later")), size: 5 };
  const early = await pushReferrer(registry, repository, subject, "early");
  expect((await client.referrers(repository, subject.digest)).map((referrer) => referrer.manifest.digest)).toEqual([early.digest]);
  await pushManifest(registry, repository, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }, referrersTag(subject.digest));
  expect(await client.referrers(repository, subject.digest)).toHaveLength(1);
});
