import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listen } from "../../../functions/local/listen.ts";
import { answer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";
import { openWebGate, REPORTER, TOKEN, type WebGate } from "../../fakes/web-gate.ts";
import { at, keyOf, NOW, recordOf } from "../../fixtures/records.ts";
import { type Ran, run as runWords } from "./run.ts";

const IMAGE = keyOf("image");
const NAME = `${IMAGE.registry}/${IMAGE.repository}`;
const WORKLOADS = [{ name: "shop/Deployment/api", owner: "shop" }] as const;

let gate: WebGate;
let folder: string;
let door: Awaited<ReturnType<typeof listen>>;
beforeEach(async () => {
  gate = openWebGate();
  await gate.remember(recordOf(IMAGE));
  folder = mkdtempSync(join(tmpdir(), "moorgate-usage-"));
  writeFileSync(join(folder, "token"), TOKEN);
  writeFileSync(join(folder, "reporter"), REPORTER);
  door = await listen({ host: "127.0.0.1", port: 0, flag: "--port", requestTimeoutMs: 10_000 }, (request) => gate.app.fetch(request));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await door.stop();
  rmSync(folder, { recursive: true });
});

function ask(words: readonly string[], token = "token"): Promise<Ran> {
  return runWords([...words, "--url", `http://127.0.0.1:${door.port}`, "--token-file", join(folder, token), "--json"]);
}

const SYSTEM = { kind: "Pod", metadata: { name: "dns", namespace: "kube-system" }, spec: { containers: [] }, status: { phase: "Running" } };

function podOf(imageID: string): object {
  return {
    kind: "Pod",
    metadata: { name: "api-1", namespace: "shop" },
    spec: { containers: [{ name: "main", image: "shop/api:1" }] },
    status: { phase: "Running", containerStatuses: [{ name: "main", imageID }] },
  };
}

/** A list of one pod, as kubectl prints it, written at a time. */
function list(imageID: string, writtenAt = NOW, isWhole = true): string {
  const file = join(folder, "pods.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: [podOf(imageID), ...(isWhole ? [SYSTEM] : [])] }));
  utimesSync(file, writtenAt / 1000, writtenAt / 1000);
  return file;
}

describe("report-usage", () => {
  test("gives the gate what a list says, as of when it was written", async () => {
    const file = list(`shop/api@${IMAGE.digest}`, at(-60_000));
    const { exit, out } = await ask(["report-usage", "--place", "east", file], "reporter");
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ kind: "reported", from: ["kubernetes"], stored: { images: 1, ended: 0 } });
    expect(await gate.store.usage.uses([IMAGE.digest], [])).toEqual([
      { place: "east", seenAt: at(-60_000), workloads: [{ name: "shop/Pod/api-1", owner: "shop" }], unmatched: [] },
    ]);
  });

  test("tells of what it is not known which image it runs", async () => {
    const { out } = await ask(["report-usage", "--place", "west", list("sha256:1234")]);
    expect(JSON.parse(out)).toMatchObject({ images: [], unmatched: [{ workload: { name: "shop/Pod/api-1" }, repository: "shop/api" }] });
    expect((await gate.store.usage.places())[0]).toMatchObject({ place: "west", unmatched: 1 });
  });

  test("takes pods of one namespace for a part, unless the place is no more than that", async () => {
    const words = ["report-usage", "--place", "west", list(`shop/api@${IMAGE.digest}`, NOW, false)];
    expect((await ask(words)).exit).toBe(3);
    expect(await gate.store.usage.places()).toEqual([]);
    expect((await ask([...words, "--part-only"])).exit).toBe(0);
    expect(await gate.store.usage.places()).toHaveLength(1);
  });

  test("in a dry run reads everything, and needs no gate", async () => {
    const { exit, out } = await runWords(["report-usage", "--place", "east", "--dry-run", "--json", list(`shop/api@${IMAGE.digest}`)]);
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ kind: "plan", place: "east", images: [{ digest: IMAGE.digest }] });
    expect(await gate.store.usage.places()).toEqual([]);
  });

  test("asks the cluster of a kubeconfig", async () => {
    const servers = openServers();
    const cluster = await servers.raw(({ path, headers }, response) => {
      const isAllowed = headers.authorization === "Bearer account";
      const resource = new URL(path, "http://x").pathname.split("/").at(-1);
      const items = resource === "pods" ? [podOf(`shop/api@${IMAGE.digest}`)] : [];
      answer(response, isAllowed ? 200 : 401, {}, JSON.stringify({ apiVersion: "v1", kind: "PodList", items: isAllowed ? items : [] }));
    });
    const config = join(folder, "config");
    const document = {
      contexts: [{ name: "east", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: `http://${cluster.host}` } }],
      users: [{ name: "u", user: { token: "account" } }],
    };
    writeFileSync(config, JSON.stringify(document));
    const words = ["report-usage", "--place", "east", "--kubeconfig", config];
    expect((await ask([...words, "--context", "east"], "reporter")).exit).toBe(0);
    expect((await gate.store.usage.places())[0]).toMatchObject({ place: "east", images: 1 });
    expect((await ask(words, "reporter")).exit).toBe(3);
    writeFileSync(config, JSON.stringify(document).replace("account", "another"));
    expect((await ask([...words, "--context", "east"], "reporter")).exit).toBe(4);
    await servers.close();
  });

  test("finds the gate by the environment of its pod, and the command line comes first", async () => {
    vi.stubEnv("MOORGATE_URL", `http://127.0.0.1:${door.port}`);
    vi.stubEnv("MOORGATE_TOKEN_FILE", join(folder, "reporter"));
    const file = list(`shop/api@${IMAGE.digest}`);
    expect((await runWords(["report-usage", "--place", "east", file])).exit).toBe(0);
    expect((await runWords(["report-usage", "--place", "east", file, "--state", join(folder, "none")])).exit).toBe(4);
  });

  const wrong: readonly (readonly [string, number, () => readonly string[]])[] = [
    ["without a place", 3, () => [list("x")]],
    ["of a source that is not known", 3, () => ["--place", "east", "--from", "nomad", list("x")]],
    ["of a file that is not there", 3, () => ["--place", "east", join(folder, "none.json")]],
    ["of a folder", 3, () => ["--place", "east", "--seen-at", "2026-11-21T12:00:00Z", folder]],
    ["read in two ways at once", 3, () => ["--place", "east", "--in-cluster", list("x")]],
    ["of a cluster that is not there", 3, () => ["--place", "east", "--in-cluster"]],
    ["of a time that is none", 3, () => ["--place", "east", "--seen-at", "yesterday", list("x")]],
    ["of a place that nobody expects", 3, () => ["--place", "north", list("x")]],
    ["of what is not whole", 3, () => ["--place", "east", join(folder, "part.json")]],
    ["that names no workload", 3, () => ["--place", "east", join(folder, "none.ecs.json")]],
    ["of what is no list", 3, () => ["--place", "east", join(folder, "token")]],
  ];
  test.each(wrong)("a report %s changes nothing", async (_, exit, words) => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "");
    writeFileSync(join(folder, "part.json"), JSON.stringify({ apiVersion: "v1", kind: "PodList", metadata: { continue: "x" }, items: [] }));
    writeFileSync(join(folder, "none.ecs.json"), JSON.stringify({ tasks: [] }));
    expect((await ask(["report-usage", ...words()], "reporter")).exit).toBe(exit);
    expect(await gate.store.usage.places()).toEqual([]);
  });
});

