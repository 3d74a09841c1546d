import { afterEach, describe, expect, test } from "vitest";
import { parseDigest, referrersTag } from "../../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { digestOf, pushImage, pushIndex, pushReferrer } from "../../fakes/pusher.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);

const servers = openServers();
afterEach(() => servers.close());

const isReferrers = (request: Request): boolean => request.url.includes("/referrers/");
const text404 = (): Response => new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });

describe("T63 a registry without the referrers API", () => {
  test.each<[string, () => Response]>([
    ["404 as text", text404],
    ["404 as JSON", () => Response.json({ errors: [{ code: "MANIFEST_UNKNOWN" }] }, { status: 404 })],
    ["a page for people", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["not allowed", () => Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 405 })],
    ["a bad request", () => Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 400 })],
  ])("is served by the fallback tag: %s", async (_, without) => {
    const registry = await servers.registry(async (request, inner) => (isReferrers(request) ? without() : inner(request)));
    const client = openTestClient(registry.host);
    const image = await pushImage(registry, repository, "a", tag);
    expect(await client.referrers(repository, image.digest)).toEqual([]);
    const signature = await pushReferrer(registry, repository, image, "signature");
    await pushIndex(registry, repository, [signature], referrersTag(image.digest));
    expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
    expect(await client.referrersSupport(repository)).toBe("tag-schema");
  });

  test("that gives the subject itself for the fallback tag lists none of its children (GitLab)", async () => {
    const registry = await servers.registry(async (request, inner) => {
      const digest = /\/manifests\/sha256-([0-9a-f]{64})$/.exec(request.url)?.[1];
      if (isReferrers(request)) return text404();
      return inner(digest === undefined ? request : new Request(request.url.replace(/sha256-/, "sha256:"), request));
    });
    const child = await pushImage(registry, repository, "child");
    const index = await pushIndex(registry, repository, [child], tag);
    const client = openTestClient(registry.host);
    expect(await client.referrers(repository, index.digest)).toEqual([]);
    expect(await client.referrers(repository, child.digest)).toEqual([]);
  });
});

describe("an empty list of referrers is a proof", () => {
  test("so a listed one that is missing or broken is an error when nothing else was found (T44)", async () => {
    const registry = await servers.registry(async (request, inner) => {
      const response = await inner(request);
      if (!isReferrers(request)) return response;
      const listed = { mediaType: OCI_MANIFEST, digest: nobody, size: 10 };
      const { manifests } = (await response.json()) as { manifests: object[] };
      return Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [listed, ...manifests] });
    });
    const client = openTestClient(registry.host);
    const image = await pushImage(registry, repository, "a", tag);
    await expect(client.referrers(repository, image.digest)).rejects.toMatchObject({ code: "malformed", retryable: true });
    const signature = await pushReferrer(registry, repository, image, "good");
    expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
  });

  test.each([401, 403, 429, 500, 503])("so a registry that answers %i to one of its reads gives none (T62, T64)", async (status) => {
    for (const path of ["/referrers/", `/manifests/sha256-`, ".att"]) {
      const registry = await servers.registry(async (request, inner) =>
        request.url.includes(path) ? new Response("", { status }) : inner(request),
      );
      const image = await pushImage(registry, repository, "a", tag);
      const asked = openTestClient(registry.host).referrers(repository, image.digest);
      await expect(asked, path).rejects.toMatchObject({ name: "AdapterError" });
    }
  });

  test("so a flood of entries is refused, not cut (T50)", async () => {
    const flood = Array.from({ length: 1_001 }, (_, at) => ({ mediaType: OCI_MANIFEST, digest: digestOf(String(at)), size: 1 }));
    const registry = await servers.registry(async (request, inner) =>
      isReferrers(request) ? Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: flood }) : inner(request),
    );
    const client = openTestClient(registry.host);
    await expect(client.referrers(repository, nobody)).rejects.toMatchObject({ code: "too-large" });
    const image = await pushImage(registry, repository, "a", tag);
    const half = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: flood.slice(0, 600) };
    const other = flood.slice(600).map((entry) => ({ ...entry, digest: digestOf(`other ${entry.digest}`) }));
    const split = await servers.registry(async (request, inner) => {
      if (isReferrers(request)) return Response.json(half);
      if (!request.url.endsWith(referrersTag(image.digest))) return inner(request);
      return Response.json({ ...half, manifests: other }, { headers: { "content-type": OCI_INDEX } });
    });
    await expect(openTestClient(split.host).referrers(repository, image.digest)).rejects.toMatchObject({ code: "too-large" });
  });

  test("so pages without end are refused (T50)", async () => {
    let pages = 0;
    const registry = await servers.registry(async (request, inner) => {
      if (!isReferrers(request)) return inner(request);
      const manifests = [{ mediaType: OCI_MANIFEST, digest: nobody, size: 1 }];
      const headers = { link: `</v2/shop/api/referrers/${nobody}?p=${++pages}>; rel="next"` };
      return Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, { headers });
    });
    await expect(openTestClient(registry.host).referrers(repository, nobody)).rejects.toMatchObject({ code: "too-large" });
  });

  test("so all pages are read, and a list that sends us elsewhere is refused", async () => {
    let second = "/v2/shop/api/referrers/next?page=2";
    const registry = await servers.registry(async (request, inner) => {
      if (request.url.includes("page=2")) return inner(new Request(request.url.replace("next?page=2", image.digest)));
      if (!isReferrers(request)) return inner(request);
      const first = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ mediaType: OCI_MANIFEST, digest: image.digest, size: 1 }] };
      return Response.json(first, { headers: { link: `<${second}>; rel="next"` } });
    });
    const image = await pushImage(registry, repository, "a", tag);
    const signature = await pushReferrer(registry, repository, image, "on page two");
    const client = openTestClient(registry.host);
    expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
    const elsewhere = await servers.raw((_, response) => answer(response, 200));
    second = `http://${elsewhere.host}/page=2`;
    await expect(client.referrers(repository, image.digest)).rejects.toMatchObject({ code: "refused" });
    expect(elsewhere.heard).toEqual([]);
  });
});
