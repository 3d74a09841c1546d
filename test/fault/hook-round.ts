import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { endGate, gateFolder, type RunningGate, startGate } from "../running/gate.ts";
import { until } from "../running/process.ts";

export interface HookPlan {
  /** Size of the oversized body. */
  readonly oversizedMiB: number;
  /** Forged deliveries in one go. */
  readonly flood: number;
}

/** One hostile delivery: what was answered, and what ought to be. */
export interface HookAnswer {
  readonly name: string;
  readonly status: number;
  readonly expected: number;
  /** How often the connection ended before the answer could be read. */
  readonly lost?: number;
}

export interface HookFigures extends HookPlan {
  readonly answers: readonly HookAnswer[];
  readonly wrongAnswers: number;
  readonly floodRefused: number;
  readonly rssBeforeMiB: number;
  readonly rssAfterOversizedMiB: number;
  readonly rssPeakMiB: number;
  readonly refusalEvents: number;
  /** Source and minute for which the journal has more than one refusal. */
  readonly crowdedMinutes: readonly string[];
  readonly isHealthyAfter: boolean;
}

const SECRET = "a-secret-of-this-test";
const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: hooks }
mode: enforce
rules:
  - { id: known, rule: severity-threshold, atLeast: critical, level: enforce }
`;

/** Growth of the process that counts as flat: after bodies of 1 GiB, and after a flood, which leaves garbage that nobody was in a hurry to collect. */
const FLAT_MIB = { oversized: 64, flood: 160 };

/** Sends what an attacker and a broken sender would send to a running gate, and looks at answers, memory and journal. */
export async function hookRound(plan: HookPlan): Promise<HookFigures> {
  const registry = await emptyRegistry();
  try {
    return await lieTo(
      await startGate(gateFolder({ policy: POLICY, settings: settingsFor(registry.host) }), { HOOK_SECRET: SECRET }),
      registry.host,
      plan,
    );
  } finally {
    await registry.stop();
  }
}

async function lieTo(gate: RunningGate, host: string, plan: HookPlan): Promise<HookFigures> {
  try {
    const rssBeforeMiB = readMiB(gate.process.pid, "VmRSS");
    const answers = await sendAll(gate, host, plan.oversizedMiB);
    const rssAfterOversizedMiB = readMiB(gate.process.pid, "VmHWM");
    const floodRefused = await flood(gate, plan.flood);
    const health = await fetch(`${gate.url}/healthz`);
    const { refusalEvents, crowdedMinutes } = await readRefusals(gate);
    return {
      ...plan,
      answers,
      wrongAnswers: answers.filter(({ status, expected }) => status !== expected).length,
      floodRefused,
      rssBeforeMiB,
      rssAfterOversizedMiB,
      rssPeakMiB: readMiB(gate.process.pid, "VmHWM"),
      refusalEvents,
      crowdedMinutes,
      isHealthyAfter: health.status === 200 && gate.process.isAlive(),
    };
  } finally {
    await endGate(gate);
  }
}

export function isSound(figures: HookFigures): boolean {
  const {
    wrongAnswers,
    floodRefused,
    flood: sent,
    rssBeforeMiB,
    rssAfterOversizedMiB,
    rssPeakMiB,
    refusalEvents,
    crowdedMinutes,
    isHealthyAfter,
  } = figures;
  const isFlat = rssAfterOversizedMiB - rssBeforeMiB < FLAT_MIB.oversized && rssPeakMiB - rssBeforeMiB < FLAT_MIB.flood;
  return wrongAnswers === 0 && floodRefused === sent && isFlat && refusalEvents > 0 && crowdedMinutes.length === 0 && isHealthyAfter;
}

function settingsFor(host: string): string {
  return `apiVersion: moorgate.dev/v1
kind: Settings
registries:
  - { host: "${host}", plainHttp: true, mode: dry-run, hookSecret: "env:HOOK_SECRET" }
`;
}

/** A registry that has nothing: whatever an event names is gone when the gate looks. */
async function emptyRegistry(): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const isCatalogue = request.url?.startsWith("/v2/_catalog") === true;
    response.writeHead(isCatalogue || request.url === "/v2/" ? 200 : 404, { "content-type": "application/json" });
    response.end(isCatalogue ? '{"repositories":[]}' : '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"not here"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the empty registry has no port");
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host: `127.0.0.1:${address.port}`, stop };
}

const TYPE = "application/vnd.docker.distribution.events.v2+json";

function envelope(host: string, id: string): string {
  const target = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"ab".repeat(32)}`,
    repository: "team/app",
    tag: "v1",
  };
  const request = { id: "1", addr: "127.0.0.1:1", host, method: "PUT", useragent: "test" };
  return JSON.stringify({ events: [{ id, timestamp: "2026-01-01T00:00:00Z", action: "push", target, request, actor: {}, source: {} }] });
}

