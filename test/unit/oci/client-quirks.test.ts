import { afterEach, describe, expect, test } from "vitest";
import { parseDigest, referrersTag } from "../../../shared/domain/digest.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { collect, instantRetry, openTestClient } from "../../fakes/oci-client.ts";
import { digestOf, pushBlob, pushImage, pushIndex, pushReferrer } from "../../fakes/pusher.ts";
import { answer, type Heard, type RawServer, serveRaw } from "../../fakes/raw-server.ts";
import { type Around, type ServedRegistry, serveRegistry } from "../../fakes/served-registry.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function registryWith(around: Around): Promise<ServedRegistry> {
  const registry = await serveRegistry({ around });
  open.push(registry);
  return registry;
}

async function raw(handle: Parameters<typeof serveRaw>[0]): Promise<RawServer> {
  const server = await serveRaw(handle);
  open.push(server);
  return server;
}

const isReferrers = (request: Request): boolean => request.url.includes("/referrers/");
const text404 = (): Response => new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });

describe("a registry without the referrers API", () => {
  test.each<[string, () => Response]>([
    ["404 as text", text404],
    ["404 as JSON", () => Response.json({ errors: [{ code: "MANIFEST_UNKNOWN" }] }, { status: 404 })],
    ["a page for people", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["not allowed", () => Response.json({ errors: [{ code: "UNSUPPORTED" }] }, { status: 405 })],
  ])("is served by the fallback tag: %s", async (_, without) => {
    const registry = await registryWith(async (request, inner) => (isReferrers(request) ? without() : inner(request)));
    const client = openTestClient(registry.host);
    const image = await pushImage(registry, repository, "a", tag);
    expect(await client.referrers(repository, image.digest)).toEqual([]);
    const signature = await pushReferrer(registry, repository, image, "signature");
    await pushIndex(registry, repository, [signature], referrersTag(image.digest));
    expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
    expect(await client.referrersSupport(repository)).toBe("tag-schema");
  });

  test("that gives the subject itself for the fallback tag lists none of its children (GitLab)", async () => {
    const registry = await registryWith(async (request, inner) => {
      const digest = /\/manifests\/sha256-([0-9a-f]{64})$/.exec(request.url)?.[1];
      if (isReferrers(request)) return text404();
      return inner(digest === undefined ? request : new Request(request.url.replace(/sha256-/, "sha256:"), request));
    });
    const child = await pushImage(registry, repository, "child");
    const index = await pushIndex(registry, repository, [child], tag);
    expect(await openTestClient(registry.host).referrers(repository, index.digest)).toEqual([]);
  });
});

describe("an empty list of referrers is a proof", () => {
  test("so a listed one that is missing or broken is an error when nothing else was found", async () => {
    const registry = await registryWith(async (request, inner) => {
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

  test.each([401, 403, 429, 500, 503])("so a registry that answers %i to one of its reads gives none", async (status) => {
    for (const path of ["/referrers/", `/manifests/sha256-`, ".att"]) {
      const registry = await registryWith(async (request, inner) =>
        request.url.includes(path) ? new Response("", { status }) : inner(request),
      );
      const image = await pushImage(registry, repository, "a", tag);
      const asked = openTestClient(registry.host).referrers(repository, image.digest);
      await expect(asked, path).rejects.toMatchObject({ name: "AdapterError" });
    }
  });

  test("so a flood of entries is refused, not cut", async () => {
    const flood = Array.from({ length: 1_001 }, (_, at) => ({ mediaType: OCI_MANIFEST, digest: digestOf(String(at)), size: 1 }));
    const registry = await registryWith(async (request, inner) =>
      isReferrers(request) ? Response.json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: flood }) : inner(request),
    );
    await expect(openTestClient(registry.host).referrers(repository, nobody)).rejects.toMatchObject({ code: "too-large" });
  });

  test("so all pages are read, and a list that sends us elsewhere is refused", async () => {
    let second = "/v2/shop/api/referrers/next?page=2";
    const registry = await registryWith(async (request, inner) => {
      if (request.url.includes("page=2")) return inner(new Request(request.url.replace("next?page=2", image.digest)));
      if (!isReferrers(request)) return inner(request);
      const first = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ mediaType: OCI_MANIFEST, digest: image.digest, size: 1 }] };
      return Response.json(first, { headers: { link: `<${second}>; rel="next"` } });
    });
    const image = await pushImage(registry, repository, "a", tag);
    const signature = await pushReferrer(registry, repository, image, "on page two");
    const client = openTestClient(registry.host);
    expect((await client.referrers(repository, image.digest)).map(({ manifest }) => manifest.digest)).toEqual([signature.digest]);
    const elsewhere = await raw((_, response) => answer(response, 200));
    second = `http://${elsewhere.host}/page=2`;
    await expect(client.referrers(repository, image.digest)).rejects.toMatchObject({ code: "refused" });
    expect(elsewhere.heard).toEqual([]);
  });
});

