import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { KeptAnswer } from "../../../shared/ports/revocation-store.ts";
import { openMemory } from "../../../shared/signatures/revocation/memory.ts";
import { giving, listing, open, openPlace, signer, storeOf } from "../../fakes/authority.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import { NOW, signing } from "../../fixtures/notation.ts";
import { crlOf, ocspOf } from "../../fixtures/revocation.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const servers = openServers();
afterEach(() => servers.close());

describe("keeping", () => {
  it("an answer serves until it ends, and is asked for again then", async () => {
    const { server, host, made } = await listing(servers);
    const { status, clock } = open([host]);
    expect([await status(made), await status(made)]).toEqual(["good", "good"]);
    clock.forward(11 * HOUR);
    expect([await status(made), server.heard.length]).toEqual(["good", 1]);
    clock.forward(2 * HOUR);
    expect([await status(made), server.heard.length]).toEqual(["unknown", 2]);
  });

  it("after a day the question is asked again, and the kept answer stands in while nobody answers", async () => {
    const { server, host, made, does } = await listing(servers);
    const longLived = { nextUpdate: "2027-11-21T00:00:00Z" };
    does(giving(crlOf(made.root, [], longLived)));
    const { status, clock } = open([host]);
    expect(await status(made)).toBe("good");
    clock.forward(23 * HOUR);
    does(giving(crlOf(made.root, [77], longLived)));
    expect([await status(made), server.heard.length]).toEqual(["good", 1]);
    does((_, response) => answer(response, 503));
    clock.forward(2 * HOUR);
    expect([await status(made), server.heard.length]).toEqual(["good", 2]);
    does(giving(crlOf(made.root, [77], longLived)));
    clock.forward(2 * MINUTE);
    expect([await status(made), server.heard.length]).toEqual(["revoked", 3]);
  });

  it("an older answer that is played again changes nothing", async () => {
    const { server, host, made, does } = await listing(servers);
    const older = { thisUpdate: "2026-11-20T00:00:00Z", nextUpdate: "2026-12-20T00:00:00Z" };
    does(giving(crlOf(made.root, [77], { nextUpdate: older.nextUpdate })));
    const kept = new Map<string, KeptAnswer>();
    const { status, clock } = open([host], storeOf(kept));
    expect(await status(made)).toBe("revoked");
    does(giving(crlOf(made.root, [], older)));
    clock.forward(25 * HOUR);
    expect([await status(made), await status(made), server.heard.length]).toEqual(["revoked", "revoked", 2]);
    expect(await open([host], storeOf(kept), clock).status(made)).toBe("revoked");
    // A long time later the kept list has ended, and still names who was revoked.
    clock.forward(40 * 24 * HOUR);
    expect(await status(made)).toBe("revoked");
  });

  it("answers outlive the process; T56 one that was damaged meanwhile is asked again and replaced", async () => {
    const { server, host, made } = await listing(servers, 77);
    const kept = new Map<string, KeptAnswer>();
    expect(await open([host], storeOf(kept)).status(made)).toBe("revoked");
    expect(await open([], storeOf(kept)).status(made)).toBe("revoked");
    const [[question, whole] = []] = kept;
    if (question === undefined || whole === undefined) throw new Error("nothing was kept");
    const half = whole.bytes.subarray(0, whole.bytes.length / 2);
    for (const bytes of [half, Buffer.alloc(0), Buffer.from("<html>"), crlOf(signing().root, [])]) {
      kept.set(question, { ...whole, bytes });
      const before = server.heard.length;
      expect(await open([host], storeOf(kept)).status(made)).toBe("revoked");
      expect([server.heard.length - before, kept.get(question)?.bytes]).toEqual([1, whole.bytes]);
    }
  });

  it("what is signed by nobody who may is not kept, whatever it says of itself", async () => {
    const { host, made, does } = await listing(servers);
    does(giving(crlOf(signing().root, [], { nextUpdate: "2036-01-01T00:00:00Z" })));
    const kept = new Map<string, KeptAnswer>();
    expect(await open([host], storeOf(kept)).status(made)).toBe("unknown");
    expect(kept.size).toBe(0);
  });

  it("a store that fails costs a question and nothing else", async () => {
    const { server, host, made } = await listing(servers);
    const fail = (): Promise<never> => Promise.reject(new AdapterError("malformed", "damaged"));
    const { status, warned } = open([host], { find: fail, keep: fail });
    expect([await status(made), await status(made), server.heard.length]).toEqual(["good", "good", 1]);
    expect(warned.length).toBe(2);
  });

  it("memory holds what was used last, by number and by size", () => {
    const memory = openMemory();
    const of = (size: number): KeptAnswer => ({ bytes: new Uint8Array(size), thisUpdate: NOW, nextUpdate: NOW, askedAt: NOW });
    for (let number = 0; number < 1_001; number++) memory.set(`${number}`, of(1));
    expect([memory.get("0"), memory.get("1")?.bytes.length]).toEqual([undefined, 1]);
    memory.set("large", of(64 * 1024 * 1024 - 1));
    expect([memory.get("999"), memory.get("1000")?.bytes.length, memory.get("large") === undefined]).toEqual([undefined, 1, false]);
    memory.set("larger", of(64 * 1024 * 1024 + 1));
    expect([memory.get("large"), memory.get("larger")]).toEqual([undefined, undefined]);
    memory.set("small", of(1));
    expect(memory.get("small")?.bytes.length).toBe(1);
  });
});

