import type { Built } from "../../functions/local/samples/image.ts";
import type { Gate } from "../../shared/compose/gate.ts";
import { parseDigest } from "../../shared/domain/digest.ts";
import { parseImageKey, printImageKey } from "../../shared/domain/image-ref.ts";
import { OCI_INDEX } from "../../shared/domain/manifest.ts";
import { doWork } from "../../shared/pipeline/do-work.ts";
import { tellParked } from "../../shared/pipeline/park.ts";
import { digestOf, type MemoryRegistry } from "../fakes/memory-registry.ts";
import type { Mail, Move } from "./move.ts";
import { ALL_WARES, digestOfWare, type Ware } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { begin, crash, deliver, drain, HOST, hire, nextEventId, passOn, QUARANTINE, type World, writePolicy } from "./world.ts";

const USER = "user";
const LEASE_MS = 10_000;
const TRIES = 12;
const OPERATOR = { name: "operator", reason: "by hand" };

/** Has one move happen. */
export async function play(world: World, truth: Truth, move: Move): Promise<void> {
  if ("mail" in move) {
    userActs(world, truth, move);
    sendMail(world, move.mail);
  } else if (move.kind === "hold" || move.kind === "release" || move.kind === "undo" || move.kind === "decide")
    operatorActs(world, truth, move);
  else await goOn(world, move);
}

async function goOn(world: World, move: Exclude<Move, UserMove | OperatorMove>): Promise<void> {
  switch (move.kind) {
    case "rules":
      writePolicy(world, move.rules);
      return begin(world, "a change of policy", (gate) => gate.refreshPolicy());
    case "sweep":
      return begin(world, "a sweep", async (gate) => void (await gate.operator.sweep()));
    case "work":
      hire(world, work);
      await world.process.stage.advance(move.steps);
      return passOn(world);
    case "finish":
      return drain(world, work);
    case "crash":
      return crash(world);
    case "wait":
      return world.clock.forward(move.milliseconds);
    case "post":
      return postLate(world, move.isBackwards);
    case "fault":
      world.faults.kind = move.fault;
      world.faults.left = move.times;
  }
}

export function postLate(world: World, isBackwards: boolean): void {
  const letters = world.late.splice(0);
  for (const letter of isBackwards ? letters.toReversed() : letters) deliver(world, letter, nextEventId(world));
}

/** One worker, until nothing may run. As the local door's, but for the time that it leaves between tries. */
export async function work(world: World, { deps }: Gate): Promise<void> {
  const { clock } = world;
  for (;;) {
    const [job] = await deps.queue.claim(1, clock.now(), LEASE_MS);
    if (job === undefined) return;
    world.jobs += 1;
    clock.forward(1);
    const now = clock.now();
    const outcome = await doWork(deps, job, { queuedAt: job.queuedAt, now });
    const result = outcome.kind === "retry" && job.attempt >= TRIES ? ({ kind: "park", why: outcome.why } as const) : outcome;
    if (result.kind === "park") await tellParked(deps, job, result.why);
    await deps.queue.finish(job, result, clock.now());
  }
}

type UserMove = Extract<Move, { readonly mail: Mail }>;

/** The mail of the move lies at the end of the world's. */
function userActs(world: World, truth: Truth, move: UserMove): void {
  const { registry, ideal } = world;
  const { repository } = move;
  if (move.kind === "untag") {
    truth.disturb(world, repository, [move.tag], registry.find(repository, move.tag)?.digest);
    if (registry.remove(repository, move.tag, USER) === 202) ideal.remove(repository, move.tag, USER);
    return;
  }
  const ware = ALL_WARES[move.ware];
  if (ware === undefined) return;
  if (move.kind === "push") {
    if (move.mail === "late") truth.toldLate(repository, move.tag, digestOfWare(ware));
    return pushBoth(world, truth, repository, ware, move.tag);
  }
  if (move.kind === "sign") return signBoth(world, repository, ware, move.isWhereItLies);
  if (move.kind === "unsign") return unsignBoth(world, repository, ware);
  const digest = digestOfWare(ware);
  const tags = [...(registry.shelves.get(repository)?.tags ?? [])].flatMap(([tag, named]) => (named === digest ? [tag] : []));
  truth.disturb(world, repository, tags, digest);
  if (registry.remove(repository, digest, USER) === 202) ideal.remove(repository, digest, USER);
}

function pushBoth(world: World, truth: Truth, repository: string, ware: Ware, tag: string | undefined): void {
  const { registry, ideal } = world;
  if (tag !== undefined) truth.disturb(world, repository, [tag], undefined);
  for (const child of ware.children) {
    // A pusher asks first and sends what is missing.
    if (registry.find(repository, digestOfWare(child)) === undefined) put(registry, repository, digestOfWare(child), child.built);
    if (ideal.find(repository, digestOfWare(child)) === undefined) put(ideal, repository, digestOfWare(child), child.built);
  }
  for (const each of [registry, ideal]) put(each, repository, tag ?? digestOfWare(ware), ware.built);
}

