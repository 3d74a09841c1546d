import type { Gate } from "../../shared/compose/gate.ts";
import { type ImageKey, parseImageKey, parseTag, printImageKey } from "../../shared/domain/image-ref.ts";
import type { UndoScope } from "../../shared/domain/undo.ts";
import type { Move } from "./move.ts";
import { breakQuiet } from "./quiet.ts";
import { ALL_WARES, digestOfWare } from "./stock.ts";
import type { Truth } from "./truth.ts";
import { begin, HOST, type World } from "./world.ts";

const OPERATOR = { name: "operator", reason: "by hand" };

type MoveOf<Kind extends Move["kind"]> = Extract<Move, { readonly kind: Kind }>;
export type OperatorMove = MoveOf<"hold" | "release" | "promote" | "undo" | "decide" | "halt" | "resume" | "usage">;

/** What people and clusters ask of the gate. */
export function operatorActs(world: World, truth: Truth, move: OperatorMove): void {
  switch (move.kind) {
    case "decide":
      return begin(world, "a decision", (gate) => decide(gate, move.decision));
    case "halt":
      return begin(world, "a stop", async ({ operator }) => void (await operator.stop(OPERATOR)));
    case "resume":
      return resume(world);
    case "usage":
      return report(world, move);
    case "undo":
      world.quiet = undefined;
      return begin(world, "an undo", (gate) => undo(world, gate, truth, move));
    case "promote":
      return promote(world, move);
    case "hold":
    case "release":
      return moveByHand(world, truth, move);
  }
}

export function resume(world: World): void {
  world.quiet = undefined;
  begin(world, "going on", async ({ operator }) => void (await operator.resume(OPERATOR)));
}

function imageOf({ repository, ware }: MoveOf<"hold" | "release" | "promote">): ImageKey | undefined {
  const named = ALL_WARES[ware];
  return named === undefined ? undefined : parseImageKey(`${HOST}/${repository}@${digestOfWare(named)}`);
}

function moveByHand(world: World, truth: Truth, move: MoveOf<"hold" | "release">): void {
  const image = imageOf(move);
  if (image === undefined) return;
  const key = printImageKey(image);
  truth.asked(key);
  breakQuiet(world, move.repository);
  begin(world, `a ${move.kind} by hand`, async ({ operator }) => {
    const answer = await operator[move.kind]({ image, actor: OPERATOR });
    truth.answered(key, answer.kind === "done" && answer.outcome.kind === "applied" ? move.kind : undefined);
  });
}

function promote(world: World, move: MoveOf<"promote">): void {
  const image = imageOf(move);
  if (image === undefined) return;
  breakQuiet(world, move.repository);
  begin(world, "a promotion by hand", async ({ operator }) => {
    await operator.promote({ image, actor: OPERATOR, to: parseTag(move.tag) });
  });
}

async function decide({ operator }: Gate, decision: "approved" | "rejected"): Promise<void> {
  const [run] = await operator.runs("stopped");
  if (run !== undefined) await operator.decideRun({ run: run.id, decision, actor: OPERATOR });
}

/** Two calls: whoever asks looks at the plan first. */
async function undo(world: World, { operator, deps }: Gate, truth: Truth, { newest, scope: kind }: MoveOf<"undo">): Promise<void> {
  const recent = await deps.ledger.recent({ limit: 50 });
  const acts = recent.flatMap(({ event }) => (event.kind === "acted" && event.outcome.kind === "applied" ? [event.action] : []));
  const action = acts[newest];
  if (action === undefined) return;
  const { run, policy } = action.cause;
  const scope: UndoScope =
    kind === "run" && run !== undefined
      ? { kind, run }
      : kind === "policy" && policy !== undefined
        ? { kind, policy }
        : { kind: "action", action: action.id };
  const { items } = await deps.ledger.images({ limit: 500 });
  for (const { key } of items)
    if (scope.kind !== "action" || printImageKey(key) === printImageKey(action.image)) truth.asked(printImageKey(key));
  const plan = await operator.undo({ scope, actor: OPERATOR });
  if (plan.kind !== "plan") return;
  const begun = await operator.undo({ scope, actor: OPERATOR, plan: plan.hash });
  if (begun.kind === "begun") world.past.undos.add(begun.undo.id);
}

function report(world: World, { running }: MoveOf<"usage">): void {
  const digests = running.flatMap((at) => ALL_WARES[at] ?? []).map((ware) => ware.built.manifest.digest);
  const use: World["past"]["uses"][number] = { begunAt: world.clock.now(), running: new Set(digests) };
  world.past.uses.push(use);
  begin(world, "a report of what runs", async ({ operator }) => {
    const images = [...new Set(digests)].map((digest) => ({ digest, workloads: [{ name: "shop/Deployment/api" }] as const }));
    const claim = { place: "east", seenAt: use.begunAt, images, unmatched: [], reporter: "cluster", nothingRuns: images.length === 0 };
    const { kind } = await operator.usage.report(claim);
    if (kind === "stored") use.answeredAt = world.clock.now();
  });
}