describe("sparing", () => {
  it("many that ask the same at once ask once", async () => {
    const { server, host, url, does } = await openPlace(servers);
    const made = signer([url], []);
    does(giving(ocspOf(made.root, 77, "good")));
    const kept: string[] = [];
    const { status } = open([host], { find: async () => undefined, keep: async (question) => void kept.push(question) });
    const answers = await Promise.all(Array.from({ length: 20 }, () => status(made)));
    expect([new Set(answers), server.heard.length, kept.length]).toEqual([new Set(["good"]), 1, 1]);
  });

  it("a responder that is down is left alone for a minute, whatever it is asked about, and its lists are not", async () => {
    const { server, host, url, does } = await openPlace(servers);
    const one = signer([url], [url]);
    const other = signer([`${url}/other`], [], 78, one.root);
    does(({ method }, response) => answer(response, method === "GET" ? 200 : 503, {}, crlOf(one.root, [])));
    const { status, clock, warned } = open([host]);
    expect([await status(one), await status(other), await status(other)]).toEqual(["good", "unknown", "unknown"]);
    expect(server.heard.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect(warned.length).toBe(1);
    does(giving(ocspOf(one.root, 78, "good")));
    clock.forward(2 * MINUTE);
    expect([await status(other), server.heard.length]).toEqual(["good", 3]);
  });

  it("a question that got no answer is left alone for a minute, others are not", async () => {
    const { server, host, url, does } = await openPlace(servers);
    const found = signer([], [`${url}/found`]);
    const lost = signer([], [`${url}/lost`, `${url}/junk`], 78, found.root);
    does(({ path }, response) =>
      path === "/pki/lost" ? answer(response, 404) : answer(response, 200, {}, path === "/pki/junk" ? "junk" : crlOf(found.root, [])),
    );
    const { status, clock } = open([host]);
    expect([await status(lost), await status(lost), await status(found)]).toEqual(["unknown", "unknown", "good"]);
    expect(server.heard.map(({ path }) => path)).toEqual(["/pki/lost", "/pki/junk", "/pki/found"]);
    clock.forward(2 * MINUTE);
    await status(lost);
    expect(server.heard.length).toBe(5);
  });

  it("one who gives up does not take the answer from the others", async () => {
    const { server, host, made, does } = await listing(servers);
    const arrived = Promise.withResolvers<ServerResponse>();
    does((_, response) => arrived.resolve(response));
    const { status } = open([host]);
    const giving = new AbortController();
    const gone = status(made, giving.signal);
    const patient = status(made);
    const response = await arrived.promise;
    giving.abort();
    await expect(gone).rejects.toMatchObject({ code: "timeout" });
    answer(response, 200, {}, crlOf(made.root, []));
    expect(await patient).toBe("good");
    expect(server.heard.length).toBe(1);
  });
});
