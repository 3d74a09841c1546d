import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cp, readdir, readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import type { Around, Contents, ServedRegistry } from "../fakes/served-registry.ts";
import { freePort, start, until } from "../running/process.ts";
import { findProgram } from "../running/programs.ts";

/** A real distribution registry with deletes allowed, behind a door at which `around` sees every request first. Ends only what it started. */
export async function serveDistribution(around: Around): Promise<ServedRegistry> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), "moorgate-registry-"));
  const config = join(dir, "config.yml");
  writeFileSync(
    config,
    `version: 0.1
log: { level: error }
storage:
  filesystem: { rootdirectory: ${join(dir, "data")} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}", relativeurls: true }
`,
  );
  const running = start(findProgram("registry"), ["serve", config], { cwd: dir, env: { OTEL_TRACES_EXPORTER: "none" } });
  await until("the registry to answer", async () => ((await fetch(`http://127.0.0.1:${port}/v2/`)).ok ? true : undefined));
  const server = createAdaptorServer({
    fetch: (request: Request) => around(request, (asked) => forward(asked, port)),
    overrideGlobalObjects: false,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repositories = join(dir, "data", "docker", "registry", "v2", "repositories");
  return {
    host,
    dir,
    envelopes: [],
    send: (method, path, more = {}) => fetch(`http://${host}${path}`, { method, ...more }),
    contents: (repository) => readContents(join(repositories, repository, "_manifests")),
    clone: (from, to) => cp(join(repositories, from), join(repositories, to), { recursive: true }),
    reopen: async () => {},
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
      await running.end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function forward(request: Request, port: number): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of ["host", "connection", "content-length", "transfer-encoding"]) headers.delete(name);
  const body = request.method === "GET" || request.method === "HEAD" ? {} : { body: await request.arrayBuffer() };
  const answer = await fetch(`http://127.0.0.1:${port}${pathname}${search}`, {
    method: request.method,
    headers,
    redirect: "manual",
    ...body,
  });
  const content = request.method === "HEAD" || answer.status === 204 ? null : await answer.arrayBuffer();
  return new Response(content, { status: answer.status, headers: answer.headers });
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

/** As distribution's file system driver keeps them: what was deleted has no link. */
async function readContents(folder: string): Promise<Contents> {
  const names = async (path: string): Promise<readonly string[]> => (await readdir(join(folder, path)).catch(() => [])).toSorted(byText);
  const link = (...path: readonly string[]): Promise<string | undefined> =>
    readFile(join(folder, ...path, "link"), "utf8").catch(() => undefined);
  const tags: Record<string, string> = {};
  for (const tag of await names("tags")) {
    const digest = await link("tags", tag, "current");
    if (digest !== undefined) tags[tag] = digest;
  }
  const manifests: string[] = [];
  for (const hex of await names("revisions/sha256")) {
    if ((await link("revisions", "sha256", hex)) !== undefined) manifests.push(`sha256-${hex}`);
  }
  return { tags, manifests };
}