function put(registry: MemoryRegistry, repository: string, reference: string, { manifest, blobs }: Built): void {
  for (const { bytes } of blobs) registry.putBlob(repository, bytes);
  const status = registry.put(repository, reference, manifest, USER);
  if (status !== 201) throw new Error(`a user could not push ${reference} to ${repository}: ${status}`);
}

function signBoth(world: World, repository: string, ware: Ware, isWhereItLies: boolean): void {
  const away = `${QUARANTINE}/${repository}`;
  const isAway = isWhereItLies && world.registry.find(away, digestOfWare(ware)) !== undefined;
  attach(world.registry, isAway ? away : repository, ware);
  attach(world.ideal, repository, ware);
}

function attach(registry: MemoryRegistry, repository: string, { signature, built }: Ware): void {
  put(registry, repository, signature.manifest.digest, signature);
  if (registry.dialect.hasReferrersApi) return;
  const tag = built.manifest.digest.replace(":", "-");
  const { mediaType, digest, bytes } = signature.manifest;
  const others = entriesAt(registry, repository, tag).filter((entry) => entry.digest !== digest);
  putList(registry, repository, tag, [...others, { mediaType, digest, size: bytes.length }]);
}

function unsignBoth({ registry, ideal }: World, repository: string, ware: Ware): void {
  const { digest } = ware.signature.manifest;
  if (registry.find(repository, digest) === undefined) return;
  for (const each of [registry, ideal]) detach(each, repository, ware);
}

function detach(registry: MemoryRegistry, repository: string, { signature, built }: Ware): void {
  const tag = built.manifest.digest.replace(":", "-");
  const list = registry.find(repository, tag);
  if (list !== undefined) {
    const left = entriesAt(registry, repository, tag).filter((entry) => entry.digest !== signature.manifest.digest);
    if (left.length > 0) putList(registry, repository, tag, left);
    else registry.remove(repository, list.digest, USER);
  }
  registry.remove(repository, signature.manifest.digest, USER);
}

export interface ListEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What the list of referrers under a tag names. */
export function entriesAt(registry: MemoryRegistry, repository: string, tag: string): readonly ListEntry[] {
  const list = registry.find(repository, tag);
  if (list === undefined) return [];
  return (JSON.parse(Buffer.from(list.bytes).toString("utf8")) as { readonly manifests: readonly ListEntry[] }).manifests;
}

function putList(registry: MemoryRegistry, repository: string, tag: string, manifests: readonly ListEntry[]): void {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  put(registry, repository, tag, { manifest: { mediaType: OCI_INDEX, digest: parseDigest(digestOf(bytes)), bytes }, blobs: [] });
}

/** Whatever a user did just now is told as the move says. */
function sendMail(world: World, mail: Mail): void {
  for (const letter of world.mail.splice(0)) {
    if (mail === "late") world.late.push(letter);
    if (mail === "lost") world.untold.add(`${letter.repository}@${letter.digest}`);
    const id = nextEventId(world);
    if (mail === "now" || mail === "twice") deliver(world, letter, id);
    if (mail === "twice") deliver(world, letter, id);
  }
}

type OperatorMove = Extract<Move, { readonly kind: "hold" | "release" | "undo" | "decide" }>;

function operatorActs(world: World, truth: Truth, move: OperatorMove): void {
  if (move.kind === "decide") return begin(world, "a decision", (gate) => decide(gate, move.decision));
  if (move.kind === "undo") return begin(world, "an undo", (gate) => undoNewest(gate, truth, move.newest));
  const ware = ALL_WARES[move.ware];
  if (ware === undefined) return;
  const image = parseImageKey(`${HOST}/${move.repository}@${digestOfWare(ware)}`);
  const key = printImageKey(image);
  truth.asked(key);
  begin(world, `a ${move.kind} by hand`, async ({ operator }) => {
    const answer = await operator[move.kind]({ image, actor: OPERATOR });
    truth.answered(key, answer.kind === "done" && answer.outcome.kind === "applied" ? move.kind : undefined);
  });
}

async function decide({ operator }: Gate, decision: "approved" | "rejected"): Promise<void> {
  const [run] = await operator.runs("stopped");
  if (run !== undefined) await operator.decideRun({ run: run.id, decision, actor: OPERATOR });
}

async function undoNewest({ operator, deps }: Gate, truth: Truth, newest: number): Promise<void> {
  const recent = await deps.ledger.recent({ limit: 50 });
  const acts = recent.flatMap(({ event }) => (event.kind === "acted" && event.outcome.kind === "applied" ? [event.action] : []));
  const action = acts[newest];
  if (action === undefined) return;
  truth.asked(printImageKey(action.image));
  const scope = { kind: "action", action: action.id } as const;
  const plan = await operator.undo({ scope, actor: OPERATOR });
  if (plan.kind === "plan") await operator.undo({ scope, actor: OPERATOR, plan: plan.hash });
}
