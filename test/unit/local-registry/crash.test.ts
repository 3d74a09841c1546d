import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { digestOf } from "../../fakes/pusher.ts";
import { readAnswer, serveRegistry } from "../../fakes/served-registry.ts";

const PROGRAM = new URL("./pushing-process.ts", import.meta.url).pathname;

/** Starts a pusher in the folder and kills it as soon as it has said so many tags. */
async function pushAndKill(dir: string, round: number, after: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [PROGRAM, dir, String(round)], { stdio: ["ignore", "pipe", "inherit"] });
  const tags: string[] = [];
  for await (const tag of createInterface(child.stdout)) {
    tags.push(tag);
    if (tags.length === after) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return tags;
}

test("killed at any time, it has all that it acknowledged and nothing by halves", async () => {
  const registry = await serveRegistry();
  const acknowledged: string[] = [];
  for (const [round, after] of [1, 4, 9].entries()) acknowledged.push(...(await pushAndKill(registry.dir, round, after)));
  await registry.reopen();

  const { tags } = await readAnswer(await registry.send("GET", "/v2/shop/api/tags/list"));
  expect(tags).toEqual(expect.arrayContaining(acknowledged));
  for (const tag of tags) {
    const pulled = await registry.send("GET", `/v2/shop/api/manifests/${tag}`);
    const bytes = await pulled.text();
    expect(digestOf(bytes)).toBe(pulled.headers.get("docker-content-digest"));
    for (const { digest } of [JSON.parse(bytes).config, ...JSON.parse(bytes).layers]) {
      const blob = await registry.send("GET", `/v2/shop/api/blobs/${digest}`);
      expect(digestOf(await blob.text())).toBe(digest);
    }
  }
  expect(await readdir(join(registry.dir, "scratch"))).toEqual([]);
  await registry.close();
});
