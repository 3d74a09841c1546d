import { setTimeout as wait } from "node:timers/promises";
import { instant, parseDuration, parseInstant, printInstant } from "../../shared/domain/time.ts";
import type { LeftCode } from "../../shared/domain/undo.ts";
import { UndoAnswer, UndoView } from "../../shared/web/api/schema-undo.ts";
import { actorOf } from "./act.ts";
import { mustAsk, reasonOf } from "./asked.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { failure, usageError } from "./fault.ts";
import type { Flags } from "./flags.ts";
import { type Gate, openGate } from "./gate.ts";
import { asOfNow, unlessSo } from "./refused.ts";
import { type PlanJson, planWords, reportWords, type UndoJson } from "./undo-words.ts";
import type { Call, Run } from "./verb.ts";

const WHAT = "Could not undo";
const LOOK_MS = 500;

type Scope = { readonly action: string } | { readonly run: string } | { readonly policy: string } | { readonly since: string };

/** Shows what would be taken back and what not, asks, has exactly that done, and says what became of it. */
export const runUndo: Run = async (call) => {
  const { flags, terminal, asJson, words } = call;
  const gate = openGate(flags);
  if (flags.on("report")) return report(call, await gate.get(pathOf(words[0] ?? ""), UndoView));
  const scope = scopeOf(words[0], flags);
  const request = { ...scope, ...reasonOf(call, "undo"), ...actorOf(flags.text("actor")) };
  const isAsked = mustAsk(call, "undo");
  const plan = await unlessSo(ask(gate, request), async () => nothingSince(scope));
  if (plan.kind === "there") return showNothing(call, plan);
  if (flags.on("dryRun") || plan.steps.length === 0) return show(call, plan);
  if (!asJson) terminal.tell(planWords(plan));
  if (isAsked && !(await terminal.ask("Undo it?"))) {
    terminal.tell("Nothing was changed.");
    return EXIT.violating;
  }
  const answer = await asOfNow(gate.post("/api/v1/undo", { ...request, plan: plan.hash }, UndoAnswer));
  if (answer.kind === "plan")
    throw failure("malformed", WHAT, "the gate answered with a plan where it was to begin", "use the same version of moorgate for both");
  return report(call, flags.on("background") ? answer : await ended(call, gate, answer));
};

/** That nothing was done since a time is no fault of who asks; that an action or a run is not known is. */
function nothingSince(scope: Scope): Nothing | undefined {
  return "since" in scope ? { kind: "there", since: scope.since } : undefined;
}

interface Nothing {
  readonly kind: "there";
  readonly since: string;
}

function showNothing({ terminal, asJson }: Call, nothing: Nothing): ExitCode {
  if (asJson) terminal.printJson(nothing);
  else terminal.print(`  NOTHING TO DO  nothing was done since ${nothing.since}`);
  return EXIT.fine;
}

// It is as the undo would have it. What was decided otherwise since, or is past taking back, was asked for all the same.
const SO_ALREADY: readonly LeftCode[] = ["taken-back", "as-before", "nothing-done"];

/** Nothing is done: a dry run, or a plan without a step. */
function show({ flags, terminal, asJson }: Call, plan: PlanJson): ExitCode {
  if (asJson) terminal.printJson(plan);
  else terminal.print(planWords(plan));
  if (plan.steps.length > 0) return EXIT.violating;
  return flags.on("dryRun") || plan.left.every(({ code }) => SO_ALREADY.includes(code)) ? EXIT.fine : EXIT.violating;
}

function pathOf(id: string): string {
  return `/api/v1/undos/${encodeURIComponent(id)}`;
}

async function ask(gate: Gate, request: object): Promise<PlanJson> {
  const answer = await gate.post("/api/v1/undo", request, UndoAnswer);
  if (answer.kind === "plan") return answer;
  throw failure("malformed", WHAT, "the gate began without showing its plan", "use the same version of moorgate for both");
}

/** What a word names: actions, runs and versions of the policy look different from each other. @throws CliError */
function scopeOf(word: string | undefined, flags: Flags): Scope {
  const since = flags.text("since");
  if ((word === undefined) === (since === undefined))
    throw usageError(WHAT, "one thing has to be named: an action, a run, a version of the policy, or --since", "see `moorgate help undo`");
  if (since !== undefined) return { since: printInstant(sinceOf(since)) };
  if (word === undefined) throw usageError(WHAT, "nothing was named", "see `moorgate help undo`");
  const version = /^(?:[a-z0-9][a-z0-9._-]*@)?([0-9a-f]{6,12})$/.exec(word)?.[1];
  if (version !== undefined) return { policy: version };
  if (/^[a-z]+-\d+$/.test(word)) return { run: word };
  if (/^[a-z]+:.+@sha(256|512):[0-9a-f]+:\d+$/.test(word)) return { action: word };
  throw usageError(
    WHAT,
    `${JSON.stringify(word)} is neither an action, a run (policy-3, undo-4) nor a version of the policy (six digits or more)`,
    "copy it from `moorgate explain`, `moorgate brake status` or `moorgate journal tail`",
  );
}

function sinceOf(text: string): ReturnType<typeof instant> {
  if (!/^\d+[a-z]+$/.test(text)) return parseInstant(text, "--since");
  return instant(Date.now() - parseDuration(text, "--since"));
}

/** A large undo goes on by itself; whoever stops waiting finds it with --report. */
async function ended({ terminal }: Call, gate: Gate, begun: UndoJson): Promise<UndoJson> {
  let told = "";
  for (let undo = begun; undo.endedAt === undefined; ) {
    const words = `  ${undo.id}: ${undo.counts.waiting} of ${total(undo)} wait`;
    if (words !== told && terminal.interactive) terminal.tell(words);
    told = words;
    await wait(LOOK_MS);
    undo = await gate.get(`${pathOf(begun.id)}?brief=true`, UndoView);
    if (undo.endedAt !== undefined) return gate.get(pathOf(begun.id), UndoView);
  }
  return begun;
}

function total({ counts: { waiting, done, left, failed } }: UndoJson): number {
  return waiting + done + left + failed;
}

function report({ terminal, asJson, flags }: Call, undo: UndoJson): ExitCode {
  if (asJson) terminal.printJson(undo);
  else terminal.print(reportWords(undo, flags));
  const { waiting, left, failed } = undo.counts;
  return waiting + left + failed === 0 ? EXIT.fine : EXIT.violating;
}
