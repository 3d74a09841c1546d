import { afterEach, expect, test } from "vitest";
import { exchange, exchangePublic } from "../../../shared/runtime/exchange.ts";
import { readAll } from "../../../shared/runtime/http.ts";
import { answer, type RawServer, serveRaw } from "../../fakes/raw-server.ts";

let server: RawServer | undefined;
afterEach(async () => server?.close());

test("what is connected to is the address that the check saw, and the exchange is an ordinary one", async () => {
  server = await serveRaw(({ body }, response) => answer(response, 202, { "x-a": "1" }, `got ${body}`));
  const checked: string[] = [];
  const url = new URL(`http://localhost:${server.host.split(":")[1]}/hook`);
  const isAllowed = (address: string): boolean => {
    checked.push(address);
    return true;
  };
  const sent = { url, method: "POST", headers: { "content-type": "text/plain" }, timeoutMs: 5_000, maxBytes: 100 };
  const whole = await exchangePublic(url, { ...sent, body: "whole" }, AbortSignal.timeout(5_000), isAllowed);
  const streamed = (async function* () {
    yield Buffer.from("in ");
    yield Buffer.from("parts");
  })();
  const parts = await exchangePublic(url, { ...sent, body: streamed }, AbortSignal.timeout(5_000), isAllowed);
  expect([whole.status, whole.headers.get("x-a")]).toEqual([202, "1"]);
  expect(await textOf(whole.body)).toBe("got whole");
  expect(await textOf(parts.body)).toBe("got in parts");
  expect(checked).toContain("127.0.0.1");
  expect(server.heard[0]?.headers.host).toBe(url.host);
});

test("a field of an answer is found by its name in any case, and is all that was sent under it", async () => {
  server = await serveRaw((_, response) =>
    response
      .writeHead(
        200,
        [
          ["X-Many", "1"],
          ["x-many", "2"],
          ["Link", "<a>"],
        ].flat(),
      )
      .end(),
  );
  const url = new URL(`http://${server.host}/`);
  const { headers } = await exchange(url, { url, timeoutMs: 5_000, maxBytes: 100 }, AbortSignal.timeout(5_000));
  expect(["x-many", "X-MANY", "link", "absent"].map((name) => headers.get(name))).toEqual(["1, 2", "1, 2", "<a>", null]);
});

test("one address that is not allowed spoils the name", async () => {
  server = await serveRaw((_, response) => answer(response, 200));
  const url = new URL(`http://localhost:${server.host.split(":")[1]}/`);
  const refused = exchangePublic(
    url,
    { url, timeoutMs: 5_000, maxBytes: 100 },
    AbortSignal.timeout(5_000),
    (address) => !address.startsWith("127."),
  );
  await expect(refused).rejects.toMatchObject({ code: "refused" });
  expect(server.heard).toEqual([]);
});

async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  return body === null ? "" : Buffer.from(await readAll(body)).toString();
}
