import { afterEach, describe, expect, test } from "vitest";
import { readAll, request, requestStream } from "../../../shared/runtime/http.ts";
import { checkRedirect } from "../../../shared/runtime/url.ts";
import { answer, type RawServer, serveRaw } from "../../fakes/raw-server.ts";

const LIMITS = { timeoutMs: 5_000, maxBytes: 1_000 };
const open: RawServer[] = [];
const serve = async (...handler: Parameters<typeof serveRaw>): Promise<RawServer> => {
  const server = await serveRaw(...handler);
  open.push(server);
  return server;
};
const at = (server: RawServer, path = "/"): URL => new URL(`http://${server.host}${path}`);
const code = (expected: string) => expect.objectContaining({ code: expected });

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

describe("an exchange", () => {
  test("sends what it is given and gives back any status as an answer", async () => {
    const server = await serve((_, response) => answer(response, 500, { "x-a": "b" }, "no"));
    const got = await request({ url: at(server, "/p?q=1"), method: "POST", headers: { "x-c": "d" }, body: "hello", ...LIMITS });
    expect([got.status, got.headers.get("x-a"), Buffer.from(got.body).toString()]).toEqual([500, "b", "no"]);
    expect(server.heard[0]).toMatchObject({ method: "POST", path: "/p?q=1", body: "hello" });
    expect(server.heard[0]?.headers["x-c"]).toBe("d");
  });

  test("streams a body with the length that it was told", async () => {
    const server = await serve((_, response) => answer(response, 201));
    const body = async function* () {
      yield Buffer.from("ab");
      yield Buffer.from("cd");
    };
    await request({ url: at(server), method: "PUT", headers: { "content-length": "4" }, body: body(), ...LIMITS });
    expect(server.heard[0]).toMatchObject({ body: "abcd" });
    expect(server.heard[0]?.headers["content-length"]).toBe("4");
  });

  test("ends at its deadline, before the answer and in the middle of it", async () => {
    const silent = await serve(() => undefined);
    await expect(request({ url: at(silent), ...LIMITS, timeoutMs: 50 })).rejects.toEqual(code("timeout"));
    const slow = await serve((_, response) => void response.writeHead(200).write("part"));
    await expect(request({ url: at(slow), ...LIMITS, timeoutMs: 200 })).rejects.toEqual(code("timeout"));
  });

  test("ends when the caller cancels it", async () => {
    const server = await serve(() => undefined);
    await expect(request({ url: at(server), ...LIMITS, signal: AbortSignal.abort() })).rejects.toEqual(code("timeout"));
  });

  test("reads no more than its limit, announced or not", async () => {
    const announced = await serve((_, response) => answer(response, 200, {}, "x".repeat(1_001)));
    await expect(request({ url: at(announced), ...LIMITS })).rejects.toEqual(code("too-large"));
    const endless = await serve((_, response) => {
      const more = (): boolean => response.write("x".repeat(500));
      response.on("drain", more);
      while (more());
    });
    await expect(request({ url: at(endless), ...LIMITS })).rejects.toEqual(code("too-large"));
    await expect(request({ url: at(announced), ...LIMITS, maxBytes: 1_001 })).resolves.toMatchObject({ status: 200 });
  });

  test("fails when the answer breaks off", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half");
      setImmediate(() => response.destroy());
    });
    await expect(request({ url: at(server), ...LIMITS })).rejects.toEqual(code("unreachable"));
  });

  test("fails when nobody listens, naming neither path nor query", async () => {
    const server = await serve(() => undefined);
    const url = at(server, "/services/path-key?q=query-key");
    await server.close();
    const fault = await request({ url, ...LIMITS }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: "unreachable", retryable: true });
    expect(String(fault)).not.toMatch(/path-key|query-key/);
  });

  test("says what to look at where the address may be wrong", async () => {
    const server = await serve(() => undefined);
    const url = at(server);
    const overTls = new URL(url);
    overTls.protocol = "https:";
    await expect(request({ url: overTls, ...LIMITS })).rejects.toMatchObject({ mend: expect.stringContaining("plainHttp: true") });
    await server.close();
    await expect(request({ url, ...LIMITS })).rejects.toMatchObject({ mend: expect.stringContaining("port") });
  });

  test("can be left in the middle of the body", async () => {
    const server = await serve((_, response) => answer(response, 200, {}, "x".repeat(900)));
    const { body } = await requestStream({ url: at(server), ...LIMITS });
    for await (const chunk of body) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    await expect(request({ url: at(server), ...LIMITS })).resolves.toMatchObject({ status: 200 });
  });
});

