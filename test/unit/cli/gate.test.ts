import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./run.ts";
import { MAIN } from "./spawn.ts";

type Gate = ChildProcessByStdio<null, Readable, null>;

let folder = "";
let state = "";
let gate: Gate;
let ready: { readonly url: string; readonly registry: string; readonly token: string };

async function start(): Promise<void> {
  gate = spawn(process.execPath, [MAIN, "up", "--demo", "--json", "--state", state, "--port", "0", "--registry-port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(createInterface({ input: gate.stdout }), "line");
  ready = JSON.parse(line);
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  gate.kill(signal);
  await once(gate, "exit");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-gate-"));
  state = join(folder, "state");
  await start();
}, 60_000);
afterAll(async () => {
  await stop("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

const image = (name: string) => `${ready.registry}/samples/${name}:1.0`;

async function ask(...words: readonly string[]) {
  const ran = await run([...words, "--state", state, "--json"]);
  return {
    exit: ran.exit,
    answer: ran.out === "" ? undefined : JSON.parse(ran.out),
    error: ran.err === "" ? undefined : JSON.parse(ran.err).error,
  };
}

async function pulls(name: string): Promise<boolean> {
  const answer = await fetch(`http://${ready.registry}/v2/samples/${name}/manifests/1.0`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  return answer.status === 200;
}

test("explain tells the verdict of each sample by its exit code, also of one that was taken away", async () => {
  expect(await ask("explain", image("clean"))).toMatchObject({ exit: 0, answer: { verdict: "compliant" } });
  expect(await ask("explain", image("vulnerable"))).toMatchObject({ exit: 1, answer: { verdict: "violating", held: true } });
  expect(await ask("explain", image("unscanned"))).toMatchObject({ exit: 2, answer: { verdict: "indeterminate", held: false } });
  expect(await ask("explain", image("nothing"))).toMatchObject({ exit: 4, error: { code: "not-found" } });
});

test("the block of a person says what the gate says, and names the screen", async () => {
  const { out } = await run(["explain", image("vulnerable"), "--state", state]);
  expect(out).toContain("VIOLATING");
  expect(out).toContain(`${ready.url}/images/sha256:`);
});

test("a digest alone is explained in every repository that has it, as markdown too", async () => {
  const { answer } = await ask("explain", image("mixed"));
  const by = await ask("explain", answer.digest);
  expect(by).toMatchObject({ exit: 1, answer: { digest: answer.digest, images: [{ repository: "samples/mixed" }] } });
  expect((await run(["explain", answer.digest, "--markdown", "--state", state])).out).toMatch(/^\*\*VIOLATING\*\* `/);
});

test("release puts a held image back, and the undo that it prints takes that back, once", async () => {
  expect(await pulls("vulnerable")).toBe(false);
  const released = await run(["release", image("vulnerable"), "--reason", "not reachable", "--yes", "--state", state]);
  expect(released.exit).toBe(0);
  expect(await pulls("vulnerable")).toBe(true);
  const [, undo = ""] = /^ {2}Undo {7}moorgate (.*)$/m.exec(released.out) ?? [];
  const words = undo.replace('"..."', "mistake").split(" ");
  expect((await run([...words, "--yes"])).exit).toBe(0);
  expect(await pulls("vulnerable")).toBe(false);
  const again = await run([...words, "--yes"]);
  expect(again).toMatchObject({ exit: 0, out: expect.stringContaining("0 steps, 1 action not taken back") });
});

test("to undo what was done since a time where nothing was is nothing to do, and an undo of what nobody knows is wrong use", async () => {
  const since = "2199-01-01T00:00:00.000Z";
  for (const how of ["--dry-run", "--yes"])
    expect(await ask("undo", "--since", since, "--reason", "drill", how)).toMatchObject({ exit: 0, answer: { kind: "there", since } });
  expect(await ask("undo", "policy-99", "--dry-run")).toMatchObject({ exit: 3, error: { code: "not-found" } });
});

test("an undo that a person's word stands against takes nothing back: exit 1", async () => {
  const { answer } = await ask("explain", image("mixed"));
  expect((await ask("hold", image("mixed"), "--reason", "evidence", "--yes")).exit).toBe(0);
  const held = `hold:${ready.registry}/samples/mixed@${answer.digest}:1`;
  expect(await ask("undo", held, "--reason", "mistake", "--yes")).toMatchObject({
    exit: 1,
    answer: { kind: "plan", steps: [], left: [{ code: "decided-since" }] },
  });
});

test("a dry run needs no reason, shows the plan, changes nothing and exits 1, for changes are pending", async () => {
  expect(await ask("hold", image("clean"), "--dry-run")).toMatchObject({
    exit: 1,
    answer: { kind: "plan", action: { verb: "hold" } },
  });
  expect(await ask("undo", "--since", "1h", "--dry-run")).toMatchObject({ exit: 1, answer: { kind: "plan" } });
  expect(await ask("undo", "--since", "1h", "--yes")).toMatchObject({ exit: 3, error: { code: "usage" } });
  expect(await pulls("clean")).toBe(true);
});

test("a person is shown the plan and asked; a no changes nothing", async () => {
  const ran = await run(["hold", image("clean"), "--reason", "drill", "--state", state], { answer: false });
  expect(ran).toMatchObject({ exit: 1, out: "" });
  expect(ran.asked).toHaveLength(1);
  expect(ran.err).toContain("PLAN");
  expect(await pulls("clean")).toBe(true);
});

test("where nobody can be asked an act needs --yes, and every act needs a reason", async () => {
  expect(await ask("hold", image("clean"), "--reason", "drill")).toMatchObject({ exit: 3, error: { code: "usage" } });
  expect(await ask("hold", image("clean"), "--yes")).toMatchObject({ exit: 3, error: { code: "usage" } });
  expect(await pulls("clean")).toBe(true);
});

test("sweep and doctor find the gate and its registry well", async () => {
  expect(await ask("sweep")).toMatchObject({ exit: 0, answer: { registries: [{ host: ready.registry }] } });
  const doctor = await ask("doctor");
  expect(doctor.answer.findings.filter((finding: { state: string }) => finding.state !== "well")).toEqual([]);
  expect(doctor.exit).toBe(0);
});

test("doctor finds a token that others can read", async () => {
  chmodSync(join(state, "token"), 0o644);
  expect((await ask("doctor")).exit).toBe(1);
  chmodSync(join(state, "token"), 0o600);
});

test("the journal that is tailed is the one that is proven, offline and as an export", async () => {
  const tail = await run(["journal", "tail", "--lines", "500", "--state", state, "--json"]);
  const kinds = tail.out.split("\n").map((line) => JSON.parse(line).event.kind);
  expect(kinds).toEqual(expect.arrayContaining(["judged", "acted"]));
  expect(await ask("journal", "verify")).toMatchObject({ exit: 0, answer: { state: "whole", entries: kinds.length } });
  writeFileSync(join(folder, "export.ndjson"), (await run(["journal", "tail", "--heads", "--json", "--state", state])).out);
  expect(await ask("journal", "verify", "--file", join(folder, "export.ndjson"), "--key", join(state, "journal-key.pub"))).toMatchObject({
    exit: 0,
    answer: { entries: kinds.length },
  });
});

test("journal tail --ocsf gives the events of the SIEM, one a line", async () => {
  const { out } = await run(["journal", "tail", "--ocsf", "--state", state]);
  expect(new Set(out.split("\n").map((line) => JSON.parse(line).class_uid))).toEqual(new Set([2003, 6003]));
});

test("the token lies in files of its owner, and never leaves for an address that was named by hand", async () => {
  for (const name of ["token", "gate.json"]) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600);
  const ran = await run(["sweep", "--url", "http://127.0.0.1:1", "--state", state, "--json"]);
  expect(ran.exit).toBe(3);
  expect(`${ran.out}${ran.err}`).not.toContain(ready.token);
});

test("a second gate on the same folder is refused", async () => {
  expect(await run(["up", "--state", state, "--port", "0", "--registry-port", "0", "--json"])).toMatchObject({ exit: 4, out: "" });
});

test("a taken port is an error that names the flag", async () => {
  const port = new URL(ready.url).port;
  const ran = await run(["up", "--state", join(folder, "other"), "--port", port, "--registry-port", "0", "--json"]);
  expect(ran).toMatchObject({ exit: 4, out: "" });
  expect(JSON.parse(ran.err).error.next).toContain("--port");
});

test("after a stop the same images are there with the same state, and nothing is pushed twice", async () => {
  const { answer } = await ask("explain", image("clean"));
  const referrers = async () =>
    (await (await fetch(`http://${ready.registry}/v2/samples/clean/referrers/${answer.digest}`)).json()) as {
      readonly manifests: unknown[];
    };
  const before = await referrers();
  expect(before.manifests).toHaveLength(2);
  const registry = ready.registry;
  await stop("SIGKILL");
  await start();
  expect(ready.registry).toBe(registry);
  expect(await referrers()).toEqual(before);
  expect(await ask("explain", image("vulnerable"))).toMatchObject({ exit: 1, answer: { held: true } });
}, 60_000);