interface Hostile {
  readonly name: string;
  readonly expected: number;
  readonly body: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const KNOWN = { authorization: `Bearer ${SECRET}`, "content-type": TYPE };

function hostileDeliveries(host: string): readonly Hostile[] {
  const genuine = envelope(host, "8d5b26de-2a5c-4e0c-a3f6-0f0b7fd1b0a1");
  return [
    { name: "forged: no secret", expected: 401, body: genuine, headers: { "content-type": TYPE } },
    { name: "forged: another secret", expected: 401, body: genuine, headers: { ...KNOWN, authorization: `Bearer ${SECRET}x` } },
    {
      name: "forged: the secret cut short",
      expected: 401,
      body: genuine,
      headers: { ...KNOWN, authorization: `Bearer ${SECRET.slice(0, -1)}` },
    },
    { name: "forged: an empty secret", expected: 401, body: genuine, headers: { ...KNOWN, authorization: "Bearer " } },
    { name: "genuine", expected: 202, body: genuine, headers: KNOWN },
    { name: "replayed", expected: 200, body: genuine, headers: KNOWN },
    { name: "replayed again", expected: 200, body: genuine, headers: KNOWN },
    { name: "no JSON", expected: 400, body: "events=push", headers: KNOWN },
    { name: "no JSON, cut off", expected: 400, body: genuine.slice(0, -3), headers: KNOWN },
    { name: "empty", expected: 400, body: "", headers: KNOWN },
    { name: "null", expected: 400, body: "null", headers: KNOWN },
    { name: "another document", expected: 400, body: '{"events":"none"}', headers: KNOWN },
    { name: "nested: arrays", expected: 400, body: `{"events":${"[".repeat(400_000)}${"]".repeat(400_000)}}`, headers: KNOWN },
    { name: "nested: objects", expected: 400, body: `${'{"events":'.repeat(80_000)}0${"}".repeat(80_000)}`, headers: KNOWN },
    { name: "nested and forged", expected: 401, body: "[".repeat(900_000), headers: { "content-type": TYPE } },
    { name: "compressed", expected: 415, body: genuine, headers: { ...KNOWN, "content-encoding": "gzip" } },
    { name: "unknown provider", expected: 404, body: genuine, headers: KNOWN, path: "/hooks/nobody" },
    { name: "unknown registry", expected: 404, body: genuine, headers: KNOWN, path: "/hooks/oci/registry.invalid" },
    { name: "wrong method", expected: 405, body: genuine, headers: KNOWN, method: "PUT" },
  ];
}

async function sendAll(gate: RunningGate, host: string, oversizedMiB: number): Promise<readonly HookAnswer[]> {
  const answers: HookAnswer[] = [];
  for (const { name, expected, body, path = "/hooks/oci", method = "POST", headers = {} } of hostileDeliveries(host)) {
    const response = await fetch(`${gate.url}${path}`, { method, headers, body });
    await response.arrayBuffer();
    answers.push({ name, status: response.status, expected });
  }
  for (const [name, headers] of [
    ["oversized: streamed", KNOWN],
    ["oversized: streamed and forged", { "content-type": TYPE }],
    ["oversized: declared", { ...KNOWN, "content-length": String(oversizedMiB * 1_048_576) }],
  ] as const) {
    answers.push({ name, ...(await sendUntilAnswered(`${gate.url}/hooks/oci`, headers, oversizedMiB)), expected: 413 });
  }
  return answers;
}

/** A sender that does not stop may lose the answer with the connection; what counts is that one who reads gets the right one. */
async function sendUntilAnswered(
  url: string,
  headers: Readonly<Record<string, string>>,
  sizeMiB: number,
): Promise<Pick<HookAnswer, "status" | "lost">> {
  let status = 0;
  let lost = 0;
  for (; lost < 10; lost += 1) {
    status = await sendStream(url, headers, sizeMiB);
    if (status !== 0) break;
  }
  return { status, lost };
}

/** Streams until all is sent or the other side hangs up. @returns the status, 0 where there was no answer. */
function sendStream(url: string, headers: Readonly<Record<string, string>>, sizeMiB: number): Promise<number> {
  const piece = Buffer.alloc(1_048_576, "[");
  return new Promise((resolve) => {
    let status = 0;
    const sending = httpRequest(url, { method: "POST", headers }, (response) => {
      status = response.statusCode ?? 0;
      response.resume();
    });
    sending.on("error", () => undefined);
    sending.once("close", () => resolve(status));
    const write = (left: number): void => {
      if (left === 0) sending.end();
      else if (!sending.destroyed) sending.write(piece, () => write(left - 1));
    };
    write(sizeMiB);
  });
}

async function flood(gate: RunningGate, count: number): Promise<number> {
  let refused = 0;
  let left = count;
  const sender = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      const response = await fetch(`${gate.url}/hooks/oci`, { method: "POST", body: "{}", headers: { authorization: "Bearer guess" } });
      await response.arrayBuffer();
      if (response.status === 401) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  return refused;
}

interface Entry {
  readonly sequence: number;
  readonly event: { readonly kind: string; readonly at: number; readonly source?: string };
}

async function readRefusals(gate: RunningGate): Promise<Pick<HookFigures, "refusalEvents" | "crowdedMinutes">> {
  const { entries } = await until("the journal", () => gate.ask<{ entries: readonly Entry[] }>("GET", "/api/v1/journal?after=0&limit=500"));
  const refusals = entries.map(({ event }) => event).filter(({ kind }) => kind === "refused");
  const minutes = Map.groupBy(refusals, ({ source, at }) => `${source} ${new Date(Math.floor(at / 60_000) * 60_000).toISOString()}`);
  return { refusalEvents: refusals.length, crowdedMinutes: [...minutes].filter(([, group]) => group.length > 1).map(([minute]) => minute) };
}

function readMiB(pid: number, field: "VmRSS" | "VmHWM"): number {
  const [, kib] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kib) / 1024);
}
