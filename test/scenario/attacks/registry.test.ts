import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isDigest, parseDigest } from "../../../shared/domain/digest.ts";
import { isTag, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { digestOf } from "../../../shared/oci/content.ts";
import { openLayout } from "../../../shared/oci/layout.ts";
import { readManifest } from "../../../shared/oci/schema.ts";
import { instantRetry, openTestClient } from "../../fakes/oci-client.ts";
import { pushImage, pushIndex, pushReferrer } from "../../fakes/pusher.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import { writeLayout } from "../../fixtures/image-layout.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);
const servers = openServers();
afterEach(() => servers.close());

const person = { username: "u", password: "secret", kind: "password" } as const;
const isReferrers = (request: Request): boolean => request.url.includes("/referrers/");

describe("T60 credentials stay where they belong", () => {
  it("when a registry names a token service on another host, or one that sends us on", async () => {
    const thief = await servers.raw((_, response) => answer(response, 200, {}, '{"token":"t"}'));
    const sending = await servers.raw((_, response) => answer(response, 307, { location: `http://${thief.host}/token` }));
    for (const realm of ["https://token.evil.example/token", `http://${sending.host}/token`]) {
      const registry = await servers.raw((_, response) =>
        answer(response, 401, { "www-authenticate": `Bearer realm="${realm}",service="r"` }),
      );
      const client = openTestClient(registry.host, { credentials: async () => person });
      await expect(client.resolve(repository, tag)).rejects.toMatchObject({ code: "refused" });
    }
    expect(thief.heard).toEqual([]);
  });

  it("when a manifest, a blob or a list is answered with a redirect to another host", async () => {
    const thief = await servers.raw((_, response) => answer(response, 200, {}, "{}"));
    const registry = await servers.raw((_, response) => answer(response, 302, { location: `http://${thief.host}/x` }));
    const client = openTestClient(registry.host, { credentials: async () => person });
    await expect(client.manifest(repository, nobody)).rejects.toMatchObject({ name: "AdapterError" });
    await expect(client.referrers(repository, nobody)).rejects.toMatchObject({ name: "AdapterError" });
    await expect(client.blob(repository, { digest: nobody, size: 2 }, 10)).rejects.toMatchObject({ name: "AdapterError" });
    expect(thief.heard.filter(({ headers }) => headers.authorization !== undefined || headers.cookie !== undefined)).toEqual([]);
  });
});

describe("T61 a name is never a path or a header", () => {
  const NAMES = [
    "../../etc/passwd",
    "..%2f..%2fetc",
    "sha256:../../x",
    `sha256:${"a".repeat(63)}/`,
    "a\r\nX-Evil: 1",
    "a b",
    "a\0",
    ".",
    "",
  ];

  it.each(NAMES)("%j is no digest and no tag", (text) => {
    expect([isDigest(text), isTag(text)]).toEqual([false, false]);
    expect(() => parseRepository(text)).toThrow(expect.objectContaining({ name: "ParseError" }));
  });

  it.each(NAMES)("a manifest that names %j as the digest of something is malformed", (digest) => {
    const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [] }));
    expect(() => readManifest(bytes, OCI_MANIFEST, digestOf(bytes))).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  it.each(["sha256:../../../outside", "../outside"])(
    "a folder whose list names %j is malformed, and nothing outside of it is read",
    async (digest) => {
      const layout = await writeLayout();
      try {
        const listed = { mediaType: OCI_MANIFEST, digest, size: 2, annotations: { "org.opencontainers.image.ref.name": "1.0" } };
        await writeFile(join(layout.dir, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
        await writeFile(join(layout.dir, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [listed] }));
        await expect(openLayout(layout.dir)).rejects.toMatchObject({ code: "malformed" });
      } finally {
        await layout.remove();
      }
    },
  );
});

describe("T62 a registry that has no time for us proves nothing", () => {
  it.each([
    ["with the time to wait", { "retry-after": "7" }, true],
    ["without it", {}, false],
    ["with a time that is none", { "retry-after": "soon" }, false],
  ])("%s", async (_what, headers, isTold) => {
    const registry = await servers.registry(async (request, inner) =>
      isReferrers(request) ? new Response("", { status: 429, headers }) : inner(request),
    );
    const image = await pushImage(registry, repository, "a", tag);
    const retry = instantRetry();
    const asked = openTestClient(registry.host, { retry }).referrers(repository, image.digest);
    await expect(asked).rejects.toMatchObject({ code: "rate-limited", retryable: true });
    expect(retry.waits.includes(7_000)).toBe(isTold);
  });
});

describe("T63 an empty list of the referrers API is no list of all", () => {
  it("the fallback tag is read besides, with and without the header that tells of a filter", async () => {
    for (const headers of [{}, { "oci-filters-applied": "artifactType" }]) {
      const registry = await servers.registry(async (request, inner) =>
        isReferrers(request)
          ? Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }, { headers: { "content-type": OCI_INDEX, ...headers } })
          : inner(request),
      );
      const client = openTestClient(registry.host);
      const image = await pushImage(registry, repository, "a", tag);
      expect(await client.referrers(repository, image.digest)).toEqual([]);
      const signature = await pushReferrer(registry, repository, image, "signature");
      await pushIndex(registry, repository, [signature], image.digest.replace(":", "-"));
      expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
    }
  });
});

describe("T64 whoever may read the image and not its signatures is told so", () => {
  it.each([401, 403])("%i on the older tags alone is a fault, not an unsigned image", async (status) => {
    const registry = await servers.registry(async (request, inner) =>
      /\/manifests\/sha256-[0-9a-f]{64}\.sig$/.test(request.url) ? new Response("", { status }) : inner(request),
    );
    const image = await pushImage(registry, repository, "a", tag);
    const client = openTestClient(registry.host);
    expect(await client.resolve(repository, image.digest)).toBe(image.digest);
    await expect(client.referrers(repository, image.digest)).rejects.toMatchObject({
      code: expect.stringMatching(/^(unauthorized|forbidden)$/),
    });
  });
});
