import type { Gate } from "../../shared/compose/gate.ts";
import { doWork } from "../../shared/pipeline/do-work.ts";
import { tellParked } from "../../shared/pipeline/park.ts";
import type { Mail, Move } from "./move.ts";
import { crash, writeCatalogue } from "./open.ts";
import { type OperatorMove, operatorActs } from "./operator-acts.ts";
import { hush } from "./quiet.ts";
import type { Truth } from "./truth.ts";
import { type UserMove, userActs } from "./user-acts.ts";
import { begin, changePolicy, deliver, drain, hire, nextEventId, passOn, type World } from "./world.ts";

const LEASE_MS = 10_000;
const TRIES = 12;

/** Has one move happen. */
export async function play(world: World, truth: Truth, move: Move): Promise<void> {
  if ("mail" in move) {
    userActs(world, truth, move);
    sendMail(world, move.mail);
  } else if (isOperatorMove(move)) operatorActs(world, truth, move);
  else await goOn(world, move);
}

const OPERATOR_MOVES: ReadonlySet<string> = new Set<OperatorMove["kind"]>([
  "hold",
  "release",
  "promote",
  "undo",
  "decide",
  "halt",
  "resume",
  "usage",
]);

function isOperatorMove(move: Move): move is OperatorMove {
  return OPERATOR_MOVES.has(move.kind);
}

async function goOn(world: World, move: Exclude<Move, UserMove | OperatorMove>): Promise<void> {
  switch (move.kind) {
    case "rules":
      return changePolicy(world, move.rules, "a change of policy");
    case "feed":
      writeCatalogue(world, move.isAttacked);
      return readFeeds(world);
    case "sweep":
      return begin(world, "a sweep", async (gate) => void (await gate.operator.sweep()));
    case "work":
      hire(world, work);
      await world.process.stage.advance(move.steps);
      return passOn(world);
    case "finish":
      await drain(world, work);
      return hush(world);
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

/** A feed is asked again after a second. */
export function readFeeds(world: World): void {
  world.clock.forward(1_000);
  if (world.setup.knowsAttacks) begin(world, "a look at the feeds", (gate) => gate.refreshFeeds());
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
