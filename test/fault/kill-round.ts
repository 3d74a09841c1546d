import { rmSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type Built, buildImage } from "../../functions/local/samples/image.ts";
import { makeSigningKey, type SigningKey, signImage } from "../../functions/local/samples/sign.ts";
import { gateFolder, type ImageView, launchGate, type RunningGate, startGate, untilIdle, verifyJournal } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { insistOnPush, pull, type Target } from "../running/push.ts";

export interface KillPlan {
  readonly kills: number;
  readonly pushes: number;
  readonly seed: number;
}

export interface KillFigures extends KillPlan {
  readonly seconds: number;
  readonly killedWhileStarting: number;
  readonly images: number;
  readonly withoutVerdict: number;
  readonly wrongVerdict: number;
  readonly held: number;
  readonly heldButPullable: number;
  readonly compliant: number;
  readonly compliantButMissing: number;
  readonly parked: number;
  readonly unfinishedActions: number;
  readonly journalEntries: number;
  readonly repeatedEventIds: number;
  readonly journal: "whole" | "broken";
  readonly slowestRecoveryMs: number;
  readonly examples: readonly string[];
}

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: kill }
mode: enforce
trust:
  keys: [{ name: release, file: release.pub }]
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: enforce }
`;

const CREATED = "2026-01-01T00:00:00Z";
const PUSHERS = 4;
const GIVE_UP_MS = 30 * 60_000;
const REPOSITORIES = 20;

type Kind = "unsigned" | "signed-before" | "signed-after";
const KINDS: readonly Kind[] = ["unsigned", "signed-before", "signed-after"];

interface Planned {
  readonly repository: string;
  readonly tag: string;
  readonly kind: Kind;
  readonly image: Built;
}

/** Kills the gate at random instants while images are pushed, restarts it on the same state each time, and counts what came of it. */
export async function killRound(plan: KillPlan): Promise<KillFigures> {
  const startedAt = Date.now();
  const key = makeSigningKey();
  const random = seeded(plan.seed);
  const images = planImages(plan.pushes, random);
  const dir = gateFolder({ policy: POLICY, files: { "release.pub": key.publicPem } });
  const place = { registry: "127.0.0.1:1", allowed: 0, fault: undefined as unknown };
  const pushing = pushAll(images, key, place).catch((error: unknown) => {
    place.fault = error;
  });
  const killed = await killAgainAndAgain(dir, plan, random, place);
  const gate = await startGate(dir);
  try {
    place.registry = gate.registry;
    place.allowed = images.length;
    await pushing;
    if (place.fault !== undefined) throw new Error("an image could not be pushed", { cause: place.fault });
    await untilSettled(gate, images);
    const seen = await inspect(gate, images);
    await gate.process.end("SIGTERM");
    const verified = await verifyJournal(dir);
    const seconds = Math.round((Date.now() - startedAt) / 100) / 10;
    return { ...plan, seconds, ...killed, ...seen, journal: verified.code === 0 ? "whole" : "broken" };
  } finally {
    await gate.process.end("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

function planImages(count: number, random: () => number): readonly Planned[] {
  return Array.from({ length: count }, (_, number) => {
    const text = `image ${number}`;
    const files = [{ path: "app/number", content: text }];
    const image = buildImage({
      platform: { os: "linux", architecture: "amd64" },
      files,
      labels: { number: String(number) },
      created: CREATED,
    });
    const kind = KINDS[Math.floor(random() * KINDS.length)] ?? "unsigned";
    return { repository: `team-${number % REPOSITORIES}/app`, tag: `v${number}`, kind, image };
  });
}

interface Place {
  /** Where the registry listens now. */
  registry: string;
  /** How many images may have been begun: keeps the pushes spread over the kills. */
  allowed: number;
  fault: unknown;
}

async function pushAll(images: readonly Planned[], key: SigningKey, place: Place): Promise<void> {
  const giveUpAt = Date.now() + GIVE_UP_MS;
  let next = 0;
  const pusher = async (): Promise<void> => {
    for (let number = next++; number < images.length; number = next++) {
      while (number >= place.allowed) await wait(5);
      const planned = images[number];
      if (planned !== undefined) await pushOne({ address: () => place.registry, repository: planned.repository, giveUpAt }, planned, key);
    }
  };
  await Promise.all(Array.from({ length: PUSHERS }, pusher));
}

async function pushOne(target: Target, { kind, image, tag }: Planned, key: SigningKey): Promise<void> {
  const signature = signImage(key, image.manifest, CREATED);
  if (kind === "signed-before") await insistOnPush(target, signature);
  await insistOnPush(target, image, tag);
  if (kind === "signed-after") await insistOnPush(target, signature);
}

interface Killed {
  readonly killedWhileStarting: number;
  readonly slowestRecoveryMs: number;
}

async function killAgainAndAgain(dir: string, plan: KillPlan, random: () => number, place: Place): Promise<Killed> {
  let killedWhileStarting = 0;
  let slowestRecoveryMs = 0;
  for (let kill = 1; kill <= plan.kills && place.fault === undefined; kill++) {
    place.allowed = Math.ceil((plan.pushes * kill) / plan.kills);
    const startedAt = Date.now();
    // One in eight dies before it is ready: a start is a step like any other.
    if (random() < 0.125) {
      killedWhileStarting += 1;
      const starting = launchGate(dir);
      await wait(random() * 500);
      await starting.end("SIGKILL");
      continue;
    }
    const gate = await startGate(dir);
    slowestRecoveryMs = Math.max(slowestRecoveryMs, Date.now() - startedAt);
    place.registry = gate.registry;
    await wait(random() * 600);
    await gate.process.end("SIGKILL");
  }
  return { killedWhileStarting, slowestRecoveryMs };
}

/** Mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function isAsExpected({ kind }: Planned, image: ImageView | undefined): boolean {
  return kind === "unsigned" ? image?.verdict === "violating" && image.held : image?.verdict === "compliant" && !image.held;
}

/** Waits for the end of all work, at most three minutes; what is wrong then is for the figures to say. */
async function untilSettled(gate: RunningGate, images: readonly Planned[]): Promise<void> {
  const isSettled = async (): Promise<true | undefined> => {
    await untilIdle(gate, 60_000);
    const known = await imagesByDigest(gate);
    return images.every((planned) => isAsExpected(planned, known.get(planned.image.manifest.digest))) ? true : undefined;
  };
  await until("every image to be as its signatures ask", isSettled, 180_000).catch(() => undefined);
}

async function imagesByDigest(gate: RunningGate): Promise<ReadonlyMap<string, ImageView>> {
  return new Map((await gate.images()).map((image) => [image.digest, image]));
}

type Seen = Omit<KillFigures, keyof KillPlan | keyof Killed | "seconds" | "journal">;

async function inspect(gate: RunningGate, images: readonly Planned[]): Promise<Seen> {
  const known = await imagesByDigest(gate);
  const examples: string[] = [];
  const count = async (
    what: string,
    isWrong: (planned: Planned, image: ImageView | undefined) => boolean | Promise<boolean>,
  ): Promise<number> => {
    let wrong = 0;
    for (const planned of images) {
      if (!(await isWrong(planned, known.get(planned.image.manifest.digest)))) continue;
      wrong += 1;
      if (examples.length < 10)
        examples.push(`${what}: ${planned.kind} ${planned.repository}:${planned.tag}@${planned.image.manifest.digest}`);
    }
    return wrong;
  };
  const { queue } = await gate.ask<{ queue: { parked: number } }>("GET", "/api/v1/status");
  return {
    images: known.size,
    withoutVerdict: await count("no verdict", (_, image) => image === undefined || image.verdict === "none"),
    wrongVerdict: await count("wrong verdict", (planned, image) => !isAsExpected(planned, image)),
    held: [...known.values()].filter(({ held }) => held).length,
    heldButPullable: await count(
      "held but pullable",
      async (planned, image) => image?.held === true && (await statuses(gate, planned)).includes(200),
    ),
    compliant: [...known.values()].filter(({ verdict }) => verdict === "compliant").length,
    compliantButMissing: await count(
      "compliant but missing",
      async (planned, image) => image?.verdict === "compliant" && !(await isWhole(gate, planned)),
    ),
    parked: queue.parked,
    unfinishedActions: await count("unfinished action", async ({ image: { manifest } }) => hasUnfinished(gate, manifest.digest)),
    ...(await readJournal(gate)),
    examples,
  };
}

async function statuses(gate: RunningGate, { repository, tag, image }: Planned): Promise<readonly number[]> {
  const pulled = [await pull(gate.registry, repository, tag), await pull(gate.registry, repository, image.manifest.digest)];
  return pulled.map(({ status }) => status);
}

/** By tag and by digest, manifest and blobs, byte for byte. */
async function isWhole(gate: RunningGate, { repository, tag, image }: Planned): Promise<boolean> {
  for (const reference of [tag, image.manifest.digest]) {
    const { status, bytes } = await pull(gate.registry, repository, reference);
    if (status !== 200 || !Buffer.from(bytes).equals(image.manifest.bytes)) return false;
  }
  for (const { digest } of image.blobs) {
    const response = await fetch(`http://${gate.registry}/v2/${repository}/blobs/${digest}`, { method: "HEAD" });
    if (response.status !== 200) return false;
  }
  return true;
}

