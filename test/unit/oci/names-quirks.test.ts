import { afterEach, describe, expect, test } from "vitest";
import { collect, openTestClient } from "../../fakes/oci-client.ts";
import { answer, type RawServer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const servers = openServers();
afterEach(() => servers.close());

describe("a list of names", () => {
  const names = (server: RawServer) => collect(openTestClient(server.host).repositories());
  const page = (repositories: unknown, headers: Record<string, string> = {}) =>
    [200, { "content-type": "application/json", ...headers }, JSON.stringify({ repositories })] as const;

  test("is followed page by page, each name once", async () => {
    const server = await servers.raw(({ path }, response) =>
      answer(response, ...(path.includes("last=b") ? page(["b", "c"]) : page(["a", "b"], { link: '</v2/_catalog?last=b>; rel="next"' }))),
    );
    expect(await names(server)).toEqual(["a", "b", "c"]);
  });

  test("ends where a registry ignores the page size and the place (distribution 2)", async () => {
    const all = Array.from({ length: 1_500 }, (_, at) => `team/app${at}`);
    const server = await servers.raw((_, response) => answer(response, ...page(all)));
    expect(await names(server)).toEqual(all);
    expect(server.heard).toHaveLength(2);
  });

  test("goes on after a full page without a link", async () => {
    const all = Array.from({ length: 1_500 }, (_, at) => `team/app${String(at).padStart(4, "0")}`);
    const server = await servers.raw(({ path }, response) => {
      const last = new URL(path, "http://x").searchParams.get("last");
      answer(response, ...page(all.filter((name) => last === null || name > last).slice(0, 1_000)));
    });
    expect(await names(server)).toEqual(all);
  });

  test("ends when a page leads back to one that was read (T50)", async () => {
    const server = await servers.raw(({ path }, response) => {
      const at = Number(new URL(path, "http://x").searchParams.get("p") ?? "0");
      answer(response, ...page([`a${server.heard.length}`], { link: `</v2/_catalog?p=${(at % 3) + 1}>; rel="next"` }));
    });
    expect(await names(server)).toHaveLength(4);
  });

  test("ends when a page brings nothing new, wherever it leads", async () => {
    const server = await servers.raw((_, response) =>
      answer(response, ...page(["a"], { link: `</v2/_catalog?p=${server.heard.length}>; rel="next"` })),
    );
    expect(await names(server)).toEqual(["a"]);
    expect(server.heard).toHaveLength(2);
  });

  test("is not followed to another origin", async () => {
    const thief = await servers.raw((_, response) => answer(response, ...page(["x"])));
    const server = await servers.raw((_, response) =>
      answer(response, ...page(["a"], { link: `<http://${thief.host}/v2/_catalog>; rel="next"` })),
    );
    await expect(names(server)).rejects.toMatchObject({ code: "refused" });
    expect(thief.heard).toEqual([]);
  });

  test("may be null, and leaves out names that nobody can ask for", async () => {
    expect(await names(await servers.raw((_, response) => answer(response, ...page(null))))).toEqual([]);
    expect(await names(await servers.raw((_, response) => answer(response, ...page(["ok", "../x", "UP", ".bad"]))))).toEqual(["ok"]);
  });
});
