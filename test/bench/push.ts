import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { makeSigningKey } from "../../functions/local/samples/sign.ts";
import type { JournalEntry } from "../../shared/domain/audit-event.ts";
import { percentiles } from "./stats.ts";

const RATE = 50;
const REPOSITORIES = 100;
const WAIT_MS = 30_000;

// Every image is unsigned, so each event ends in a verdict, a hold and its probe.
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: bench }
mode: enforce
trust: { keys: [{ name: nobody, file: nobody.pub }] }
rules:
  - { id: signed, rule: signature-required, grace: 0s }
`;

interface Ready {
  readonly url: string;
  readonly registry: string;
  readonly token: string;
}

/**
 * Pushes violating images at a steady rate into a gate in another process, and measures each from the first byte of its manifest's PUT to the
 * journal entry of its hold, by the one clock of this machine. So the time includes the push itself, the event, evidence, verdict, move to
 * quarantine and probe.
 */
export default async function push({ seconds = 60 }: { readonly seconds?: number }): Promise<readonly object[]> {
  const state = mkdtempSync(join(tmpdir(), "moorgate-bench-"));
  const policy = join(state, "policy.yaml");
  writeFileSync(policy, POLICY);
  writeFileSync(join(state, "nobody.pub"), makeSigningKey().publicPem);
  const child = spawn(
    process.execPath,
    ["functions/cli/main.ts", "up", "--json", "--state", join(state, "gate"), "--port", "0", "--registry-port", "0", "--policy", policy],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  try {
    const gate = await ready(child);
    const pushed = await pushAll(gate, RATE * seconds);
    const held = await heldTimes(gate, pushed.size);
    const delays = [...pushed].flatMap(([digest, startedAt]) => (held.has(digest) ? [(held.get(digest) ?? 0) - startedAt] : []));
    const peak = peakMiB(child);
    return [{ name: "push", n: pushed.size, held: delays.length, seconds, perSecond: RATE, ...percentiles(delays), maxRssMiB: peak }];
  } finally {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    rmSync(state, { recursive: true, force: true });
  }
}

async function ready(child: ChildProcess): Promise<Ready> {
  if (child.stdout === null) throw new Error("the gate has no output");
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as Ready;
  throw new Error("the gate ended before it was ready");
}

async function pushAll(gate: Ready, count: number): Promise<ReadonlyMap<string, number>> {
  const layer = Buffer.from("a layer that all images share");
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [sha256(layer)] } }));
  for (let repository = 0; repository < REPOSITORIES; repository++)
    for (const blob of [layer, config]) await putBlob(gate, repository, blob);
  const pushed = new Map<string, number>();
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let number = 0; number < count; number++) {
    await until(startedAt + (number * 1_000) / RATE);
    const manifest = manifestOf(config, layer, number);
    pushed.set(sha256(manifest), Date.now());
    running.push(putManifest(gate, number, manifest));
  }
  await Promise.all(running);
  return pushed;
}

function manifestOf(config: Buffer, layer: Buffer, number: number): Buffer {
  const descriptor = (mediaType: string, bytes: Buffer): object => ({ mediaType, digest: sha256(bytes), size: bytes.length });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: descriptor("application/vnd.oci.image.config.v1+json", config),
      layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
      annotations: { number: String(number) },
    }),
  );
}

async function putBlob(gate: Ready, repository: number, blob: Buffer): Promise<void> {
  await accepted(
    await fetch(`http://${gate.registry}/v2/bench/r${repository}/blobs/uploads/?digest=${sha256(blob)}`, {
      method: "POST",
      body: new Uint8Array(blob),
    }),
  );
}

async function putManifest(gate: Ready, number: number, manifest: Buffer): Promise<void> {
  const url = `http://${gate.registry}/v2/bench/r${number % REPOSITORIES}/manifests/v${number}`;
  await accepted(
    await fetch(url, {
      method: "PUT",
      body: new Uint8Array(manifest),
      headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
    }),
  );
}

async function accepted(response: Response): Promise<void> {
  if (response.status !== 201) throw new Error(`the registry answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

async function heldTimes(gate: Ready, expected: number): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  const giveUpAt = performance.now() + WAIT_MS;
  for (let after = 0; held.size < expected && performance.now() < giveUpAt; ) {
    const response = await fetch(`${gate.url}/api/v1/journal?after=${after}&limit=500`, {
      headers: { authorization: `Bearer ${gate.token}` },
    });
    const { entries } = (await response.json()) as { entries: readonly JournalEntry[] };
    for (const { event } of entries)
      if (event.kind === "acted" && event.outcome.kind === "applied") held.set(event.image.digest, event.outcome.at);
    after = entries.at(-1)?.sequence ?? after;
    if (entries.length === 0) await until(performance.now() + 200);
  }
  return held;
}

function peakMiB({ pid }: ChildProcess): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kib) / 1024);
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function until(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())));
}