describe("a manifest", () => {
  test("is asked for with all four types, else distribution hides it", async () => {
    const accepted: (string | null)[] = [];
    const registry = await registryWith(async (request, inner) => {
      if (/GET|HEAD/.test(request.method) && request.url.includes("/manifests/")) accepted.push(request.headers.get("accept"));
      return inner(request);
    });
    const client = openTestClient(registry.host);
    await client.resolve(repository, tag);
    await client.manifest(repository, nobody);
    expect(accepted).toHaveLength(2);
    for (const header of accepted) expect(header?.split(", ")).toHaveLength(4);
  });

  test("whose HEAD has no digest is read whole", async () => {
    const registry = await registryWith(async (request, inner) => {
      const response = await inner(request);
      response.headers.delete("docker-content-digest");
      return response;
    });
    const image = await pushImage(registry, repository, "a", tag);
    const client = openTestClient(registry.host);
    expect(await client.resolve(repository, tag)).toBe(image.digest);
    expect(await client.putManifest(repository, Buffer.from(image.bytes), image.mediaType, parseTag("2.0"))).toBe(image.digest);
  });

  test("with a body of another digest, or another digest in the header, is refused", async () => {
    let header: string | undefined;
    const registry = await registryWith(async (request, inner) => {
      const response = await inner(request);
      if (request.method === "PUT" || !request.url.includes("/manifests/")) return response;
      const headers = new Headers(response.headers);
      if (header !== undefined) headers.set("docker-content-digest", header);
      headers.delete("content-length");
      const body = header === undefined && request.method === "GET" ? `${await response.text()} ` : response.body;
      return new Response(body, { status: response.status, headers });
    });
    const image = await pushImage(registry, repository, "a", tag);
    const client = openTestClient(registry.host);
    await expect(client.manifest(repository, image.digest)).rejects.toMatchObject({ code: "malformed" });
    header = nobody;
    await expect(client.resolve(repository, image.digest)).rejects.toMatchObject({ code: "malformed" });
  });

  test("over 4 MiB is refused, announced or not", async () => {
    const server = await raw((_, response) => {
      response.writeHead(200, { "content-type": OCI_MANIFEST });
      const more = (): boolean => response.write(Buffer.alloc(65_536, " "));
      response.on("drain", more);
      while (more());
    });
    await expect(openTestClient(server.host).manifest(repository, nobody)).rejects.toMatchObject({ code: "too-large" });
  });
});

describe("a 404", () => {
  const client = (server: RawServer) => openTestClient(server.host);

  test("without a registry's marks counts when /v2/ answers as a registry does", async () => {
    const server = await raw(({ path }, response) => answer(response, path === "/v2/" ? 401 : 404));
    expect(await client(server).resolve(repository, tag)).toBeUndefined();
    expect(await client(server).manifest(repository, nobody)).toBeUndefined();
    expect(await collect(client(server).tags(repository))).toEqual([]);
    expect(await client(server).deleteManifest(repository, nobody)).toBe("absent");
  });

  test("of a proxy without a registry behind it proves no absence", async () => {
    const server = await raw((_, response) => answer(response, 404, { "content-type": "text/plain" }, "default backend - 404"));
    await expect(client(server).resolve(repository, tag)).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).manifest(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).referrers(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
    await expect(collect(client(server).tags(repository))).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).deleteManifest(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
  });
});

