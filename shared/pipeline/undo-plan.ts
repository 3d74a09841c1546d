import type { StoredAction } from "../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../domain/image-ref.ts";
import { isEmergency } from "../domain/run.ts";
import { planHash, takesAway, type UndoPlan, type UndoScope } from "../domain/undo.ts";
import { type ImageHistory, planUndo } from "../enforcement/undo.ts";
import type { ActionQuery } from "../ports/ledger.ts";
import type { GateDeps } from "./deps.ts";
import { type LookDeps, lookAtSteps } from "./undo-look.ts";

export type UndoDeps = Pick<GateDeps, "ledger" | "runs" | "policy" | "halts" | "brake"> & LookDeps;

export interface NoPlan {
  readonly kind: "refused" | "not-found";
  readonly why: string;
  readonly mend: string;
}

const PAGE = 500;
const MOST_STOPPED = 20;
/** More than any gate does between two looks of a person; it bounds what one undo reads into memory. */
const MOST_ACTIONS = 50_000;

/** What an undo would do, from what is stored and from a look at the registries. Changes nothing. */
export async function undoPlan(deps: UndoDeps, asked: UndoScope, signal?: AbortSignal): Promise<UndoPlan | NoPlan> {
  const selected = await select(deps, asked);
  if ("kind" in selected) return selected;
  const { actions, scope } = selected;
  const histories = await historiesOf(deps, actions);
  const planned = planUndo(histories, new Set(actions.map(({ action }) => action.id)));
  const { steps, left } = await lookAtSteps(deps, planned, new Map(histories.map((each) => [printImageKey(each.image), each])), signal);
  return { kind: "plan", scope, hash: planHash(scope, steps, left), steps, left, remarks: await remarksOf(deps, scope, steps) };
}

interface Selected {
  /** As it was asked for, with the version of a policy written out. */
  readonly scope: UndoScope;
  readonly actions: readonly StoredAction[];
}

async function select(deps: UndoDeps, scope: UndoScope): Promise<Selected | NoPlan> {
  if (scope.kind === "action") {
    const stored = await deps.ledger.action(scope.action);
    return stored === undefined ? notFound(scope) : { scope, actions: [stored] };
  }
  const actions = await found(deps, queryOf(scope));
  if (actions.length === 0) return notFound(scope);
  if (actions.length > MOST_ACTIONS)
    return { kind: "refused", why: `these are more than ${MOST_ACTIONS} actions`, mend: "name a run, or take a later time" };
  if (scope.kind !== "policy") return { scope, actions };
  const [version = scope.policy, ...others] = new Set(actions.flatMap(({ action }) => action.cause.policy ?? []));
  if (others.length === 0) return { scope: { kind: "policy", policy: version }, actions };
  const versions = [version, ...others].join(", ");
  return { kind: "refused", why: `several policies begin with ${scope.policy}: ${versions}`, mend: "write one of them out" };
}

function queryOf(scope: Exclude<UndoScope, { readonly kind: "action" }>): Omit<ActionQuery, "limit"> {
  switch (scope.kind) {
    case "run":
      return { run: scope.run };
    case "policy":
      return { policy: scope.policy };
    case "since":
      return { since: scope.since };
  }
}

async function found({ ledger }: UndoDeps, query: Omit<ActionQuery, "limit">): Promise<readonly StoredAction[]> {
  const actions: StoredAction[] = [];
  for (let after: string | undefined; actions.length <= MOST_ACTIONS; ) {
    const page = await ledger.findActions({ ...query, limit: PAGE, ...(after === undefined ? {} : { after }) });
    actions.push(...page.items);
    if (page.next === undefined) break;
    after = page.next;
  }
  return actions;
}

const NOTHING = {
  action: "no action has this id",
  run: "no action was done for this run",
  policy: "no action was done for a policy whose version begins so",
  since: "nothing was done since",
} as const satisfies Readonly<Record<UndoScope["kind"], string>>;

function notFound({ kind }: UndoScope): NoPlan {
  return {
    kind: "not-found",
    why: NOTHING[kind],
    mend: "see `moorgate journal tail`, or the actions of one image with `moorgate explain`",
  };
}

/** The images of the actions, in the order of their newest. */
async function historiesOf({ ledger }: UndoDeps, actions: readonly StoredAction[]): Promise<readonly ImageHistory[]> {
  const images = new Map<string, ImageKey>();
  for (const { action } of actions) if (!images.has(printImageKey(action.image))) images.set(printImageKey(action.image), action.image);
  const histories: ImageHistory[] = [];
  for (const image of images.values()) {
    const [record, all] = await Promise.all([ledger.image(image), ledger.actions(image)]);
    histories.push({ image, record, actions: all });
  }
  return histories;
}

/** What a person should know of the whole: what the policy does of itself afterwards, and what stops runs and does not stop this. */
async function remarksOf(deps: UndoDeps, scope: UndoScope, steps: UndoPlan["steps"]): Promise<readonly string[]> {
  const isInForce = scope.kind === "policy" && scope.policy === deps.policy().policy.id.version;
  return [
    ...(steps.some(({ verb }) => verb === "release")
      ? ["The policy does not hold an image again for the reasons that are known when it is released; another reason ends that."]
      : []),
    ...(isInForce ? ["This policy is in force: what else violates it is held as before."] : []),
    ...(await waitingOf(deps, scope, isInForce)),
    ...(await holdsOf(deps, steps)),
  ];
}

/** A run that was stopped belongs to the policy in force: another one takes its place. */
async function waitingOf({ runs }: UndoDeps, scope: UndoScope, isInForce: boolean): Promise<readonly string[]> {
  const run = scope.kind === "run" ? await runs.find(scope.run) : undefined;
  const stopped = isInForce ? await runs.list({ state: "stopped", limit: MOST_STOPPED }) : run?.state === "stopped" ? [run] : [];
  return stopped
    .filter(({ id, waiting }) => waiting > 0 && (scope.kind === "run" || !isEmergency(id)))
    .map(({ id, waiting }) => `${waiting} more wait in ${id} and are not held yet: \`moorgate brake reject ${id}\` leaves them free.`);
}

async function holdsOf({ brake, halts }: UndoDeps, steps: UndoPlan["steps"]): Promise<readonly string[]> {
  const halt = await halts.now();
  const holds = steps.filter(({ verb }) => verb === "hold").length;
  return [
    ...(brake !== "off" && holds > brake.images
      ? [`This holds ${holds} images: a run of the gate's own would stop after ${brake.images} and ask, an undo does not ask again.`]
      : []),
    ...(steps.some(takesAway) && halt.kind === "halted"
      ? [`${halt.by.name} stopped the gate: nothing is held again until it goes on.`]
      : []),
  ];
}