describe("an address", () => {
  test.each([
    "http://registry.example/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "http://127.0.0.1.example/",
    "https://user:pass@registry.example/",
  ])("%s is refused without a connection", async (url) => {
    await expect(request({ url: new URL(url), ...LIMITS })).rejects.toEqual(code("refused"));
  });

  test.each(["127.0.0.1", "localhost", "[::1]"])("of the public internet only: %s is refused", async (name) => {
    const server = await serve((_, response) => answer(response, 200));
    const url = new URL(`http://${name}:${server.host.split(":")[1]}/`);
    await expect(request({ url, ...LIMITS, publicOnly: true })).rejects.toEqual(code("refused"));
    expect(server.heard).toEqual([]);
  });

  test.each([
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:127.0.0.1]/",
    "https://0x7f000001/",
    "https://2130706433/",
  ])("of the public internet only: %s is refused however it is written", async (url) => {
    await expect(request({ url: new URL(url), ...LIMITS, publicOnly: true })).rejects.toEqual(code("refused"));
  });
});

describe("a redirect", () => {
  test("is the answer itself unless following is asked for, and always for a POST", async () => {
    const server = await serve((_, response) => answer(response, 307, { location: "/b" }));
    expect((await request({ url: at(server), ...LIMITS })).status).toBe(307);
    expect((await request({ url: at(server), method: "POST", ...LIMITS, redirects: 3 })).status).toBe(307);
    expect(server.heard).toHaveLength(2);
  });

  test("takes credentials along on its own origin only, and does not get them back", async () => {
    const storage = await serve(({ path }, response) => {
      if (path === "/signed") answer(response, 302, { location: `http://${registry.host}/again` });
      else answer(response, 200, {}, "never");
    });
    const registry = await serve(({ path }, response) => {
      if (path === "/") answer(response, 307, { location: "/near" });
      else if (path === "/near") answer(response, 307, { location: `http://${storage.host}/signed` });
      else answer(response, 200, {}, "content");
    });
    const headers = { authorization: "Bearer key", cookie: "c=1", "x-token": "t", accept: "text/plain" };
    const got = await request({ url: at(registry), headers, ...LIMITS, redirects: 3 });
    expect(Buffer.from(got.body).toString()).toBe("content");
    expect(registry.heard.map((heard) => heard.headers.authorization)).toEqual(["Bearer key", "Bearer key", undefined]);
    expect(storage.heard[0]?.headers).not.toMatchObject({ authorization: expect.anything() });
    expect(Object.keys(storage.heard[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(["cookie"]));
    expect(storage.heard[0]?.headers["x-token"]).toBeUndefined();
    expect(storage.heard[0]?.headers.accept).toBe("text/plain");
  });

  test("is followed a bounded number of times and to safe addresses only", async () => {
    const loop = await serve((_, response) => answer(response, 302, { location: "/" }));
    await expect(request({ url: at(loop), ...LIMITS, redirects: 3 })).rejects.toEqual(code("refused"));
    expect(loop.heard).toHaveLength(4);
    const away = await serve((_, response) => answer(response, 302, { location: "http://registry.example/" }));
    await expect(request({ url: at(away), ...LIMITS, redirects: 3 })).rejects.toEqual(code("refused"));
  });
});

test("a server in this process is asked without a socket, and what it redirects to is not asked of it", async () => {
  const storage = await serve((_, response) => answer(response, 200, {}, "stored"));
  const asked: string[] = [];
  const inside: typeof fetch = async (input) => {
    asked.push(new Request(input).url);
    return new Response(null, { status: 307, headers: { location: `http://${storage.host}/blob` } });
  };
  const got = await request({ url: new URL("http://127.0.0.1:1/a"), ...LIMITS, redirects: 1, fetch: inside });
  expect(Buffer.from(got.body).toString()).toBe("stored");
  expect(asked).toEqual(["http://127.0.0.1:1/a"]);
});

test("a server elsewhere cannot send us to a service on this machine", () => {
  const elsewhere = new URL("https://registry.example/v2/");
  for (const target of ["http://127.0.0.1:2375/", "https://localhost/", "http://[::1]/"]) {
    expect(() => checkRedirect(elsewhere, elsewhere, target)).toThrow(code("refused"));
  }
  expect(checkRedirect(elsewhere, elsewhere, "/near").href).toBe("https://registry.example/near");
});

test("a whole body is given back as it came", async () => {
  const parts = [Buffer.from("a"), Buffer.from("bc")];
  const body = (async function* () {
    yield* parts;
  })();
  expect(Buffer.from(await readAll(body)).toString()).toBe("abc");
});