describe("a blob", () => {
  test("is fetched from storage elsewhere, which sees no credentials", async () => {
    const storage = await raw((_, response) => answer(response, 200, {}, "content"));
    const registry = await registryWith(async (request, inner) =>
      request.method === "GET" && request.url.includes("/blobs/")
        ? new Response(null, { status: 307, headers: { location: `http://${storage.host}/signed?key=1` } })
        : inner(request),
    );
    const blob = await pushBlob(registry, repository, "content");
    const client = openTestClient(registry.host, { credentials: async () => ({ username: "u", password: "p", kind: "password" }) });
    expect(Buffer.from(await client.blob(repository, blob, 100)).toString()).toBe("content");
    expect(storage.heard.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("that breaks off, is too long or is another one fails, as a whole and as a stream", async () => {
    const blob = { digest: digestOf("content"), size: 7 };
    const bodies = ["conten", "content!", "another"];
    for (const body of bodies) {
      const server = await raw((_, response) => answer(response, 200, {}, body));
      const client = openTestClient(server.host);
      await expect(client.blob(repository, blob, 100), body).rejects.toMatchObject({ name: "AdapterError" });
      await expect(collect(client.blobStream(repository, blob)), body).rejects.toMatchObject({ name: "AdapterError" });
    }
    const cut = await raw((_, response) => {
      response.writeHead(200, { "content-length": "7" }).write("cont");
      setImmediate(() => response.destroy());
    });
    await expect(openTestClient(cut.host).blob(repository, blob, 100)).rejects.toMatchObject({ code: "unreachable", retryable: true });
  });

  test("that is not mounted leaves no upload behind, and is not sent to another origin", async () => {
    const server = await raw(({ method }, response) =>
      answer(response, method === "DELETE" ? 204 : 202, { location: "/v2/q/blobs/uploads/1" }),
    );
    expect(await openTestClient(server.host).mountBlob(repository, parseRepository("q"), nobody)).toBe(false);
    expect(server.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /v2/q/blobs/uploads/?mount=${encodeURIComponent(nobody)}&from=${encodeURIComponent(repository)}`,
      "DELETE /v2/q/blobs/uploads/1",
    ]);
    const thief = await raw((_, response) => answer(response, 201));
    const sending = await raw((_, response) => answer(response, 202, { location: `http://${thief.host}/upload` }));
    const content = Buffer.from("secret layer");
    await expect(openTestClient(sending.host).putBlob(repository, { digest: nobody, size: 12 }, content)).rejects.toMatchObject({
      code: "refused",
    });
    expect(thief.heard).toEqual([]);
  });

  test("keeps the state that the registry put into the upload's address", async () => {
    const server = await raw(({ method }, response) =>
      answer(response, method === "POST" ? 202 : 201, { location: "/v2/shop/api/blobs/uploads/1?_state=a%2Bb" }),
    );
    await openTestClient(server.host).putBlob(repository, { digest: nobody, size: 1 }, Buffer.from("x"));
    expect(server.heard[1]).toMatchObject({
      method: "PUT",
      path: `/v2/shop/api/blobs/uploads/1?_state=a%2Bb&digest=${encodeURIComponent(nobody)}`,
      body: "x",
    });
  });
});

describe("a list of names", () => {
  const names = (server: RawServer) => collect(openTestClient(server.host).repositories());
  const page = (repositories: unknown, headers: Record<string, string> = {}) =>
    [200, { "content-type": "application/json", ...headers }, JSON.stringify({ repositories })] as const;

  test("is followed page by page, each name once", async () => {
    const server = await raw(({ path }, response) =>
      answer(response, ...(path.includes("last=b") ? page(["b", "c"]) : page(["a", "b"], { link: '</v2/_catalog?last=b>; rel="next"' }))),
    );
    expect(await names(server)).toEqual(["a", "b", "c"]);
  });

  test("ends where a registry ignores the page size and the place (distribution 2)", async () => {
    const all = Array.from({ length: 1_500 }, (_, at) => `team/app${at}`);
    const server = await raw((_, response) => answer(response, ...page(all)));
    expect(await names(server)).toEqual(all);
    expect(server.heard).toHaveLength(2);
  });

  test("goes on after a full page without a link", async () => {
    const all = Array.from({ length: 1_500 }, (_, at) => `team/app${String(at).padStart(4, "0")}`);
    const server = await raw(({ path }, response) => {
      const last = new URL(path, "http://x").searchParams.get("last");
      answer(response, ...page(all.filter((name) => last === null || name > last).slice(0, 1_000)));
    });
    expect(await names(server)).toEqual(all);
  });

  test("ends when a page leads back to one that was read", async () => {
    const server = await raw(({ path }, response) => {
      const at = Number(new URL(path, "http://x").searchParams.get("p") ?? "0");
      answer(response, ...page([`a${server.heard.length}`], { link: `</v2/_catalog?p=${(at % 3) + 1}>; rel="next"` }));
    });
    expect(await names(server)).toHaveLength(4);
  });

  test("is not followed to another origin", async () => {
    const thief = await raw((_, response) => answer(response, ...page(["x"])));
    const server = await raw((_, response) => answer(response, ...page(["a"], { link: `<http://${thief.host}/v2/_catalog>; rel="next"` })));
    await expect(names(server)).rejects.toMatchObject({ code: "refused" });
    expect(thief.heard).toEqual([]);
  });

  test("may be null, and leaves out names that nobody can ask for", async () => {
    expect(await names(await raw((_, response) => answer(response, ...page(null))))).toEqual([]);
    expect(await names(await raw((_, response) => answer(response, ...page(["ok", "../x", "UP", ".bad"]))))).toEqual(["ok"]);
  });
});

describe("faults", () => {
  test("in passing are tried again, as the registry wishes", async () => {
    const busy = new Map([
      [1, 429],
      [2, 503],
    ]);
    const headers = { "retry-after": "2", "docker-distribution-api-version": "registry/2.0" };
    const server = await raw((_, response) => answer(response, busy.get(server.heard.length) ?? 404, headers));
    const retry = instantRetry();
    expect(await openTestClient(server.host, { retry }).manifest(repository, nobody)).toBeUndefined();
    expect(retry.waits).toEqual([2_000, 2_000]);
    expect(server.heard).toHaveLength(3);
  });

  test("that stay are told with what was asked", async () => {
    const server = await raw((_, response) => answer(response, 403, {}, '{"errors":[{"code":"DENIED"}]}'));
    const fault = await openTestClient(server.host)
      .manifest(repository, nobody)
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: "forbidden", message: expect.stringMatching(/shop\/api.*DENIED/) });
    expect(server.heard).toHaveLength(1);
  });

  test.each([
    [400, "DIGEST_INVALID"],
    [405, "UNSUPPORTED"],
  ])("a registry that deletes no tags says %i, and it is unsupported", async (status, name) => {
    const server = await raw((_, response) => answer(response, status, {}, JSON.stringify({ errors: [{ code: name }] })));
    await expect(openTestClient(server.host).deleteTag(repository, tag)).rejects.toMatchObject({ code: "unsupported", retryable: false });
  });

  test("a child that its index protects is a conflict, not a missing ability (zot)", async () => {
    const server = await raw((_, response) => answer(response, 405, {}, '{"errors":[{"code":"DENIED"}]}'));
    await expect(openTestClient(server.host).deleteManifest(repository, nobody)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a manifest is not looked for where a redirect points", async () => {
    const other = await raw((_, response) => answer(response, 200));
    const server = await raw((_, response) => answer(response, 307, { location: `http://${other.host}/` }));
    await expect(openTestClient(server.host).manifest(repository, nobody)).rejects.toMatchObject({ code: "refused" });
    expect(other.heard).toEqual([]);
  });
});

test("plain HTTP is spoken with this machine only", () => {
  const settings = { plainHttp: true, credentials: async () => undefined };
  expect(() => openClient({ host: parseRegistryHost("registry.example"), ...settings })).toThrow(
    expect.objectContaining({ code: "refused" }),
  );
  expect(() => openClient({ host: parseRegistryHost("localhost:5000"), ...settings })).not.toThrow();
});

test("bytes are asked for as they are stored", async () => {
  const encodings: Heard["headers"]["accept-encoding"][] = [];
  const server = await raw(({ headers }, response) => {
    encodings.push(headers["accept-encoding"]);
    answer(response, 404, { "docker-distribution-api-version": "registry/2.0" });
  });
  await openTestClient(server.host).manifest(repository, nobody);
  expect(encodings).toEqual(["identity"]);
});