async function hasUnfinished(gate: RunningGate, digest: string): Promise<boolean> {
  interface Detail {
    readonly images: readonly { readonly actions: readonly { readonly outcome?: { readonly kind: string } }[] }[];
  }
  const { images } = await gate.ask<Detail>("GET", `/api/v1/images/${digest}`);
  return images.some(({ actions }) => actions.some(({ outcome }) => outcome === undefined));
}

async function readJournal(gate: RunningGate): Promise<{ readonly journalEntries: number; readonly repeatedEventIds: number }> {
  const ids: string[] = [];
  for (let after = 0, more = true; more; ) {
    const { entries } = await gate.ask<{ entries: readonly { sequence: number; event: { id: string } }[] }>(
      "GET",
      `/api/v1/journal?after=${after}&limit=500`,
    );
    ids.push(...entries.map(({ event }) => event.id));
    after = entries.at(-1)?.sequence ?? after;
    more = entries.length > 0;
  }
  return { journalEntries: ids.length, repeatedEventIds: ids.length - new Set(ids).size };
}

/** Whether nothing was lost, let through or left undone. */
export function isSound(figures: KillFigures): boolean {
  const wrong = [
    figures.withoutVerdict,
    figures.wrongVerdict,
    figures.heldButPullable,
    figures.compliantButMissing,
    figures.parked,
    figures.unfinishedActions,
    figures.repeatedEventIds,
  ];
  return figures.journal === "whole" && figures.images >= figures.pushes && wrong.every((count) => count === 0);
}
