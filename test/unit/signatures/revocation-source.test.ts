import { afterEach, describe, expect, it } from "vitest";
import { giving, listing, open, openPlace, signer } from "../../fakes/authority.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import { crlOf, ocspOf } from "../../fixtures/revocation.ts";

const servers = openServers();
afterEach(() => servers.close());

describe("asking", () => {
  it("a responder is sent the question as RFC 6960 says, a list is fetched, and the type of the answer does not count", async () => {
    const responder = await openPlace(servers);
    const asked = signer([responder.url], []);
    responder.does(giving(ocspOf(asked.root, 77, "revoked")));
    expect(await open([responder.host]).status(asked)).toBe("revoked");
    expect(responder.server.heard).toMatchObject([
      { method: "POST", path: "/pki", headers: { "content-type": "application/ocsp-request" } },
    ]);
    const list = await listing(servers, 77);
    expect(await open([list.host]).status(list.made)).toBe("revoked");
    expect(list.server.heard).toMatchObject([{ method: "GET", path: "/pki", body: "" }]);
  });

  it.each([204, 206, 301, 404, 500])("status %i is no answer, even with a good one in it", async (status) => {
    const { host, made, does } = await listing(servers);
    does((_, response) => answer(response, status, {}, crlOf(made.root, [])));
    expect(await open([host]).status(made)).toBe("unknown");
  });

  it("T53 no redirect is followed", async () => {
    const { host, made, does, server } = await listing(servers);
    const target = await openPlace(servers);
    target.does(giving(crlOf(made.root, [])));
    does((_, response) => answer(response, 302, { location: target.url }));
    expect(await open([host, target.host]).status(made)).toBe("unknown");
    expect([server.heard.length, target.server.heard.length]).toEqual([1, 0]);
  });

  it("T53 a host of the own network is asked only if it is named, by its address or by its name", async () => {
    const { server, host, made, url } = await listing(servers);
    const port = host.split(":")[1] ?? "";
    const byName = { ...made, leaf: signer([], [url.replace("127.0.0.1", "localhost")], 77, made.root).leaf };
    for (const [internal, signed] of [
      [[], made],
      [[], byName],
      [["localhost"], made],
      [[`127.0.0.1:${Number(port) - 1}`], made],
      [["other.example"], byName],
    ] as const)
      expect(await open(internal).status(signed)).toBe("unknown");
    expect(server.heard).toEqual([]);
    expect(await open([`127.0.0.1:${port}`]).status(made)).toBe("good");
    expect(await open(["127.0.0.1"]).status(made)).toBe("good");
    expect(await open(["localhost"]).status(byName)).toBe("good");
    expect(server.heard.length).toBe(3);
  });

  it.each([
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "168.63.129.16",
    "100.100.100.200",
    "0.0.0.0",
    "2852039166",
    "0xa9fea9fe",
  ])("T53 a cloud's metadata at %s is not asked even if it is named", async (host) => {
    const { status, warned } = open([host, new URL(`http://${host}`).host]);
    expect(await status(signer([], [`http://${host}/latest/meta-data`]))).toBe("unknown");
    expect(warned.join()).toContain("not an address of the public internet");
  });

  it("T53 an answer that drips or never comes ends at its deadline, and the list is asked in its place", { timeout: 20_000 }, async () => {
    const [slow, silent, list] = [await openPlace(servers), await openPlace(servers), await openPlace(servers)];
    const made = signer([slow.url, silent.url], [list.url]);
    const dripping: NodeJS.Timeout[] = [];
    slow.does((_, response) => {
      response.writeHead(200);
      dripping.push(setInterval(() => response.write("x"), 100));
    });
    list.does(giving(crlOf(made.root, [])));
    const { status, warned } = open([slow.host, silent.host, list.host]);
    expect(await status(made)).toBe("good");
    dripping.forEach(clearInterval);
    expect(warned.filter((line) => line.includes("no whole answer within 2000 ms")).length).toBe(2);
  });

  it.each([{ "content-length": 1024 * 1024 + 1 }, {}])("T53 an answer that is too large is left: %o", async (headers) => {
    const { host, url, does } = await openPlace(servers);
    does((_, response) => response.writeHead(200, headers).end(Buffer.alloc(1024 * 1024 + 1)));
    const { status, warned } = open([host]);
    expect(await status(signer([url], []))).toBe("unknown");
    expect(warned.join()).toContain("at most 1048576 are read");
  });

  it("credentials in an address are sent to nobody and told to nobody", async () => {
    const { host, server } = await openPlace(servers);
    const { status, warned } = open([host]);
    expect(await status(signer([], [`http://user:hunter2@${host}/?token=hunter2`]))).toBe("unknown");
    expect([server.heard, warned.join().includes("hunter2")]).toEqual([[], false]);
  });
});
