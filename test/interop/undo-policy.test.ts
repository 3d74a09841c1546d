import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moorgate, tryMoorgate, untilIdle, untilImage, verifyJournal } from "../running/gate.ts";
import { until } from "../running/process.ts";
import { run } from "../running/programs.ts";
import { pull } from "../running/push.ts";
import { crane, skopeo } from "./clients.ts";
import { startWatchedWith, type Watched } from "./distribution.ts";
import { type Layout, writeImageLayout, writeIndexLayout } from "./layout.ts";
import { type Cosign, cosignIn } from "./signers.ts";

/** A policy that was a mistake, taken back whole: at a real registry, with the clients that others use. */

const policyWith = (level: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed-only }
mode: enforce
trust: { keys: [{ name: release, file: release.pub }] }
enforcement: { inUse: { deadline: 0s, afterwards: hold }, rollBack: [stable] }
rules:
  - { id: signed, rule: signature-required, signers: [release], grace: 0s, level: ${level} }
`;

const REPOSITORIES = ["team/api", "team/web", "team/tools"] as const;
const REASON = ["--reason", "the rule was a mistake", "--actor", "ann"] as const;

interface StepJson {
  readonly verb: string;
  readonly image: string;
  readonly tags: readonly string[];
  readonly notes: readonly string[];
  readonly result?: { readonly kind: string; readonly notes?: readonly string[]; readonly why?: string };
}

interface UndoJson {
  readonly kind: "plan" | "begun";
  readonly id: string;
  readonly hash: string;
  readonly steps: readonly StepJson[];
  readonly left: readonly { readonly image: string; readonly code: string; readonly kind: string; readonly why: string }[];
  readonly remarks: readonly string[];
  readonly counts: { readonly waiting: number; readonly done: number; readonly left: number; readonly failed: number };
}

let dir: string;
let watched: Watched;
let release: Cosign;
let stranger: Cosign;
/** What the mistaken policy holds, by what is special about it. */
let images: Readonly<Record<"index" | "lone" | "moved" | "deleted" | "plain", Layout>>;
let before: Contents;

/** Of every tag: its digest, its raw manifest and, where it names an image, all that a client pulls. */
type Contents = Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-undo-"));
  [release, stranger] = await Promise.all([cosignIn(join(dir, "release")), cosignIn(join(dir, "stranger"))]);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function pushed(reference: string, layout: Layout): Promise<Layout> {
  await skopeo.push(layout, `${watched.registry}/${reference}`);
  await untilImage(watched.gate, layout.digest, "known", ({ verdict }) => verdict !== "none");
  return layout;
}

async function signed(repository: string): Promise<void> {
  const name = `good-${repository.replace("/", "-")}`;
  const good = await pushed(`${repository}:0.9`, writeImageLayout(join(dir, name)));
  await release.sign(`${watched.registry}/${repository}@${good.digest}`, "tag");
  await crane.copy(`${watched.registry}/${repository}:0.9`, `${watched.registry}/${repository}:stable`);
  await untilImage(watched.gate, good.digest, "stable", ({ tags }) => tags.includes("stable"));
}

/** Images of all kinds, let be by the policy that was in force before; then the mistake, which the brake stops and somebody approves. */
async function mistake(): Promise<string> {
  watched = await startWatchedWith({
    policy: policyWith("warn"),
    files: { "release.pub": release.publicKey },
    settings: "brake: { images: 3, perHour: 100, ofRepository: 100%, lastTag: false, lastCompliant: false }\n",
  });
  for (const repository of ["team/api", "team/web"]) await signed(repository);
  images = {
    index: await pushed("team/api:1.0", writeIndexLayout(join(dir, "index"))),
    lone: await pushed("team/web:stable", writeImageLayout(join(dir, "lone"))),
    moved: await pushed("team/tools:moved", writeImageLayout(join(dir, "moved"))),
    deleted: await pushed("team/tools:deleted", writeImageLayout(join(dir, "deleted"))),
    plain: await pushed("team/tools:plain", writeImageLayout(join(dir, "plain"))),
  };
  await crane.copy(`${watched.registry}/team/api:1.0`, `${watched.registry}/team/api:stable`);
  // Attached in both ways, and none of it by whom the policy asks for.
  await stranger.sign(`${watched.registry}/team/api@${images.index.digest}`, "tag");
  await stranger.attest(`${watched.registry}/team/api@${images.index.digest}`, { tested: true });
  await untilIdle(watched.gate);
  before = await contents();
  writeFileSync(join(watched.gate.dir, "policy.yaml"), policyWith("enforce"));
  const stopped = await until("the brake to stop", async () => {
    const { runs } = await watched.gate.ask<{ runs: readonly { id: string; state: string }[] }>("GET", "/api/v1/runs");
    return runs.find(({ state }) => state === "stopped")?.id;
  });
  await moorgate(watched.gate, ["brake", "approve", stopped, "--reason", "it looked right"]);
  for (const { digest } of Object.values(images)) await untilImage(watched.gate, digest, "held", ({ held }) => held);
  await untilIdle(watched.gate);
  const { version } = (await judgements(images.plain.digest)).at(-1)?.verdict.policy ?? { version: "" };
  return version;
}

async function judgements(digest: string): Promise<readonly { readonly verdict: { readonly policy: { readonly version: string } } }[]> {
  return (await journal()).flatMap((event) =>
    event.kind === "judged" && event.image?.digest === digest && event.verdict ? [{ verdict: event.verdict }] : [],
  );
}

interface JournalledEvent {
  readonly kind: string;
  readonly image?: { readonly digest: string };
  readonly verdict?: { readonly policy: { readonly version: string } };
  readonly action?: {
    readonly verb: string;
    readonly actor: { readonly reason: string };
    readonly cause: { readonly run?: string; readonly policy?: string };
  };
  readonly outcome?: { readonly kind: string; readonly notes?: readonly string[] };
}

async function journal(): Promise<readonly JournalledEvent[]> {
  const { entries } = await watched.gate.ask<{ entries: readonly { event: JournalledEvent }[] }>(
    "GET",
    "/api/v1/journal?after=0&limit=500",
  );
  return entries.map(({ event }) => event);
}

let pulls = 0;

/** As crane lists, digests and reads it, and as skopeo pulls it. */
async function contents(): Promise<Contents> {
  const found: Record<string, readonly string[]> = {};
  for (const repository of REPOSITORIES) {
    for (const tag of await crane.tags(`${watched.registry}/${repository}`)) {
      const reference = `${watched.registry}/${repository}:${tag}`;
      const raw = await run("crane", ["manifest", "--insecure", reference]);
      const isAttached = tag.startsWith("sha256-");
      found[`${repository}:${tag}`] = [await crane.digest(reference), sha256(raw), ...(isAttached ? [] : await pulledBytes(reference))];
    }
  }
  return found;
}

async function pulledBytes(reference: string): Promise<readonly string[]> {
  pulls += 1;
  const to = join(dir, `pull-${pulls}`);
  await skopeo.pull(reference, to);
  const blobs = join(to, "blobs/sha256");
  const read = readdirSync(blobs).map((name) => `${name} ${sha256(readFileSync(join(blobs, name)))}`);
  rmSync(to, { recursive: true });
  return read.toSorted();
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function undo(code: number, ...args: readonly string[]): Promise<UndoJson> {
  const ended = await tryMoorgate(watched.gate, ["undo", ...args, ...REASON, "--json"]);
  expect({ code: ended.code, printed: ended.stdout + ended.stderr }).toMatchObject({ code });
  return JSON.parse(ended.stdout === "" ? "{}" : ended.stdout) as UndoJson;
}

async function isServed(repository: string, reference: string): Promise<boolean> {
  return (await pull(watched.registry, repository, reference)).status === 200;
}

test("the whole of what a policy did is taken back: bytes, tags and what is attached are as they were", async () => {
  const version = await mistake();
  try {
    // Held, rolled back, and marked where no other tag was left.
    expect(await isServed("team/api", images.index.digest)).toBe(false);
    expect(await crane.digest(`${watched.registry}/team/web:stable`)).toBe(await crane.digest(`${watched.registry}/team/web:0.9`));
    expect(await contents()).not.toEqual(before);

    const plan = await undo(1, version, "--dry-run");
    expect(plan).toMatchObject({ kind: "plan", left: [] });
    expect(plan.steps.map(({ verb }) => verb).toSorted()).toEqual([...Array(5).fill("release"), "retag", "retag"]);
    const first = plan.steps.findIndex(({ verb }) => verb === "retag");
    expect(plan.steps.slice(first).every(({ verb }) => verb === "retag")).toBe(true);
    expect(await isServed("team/api", images.index.digest)).toBe(false);

    const done = await undo(0, version, "--yes");
    expect(done).toMatchObject({ id: "undo-1", left: [], counts: { waiting: 0, done: 7, left: 0, failed: 0 } });
    await untilIdle(watched.gate);
    expect(await contents()).toEqual(before);
    expect(await stranger.verifies(`${watched.registry}/team/api@${images.index.digest}`)).toBe(true);

    // The policy leaves them free, also after a look at everything.
    await moorgate(watched.gate, ["sweep"]);
    await untilIdle(watched.gate);
    expect(await contents()).toEqual(before);
    expect((await journal()).filter(({ kind, action }) => kind === "acted" && action?.cause.policy === version)).toHaveLength(7);
    const acts = (await journal()).filter(({ kind, action }) => kind === "acted" && action?.cause.run === "undo-1");
    expect(acts.filter(({ action }) => action?.verb === "release")).toHaveLength(5);
    expect(acts.every(({ action, outcome }) => action?.actor.reason.includes("ann") && outcome?.kind === "applied")).toBe(true);
    await watched.gate.process.end("SIGTERM");
    expect(await verifyJournal(watched.gate.dir)).toMatchObject({ code: 0 });
  } finally {
    await watched.stop();
  }
});

test("what somebody changed since stays and is told, and what cannot come back is named; a stopped gate gives back and holds nothing again", async () => {
  const version = await mistake();
  const at = (repository: string, layout: Layout): string => `${watched.registry}/${repository}@${layout.digest}`;
  try {
    const other = writeImageLayout(join(dir, "other"));
    await release.sign(`${watched.registry}/team/tools@${other.digest}`, "tag");
    await pushed("team/tools:moved", other);
    await crane.remove(`${watched.registry}/quarantine/team/tools`, images.deleted.digest);
    await moorgate(watched.gate, ["hold", at("team/tools", images.plain), "--reason", "INC-12", "--yes"]).catch(() => undefined);
    await moorgate(watched.gate, ["brake", "stop", ...REASON]);

    const plan = await undo(1, version, "--dry-run");
    expect(Object.fromEntries(plan.left.map(({ image, kind, code }) => [image, [kind, code]]))).toEqual({
      [at("team/tools", images.deleted)]: ["cannot", "copy-gone"],
      [at("team/tools", images.plain)]: ["left", "decided-since"],
    });
    const noted = plan.steps.filter(({ notes }) => notes.length > 0);
    expect(noted).toMatchObject([{ image: at("team/tools", images.moved), notes: [expect.stringContaining(other.digest)] }]);

    const done = await undo(0, version, "--yes");
    expect(done.counts).toEqual({ waiting: 0, done: 5, left: 0, failed: 0 });
    expect(done.left.every(({ why }) => why !== "")).toBe(true);
    const gone = ["team/tools:moved", "team/tools:deleted", "team/tools:plain"];
    const rest = Object.fromEntries(Object.entries(before).filter(([reference]) => !gone.includes(reference)));
    expect(await contents()).toMatchObject(rest);
    expect(await crane.digest(`${watched.registry}/team/tools:moved`)).toBe(other.digest);
    expect(await skopeo.pull(at("team/tools", images.moved), join(dir, "moved-back"))).toBe(images.moved.digest);
    const told = (await journal()).filter(
      ({ kind, action, image }) => kind === "acted" && action?.cause.run === "undo-1" && image?.digest === images.moved.digest,
    );
    expect(told.flatMap(({ outcome }) => outcome?.notes ?? [])).toContainEqual(expect.stringContaining("tag moved"));
    expect(await isServed("team/tools", images.plain.digest)).toBe(false);

    // To take that back is to hold four images again: not while the gate is stopped.
    await undo(4, "undo-1", "--yes");
    expect(await isServed("team/api", images.index.digest)).toBe(true);
    await moorgate(watched.gate, ["brake", "resume", ...REASON]);
    const again = await undo(0, "undo-1", "--yes");
    expect(again.counts).toMatchObject({ done: 5 });
    expect(await isServed("team/api", images.index.digest)).toBe(false);
  } finally {
    await watched.stop();
  }
});