describe("usage", () => {
  test("of an image says by its exit code whether anything runs it", async () => {
    expect((await ask(["usage", IMAGE.digest])).exit).toBe(2);
    for (const place of ["east", "west"]) await gate.store.usage.put({ place, seenAt: NOW, images: [], unmatched: [] });
    expect((await ask(["usage", `${NAME}:1.0`])).exit).toBe(0);
    await gate.store.usage.put({ place: "east", seenAt: NOW, images: [{ digest: IMAGE.digest, workloads: WORKLOADS }], unmatched: [] });
    const running = await ask(["usage", `${NAME}@${IMAGE.digest}`]);
    expect(running.exit).toBe(1);
    expect(JSON.parse(running.out)).toMatchObject({
      uses: [{ use: "running", seen: [{ place: "east", workloads: WORKLOADS }, { place: "west" }] }],
    });
    expect((await ask(["usage", `${NAME}:none`])).exit).toBe(4);
    expect((await ask(["usage", keyOf("never").digest])).exit).toBe(4);
  });

  test("without an image lists the places, and says by its exit code whether one is silent", async () => {
    await gate.store.usage.put({ place: "east", seenAt: NOW, images: [], unmatched: [] });
    const before = await ask(["usage"]);
    expect(before.exit).toBe(2);
    expect(JSON.parse(before.out).places).toMatchObject([
      { name: "east", isSilent: false },
      { name: "west", isSilent: true },
    ]);
    await gate.store.usage.put({ place: "west", seenAt: NOW, images: [], unmatched: [] });
    expect((await ask(["usage"])).exit).toBe(0);
  });

  const WHY = ["--reason", "switched off", "--actor", "ann"] as const;

  test("forget forgets one place, a dry run none", async () => {
    await gate.store.usage.put({ place: "old", seenAt: NOW, images: [], unmatched: [] });
    expect((await ask(["usage", "forget", "old", "--dry-run"])).exit).toBe(0);
    expect(await gate.store.usage.places()).toHaveLength(1);
    expect((await ask(["usage", "forget", "old"])).exit).toBe(3);
    expect((await ask(["usage", "forget", "old", ...WHY])).exit).toBe(0);
    expect(await gate.store.usage.places()).toEqual([]);
    for (const words of [
      ["old", ...WHY],
      ["old", "--dry-run"],
    ])
      expect(await ask(["usage", "forget", ...words])).toMatchObject({ exit: 3, err: expect.stringContaining('"not-found"') });
    for (const words of [
      ["usage", "forget"],
      ["usage", NAME, NAME],
      ["usage", "forget", "a", "b"],
    ])
      expect((await ask(words)).exit).toBe(3);
  });
});
