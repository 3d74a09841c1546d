import { afterEach, describe, expect, test } from "vitest";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { collect, instantRetry, openTestClient } from "../../fakes/oci-client.ts";
import { digestOf, pushBlob, pushImage } from "../../fakes/pusher.ts";
import { answer, type Heard, type RawServer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const nobody = parseDigest(`sha256:${"0".repeat(64)}`);

const servers = openServers();
afterEach(() => servers.close());

describe("a manifest", () => {
  test("is asked for with all four types, else distribution hides it", async () => {
    const accepted: (string | null)[] = [];
    const registry = await servers.registry(async (request, inner) => {
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
    const registry = await servers.registry(async (request, inner) => {
      const response = await inner(request);
      response.headers.delete("docker-content-digest");
      return response;
    });
    const image = await pushImage(registry, repository, "a", tag);
    const client = openTestClient(registry.host);
    expect(await client.resolve(repository, tag)).toBe(image.digest);
    expect(await client.putManifest(repository, Buffer.from(image.bytes), image.mediaType, parseTag("2.0"))).toBe(image.digest);
  });

  test("with a body of another digest, or another digest in the header, is refused (T01, T05)", async () => {
    const wrong: { header?: string } = {};
    const registry = await servers.registry(async (request, inner) => {
      const response = await inner(request);
      if (request.method === "PUT" || !request.url.includes("/manifests/")) return response;
      const headers = new Headers(response.headers);
      if (wrong.header !== undefined) headers.set("docker-content-digest", wrong.header);
      headers.delete("content-length");
      const body = wrong.header === undefined && request.method === "GET" ? `${await response.text()} ` : response.body;
      return new Response(body, { status: response.status, headers });
    });
    const image = await pushImage(registry, repository, "a", tag);
    const client = openTestClient(registry.host);
    await expect(client.manifest(repository, image.digest)).rejects.toMatchObject({ code: "malformed" });
    wrong.header = nobody;
    await expect(client.resolve(repository, image.digest)).rejects.toMatchObject({ code: "malformed" });
  });

  test("over 4 MiB is refused, announced or not", async () => {
    const server = await servers.raw((_, response) => {
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
    const server = await servers.raw(({ path }, response) => answer(response, path === "/v2/" ? 401 : 404));
    expect(await client(server).resolve(repository, tag)).toBeUndefined();
    expect(await client(server).manifest(repository, nobody)).toBeUndefined();
    expect(await collect(client(server).tags(repository))).toEqual([]);
    expect(await client(server).deleteManifest(repository, nobody)).toBe("absent");
  });

  test("of a proxy without a registry behind it proves no absence", async () => {
    const server = await servers.raw((_, response) => answer(response, 404, { "content-type": "text/plain" }, "default backend - 404"));
    await expect(client(server).resolve(repository, tag)).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).manifest(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).referrers(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
    await expect(collect(client(server).tags(repository))).rejects.toMatchObject({ code: "unreachable" });
    await expect(client(server).deleteManifest(repository, nobody)).rejects.toMatchObject({ code: "unreachable" });
  });
});

describe("a blob", () => {
  test("is fetched from storage elsewhere, which sees no credentials (T60)", async () => {
    const storage = await servers.raw((_, response) => answer(response, 200, {}, "content"));
    const registry = await servers.registry(async (request, inner) =>
      request.method === "GET" && request.url.includes("/blobs/")
        ? new Response(null, { status: 307, headers: { location: `http://${storage.host}/signed?key=1` } })
        : inner(request),
    );
    const blob = await pushBlob(registry, repository, "content");
    const client = openTestClient(registry.host, { credentials: async () => ({ username: "u", password: "p", kind: "password" }) });
    expect(Buffer.from(await client.blob(repository, blob, 100)).toString()).toBe("content");
    expect(storage.heard.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("that breaks off, is too long or is another one fails, as a whole and as a stream (T05)", async () => {
    const blob = { digest: digestOf("content"), size: 7 };
    const bodies = ["conten", "content!", "another"];
    for (const body of bodies) {
      const server = await servers.raw((_, response) => answer(response, 200, {}, body));
      const client = openTestClient(server.host);
      await expect(client.blob(repository, blob, 100), body).rejects.toMatchObject({ name: "AdapterError" });
      await expect(collect(client.blobStream(repository, blob)), body).rejects.toMatchObject({ name: "AdapterError" });
    }
    const whole = await servers.raw((_, response) => answer(response, 200, {}, "content"));
    await expect(collect(openTestClient(whole.host).blobStream(repository, { ...blob, size: 8 }))).rejects.toMatchObject({
      code: "malformed",
    });
    const cut = await servers.raw((_, response) => {
      response.writeHead(200, { "content-length": "7" }).write("cont");
      setImmediate(() => response.destroy());
    });
    await expect(openTestClient(cut.host).blob(repository, blob, 100)).rejects.toMatchObject({ code: "unreachable", retryable: true });
  });

  test("that is not mounted leaves no upload behind, and is not sent to another origin", async () => {
    const server = await servers.raw(({ method }, response) =>
      answer(response, method === "DELETE" ? 204 : 202, { location: "/v2/q/blobs/uploads/1" }),
    );
    expect(await openTestClient(server.host).mountBlob(repository, parseRepository("q"), nobody)).toBe(false);
    expect(server.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /v2/q/blobs/uploads/?mount=${encodeURIComponent(nobody)}&from=${encodeURIComponent(repository)}`,
      "DELETE /v2/q/blobs/uploads/1",
    ]);
    const thief = await servers.raw((_, response) => answer(response, 201));
    const sending = await servers.raw((_, response) => answer(response, 202, { location: `http://${thief.host}/upload` }));
    const content = Buffer.from("secret layer");
    await expect(openTestClient(sending.host).putBlob(repository, { digest: nobody, size: 12 }, content)).rejects.toMatchObject({
      code: "refused",
    });
    expect(thief.heard).toEqual([]);
  });

  test.each([
    ["stored is taken for done", 200, "done"],
    ["not stored may be tried again", 404, "conflict, again: true"],
  ])("whose upload has ended because the answer of its end was lost: %s", async (_, status, expected) => {
    const server = await servers.raw(({ method, path }, response) => {
      if (method === "POST") return answer(response, 202, { location: "/v2/shop/api/blobs/uploads/1" });
      if (method === "HEAD" && path.endsWith(nobody)) return answer(response, status);
      return answer(response, 404, {}, JSON.stringify({ errors: [{ code: "BLOB_UPLOAD_UNKNOWN" }] }));
    });
    const ended = await openTestClient(server.host)
      .putBlob(repository, { digest: nobody, size: 1 }, Buffer.from("x"))
      .then(
        () => "done",
        (error: unknown) => (error instanceof AdapterError ? `${error.code}, again: ${error.retryable}` : error),
      );
    expect(ended).toBe(expected);
  });

  test("keeps the state that the registry put into the upload's address", async () => {
    const server = await servers.raw(({ method }, response) =>
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

describe("faults", () => {
  test("in passing are tried again, as the registry wishes", async () => {
    const busy = new Map([
      [1, 429],
      [2, 503],
    ]);
    const headers = { "retry-after": "2", "docker-distribution-api-version": "registry/2.0" };
    const server = await servers.raw((_, response) => answer(response, busy.get(server.heard.length) ?? 404, headers));
    const retry = instantRetry();
    expect(await openTestClient(server.host, { retry }).manifest(repository, nobody)).toBeUndefined();
    expect(retry.waits).toEqual([2_000, 2_000]);
    expect(server.heard).toHaveLength(3);
  });

  test("that stay are told with what was asked", async () => {
    const server = await servers.raw((_, response) => answer(response, 403, {}, '{"errors":[{"code":"DENIED"}]}'));
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
    const server = await servers.raw((_, response) => answer(response, status, {}, JSON.stringify({ errors: [{ code: name }] })));
    await expect(openTestClient(server.host).deleteTag(repository, tag)).rejects.toMatchObject({ code: "unsupported", retryable: false });
  });

  test("a child that its index protects is a conflict, not a missing ability (zot)", async () => {
    const server = await servers.raw((_, response) => answer(response, 405, {}, '{"errors":[{"code":"DENIED"}]}'));
    await expect(openTestClient(server.host).deleteManifest(repository, nobody)).rejects.toMatchObject({ code: "conflict" });
  });

  test("a manifest is not looked for where a redirect points (T60)", async () => {
    const other = await servers.raw((_, response) => answer(response, 200));
    const server = await servers.raw((_, response) => answer(response, 307, { location: `http://${other.host}/` }));
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
  const server = await servers.raw(({ headers }, response) => {
    encodings.push(headers["accept-encoding"]);
    answer(response, 404, { "docker-distribution-api-version": "registry/2.0" });
  });
  await openTestClient(server.host).manifest(repository, nobody);
  expect(encodings).toEqual(["identity"]);
});
