import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { CONFIG, describeBytes, LAYER, pushBlob, pushImage, pushIndex, pushManifest, pushReferrer } from "../../fakes/pusher.ts";
import { readAnswer, type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

describe("a repository", () => {
  let registry: ServedRegistry;
  beforeAll(async () => {
    registry = await serveRegistry();
  });
  afterAll(() => registry.close());
  const json = async (path: string) => readAnswer(await registry.send("GET", path));

  test("gives a manifest back byte for byte, and 304 to who has it", async () => {
    const { digest, bytes } = await pushImage(registry, "a/bytes", "x", "1");
    const response = await registry.send("GET", "/v2/a/bytes/manifests/1");
    expect(await response.text()).toBe(bytes);
    expect(response.headers.get("etag")).toBe(`"${digest}"`);
    expect((await registry.send("GET", "/v2/a/bytes/manifests/1", { headers: { "if-none-match": `W/"${digest}"` } })).status).toBe(304);
  });

  test("keeps the digest when a tag is deleted, and loses the tags when the digest is", async () => {
    const { digest } = await pushImage(registry, "a/tags", "x", "1");
    await pushImage(registry, "a/tags", "x", "2");
    await pushImage(registry, "a/tags", "y", "3");
    expect((await registry.send("DELETE", "/v2/a/tags/manifests/1")).status).toBe(202);
    expect((await registry.send("HEAD", `/v2/a/tags/manifests/${digest}`)).status).toBe(200);
    expect((await registry.send("DELETE", `/v2/a/tags/manifests/${digest}`)).status).toBe(202);
    expect(await json("/v2/a/tags/tags/list")).toEqual({ name: "a/tags", tags: ["3"] });
    expect((await registry.send("DELETE", `/v2/a/tags/manifests/${digest}`)).status).toBe(404);
  });

  test("does not bring old tags back when the same bytes are pushed by digest", async () => {
    const { bytes, digest, mediaType } = await pushImage(registry, "a/again", "x", "1");
    await registry.send("DELETE", `/v2/a/again/manifests/${digest}`);
    await registry.send("PUT", `/v2/a/again/manifests/${digest}`, { body: bytes, headers: { "content-type": mediaType } });
    expect((await registry.send("HEAD", "/v2/a/again/manifests/1")).status).toBe(404);
    expect((await registry.send("HEAD", `/v2/a/again/manifests/${digest}`)).status).toBe(200);
  });

  test("tells tags apart that differ in capitals only", async () => {
    const small = await pushImage(registry, "a/case", "small", "v1-rc");
    const large = await pushImage(registry, "a/case", "large", "V1-RC");
    expect(await json("/v2/a/case/tags/list")).toEqual({ name: "a/case", tags: ["V1-RC", "v1-rc"] });
    expect((await registry.send("HEAD", "/v2/a/case/manifests/v1-rc")).headers.get("docker-content-digest")).toBe(small.digest);
    expect((await registry.send("HEAD", "/v2/a/case/manifests/V1-RC")).headers.get("docker-content-digest")).toBe(large.digest);
  });

  test("lists tags in pages that link to each other", async () => {
    for (const tag of ["c", "a", "d", "b"]) await pushImage(registry, "a/pages", "x", tag);
    const first = await registry.send("GET", "/v2/a/pages/tags/list?n=2");
    expect((await readAnswer(first)).tags).toEqual(["a", "b"]);
    expect(first.headers.get("link")).toBe('</v2/a/pages/tags/list?n=2&last=b>; rel="next"');
    const second = await registry.send("GET", "/v2/a/pages/tags/list?n=2&last=b");
    expect((await readAnswer(second)).tags).toEqual(["c", "d"]);
    expect(second.headers.get("link")).toBeNull();
    const none = await registry.send("GET", "/v2/a/pages/tags/list?n=0");
    expect([(await readAnswer(none)).tags, none.headers.get("link")]).toEqual([[], null]);
    expect((await json("/v2/a/pages/tags/list?last=c")).tags).toEqual(["d"]);
  });

  test("lists repositories in pages, also those inside of others", async () => {
    await pushImage(registry, "z", "x", "1");
    await pushImage(registry, "z/inner", "x", "1");
    expect((await json("/v2/_catalog?last=y")).repositories).toEqual(["z", "z/inner"]);
    expect((await registry.send("GET", "/v2/_catalog?n=1&last=y")).headers.get("link")).toBe('</v2/_catalog?n=1&last=z>; rel="next"');
  });

  test("lists referrers with type and annotations, and only those that are asked for", async () => {
    const subject = await pushImage(registry, "a/referrers", "x", "1");
    const signature = await pushReferrer(registry, "a/referrers", subject, "signature");
    const empty = await pushBlob(registry, "a/referrers", "{}", "application/vnd.example.config");
    const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: empty, layers: [], subject, annotations: { by: "me" } };
    const typedByConfig = await pushManifest(registry, "a/referrers", document);
    const list = await json(`/v2/a/referrers/referrers/${subject.digest}`);
    expect(list.manifests).toHaveLength(2);
    expect(list.manifests).toContainEqual({
      mediaType: OCI_MANIFEST,
      digest: typedByConfig.digest,
      size: typedByConfig.size,
      artifactType: "application/vnd.example.config",
      annotations: { by: "me" },
    });
    const filtered = await json(`/v2/a/referrers/referrers/${subject.digest}?artifactType=application/vnd.example.signature.v1`);
    expect(filtered.manifests.map((entry) => entry.digest)).toEqual([signature.digest]);
    await registry.send("DELETE", `/v2/a/referrers/manifests/${signature.digest}`);
    expect((await json(`/v2/a/referrers/referrers/${subject.digest}`)).manifests).toHaveLength(1);
  });

  test("lists an index that refers without a type", async () => {
    const subject = await pushImage(registry, "a/typeless", "x", "1");
    const list = await pushManifest(registry, "a/typeless", { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], subject });
    const found = await json(`/v2/a/typeless/referrers/${subject.digest}`);
    expect(found.manifests).toEqual([{ mediaType: OCI_INDEX, digest: list.digest, size: list.size }]);
  });

  test("names each missing content", async () => {
    const layers = ["1", "2"].map((text) => describeBytes(text, LAYER));
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: await pushBlob(registry, "a/missing", "{}", CONFIG),
      layers,
    });
    const response = await registry.send("PUT", "/v2/a/missing/manifests/1", { body, headers: { "content-type": OCI_MANIFEST } });
    const { errors } = await readAnswer(response);
    expect(errors.map((error) => error.detail?.digest)).toEqual(layers.map((layer) => layer.digest));
  });

  test("loses a blob when it is deleted, while another repository keeps it", async () => {
    const { digest } = await pushBlob(registry, "a/one", "shared");
    await pushBlob(registry, "a/two", "shared");
    expect((await registry.send("DELETE", `/v2/a/one/blobs/${digest}`)).status).toBe(202);
    expect((await registry.send("HEAD", `/v2/a/one/blobs/${digest}`)).status).toBe(404);
    expect((await registry.send("DELETE", `/v2/a/one/blobs/${digest}`)).status).toBe(404);
    expect(await (await registry.send("GET", `/v2/a/two/blobs/${digest}`)).text()).toBe("shared");
  });

  test("has an index's children by their own digests", async () => {
    const child = await pushImage(registry, "a/index", "child");
    const list = await pushIndex(registry, "a/index", [child], "multi");
    expect((await registry.send("HEAD", "/v2/a/index/manifests/multi")).headers.get("docker-content-digest")).toBe(list.digest);
    await registry.send("DELETE", `/v2/a/index/manifests/${list.digest}`);
    expect((await registry.send("HEAD", `/v2/a/index/manifests/${child.digest}`)).status).toBe(200);
  });
});
