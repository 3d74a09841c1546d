import { userInfo } from "node:os";
import type * as z from "zod";
import { Acted, type Done } from "../../shared/web/api/schema-acted.ts";
import { mustAsk, reasonOf } from "./asked.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import { type Gate, openGate, sameGate } from "./gate.ts";
import { asOfNow } from "./refused.ts";
import type { Call } from "./verb.ts";

/** Which act, and on what. */
export interface Act {
  readonly verb: "hold" | "release";
  readonly image: string;
}

type ActedJson = z.output<typeof Acted>;

/** Shows the plan, asks, acts, tells how to take it back. */
export async function runAct(call: Call, act: Act): Promise<ExitCode> {
  const { flags, terminal } = call;
  const reason = reasonOf(call, act.verb);
  const isAsked = mustAsk(call, act.verb);
  const gate = openGate(flags);
  const ask = (dryRun: boolean): Promise<ActedJson> => send(gate, act, { ...reason, ...actorOf(flags.text("actor")), dryRun });
  if (flags.on("dryRun")) return show(call, await ask(true));
  if (!isAsked) return show(call, await ask(false));
  const planned = await ask(true);
  if (planned.kind !== "plan") return show(call, planned);
  terminal.tell(planWords(planned.sentences));
  if (!(await terminal.ask("Do it?"))) {
    terminal.tell("Nothing was changed.");
    return EXIT.violating;
  }
  return show(call, await ask(false));
}

/** The login name says more than the token's, which several people may use. A container's user may have none. */
export function actorOf(given: string | undefined): { readonly actor?: string } {
  try {
    return { actor: given ?? userInfo().username };
  } catch {
    return {};
  }
}

function send(
  gate: Gate,
  act: Act,
  how: { readonly reason?: string; readonly actor?: string; readonly dryRun: boolean },
): Promise<ActedJson> {
  const { verb, ...what } = act;
  return asOfNow(gate.post(`/api/v1/${verb}`, { ...what, ...how }, Acted));
}

function show({ terminal, asJson, flags }: Call, acted: ActedJson): ExitCode {
  if (asJson) terminal.printJson(acted);
  else terminal.print(wordsOf(acted, flags));
  return acted.kind === "plan" ? EXIT.violating : EXIT.fine;
}

function wordsOf(acted: ActedJson, flags: Flags): string {
  switch (acted.kind) {
    case "plan":
      return planWords(acted.sentences);
    case "there":
      return thereWords(acted.image);
    case "done":
      return doneWords(acted, flags);
  }
}

function thereWords({ held, override, registry, repository, digest }: Extract<ActedJson, { readonly kind: "there" }>["image"]): string {
  const image = `${registry}/${repository}@${digest}`;
  if (override === undefined) return `  NOTHING TO DO  ${image} is ${held ? "held" : "free"} already`;
  const stays = held ? "STAYS HELD" : "STAYS FREE";
  return [`  ${stays} ${image}`, `  Note       it was so already, and is so now by ${override.by}'s word, whatever the policy says`].join(
    "\n",
  );
}

export function planWords(sentences: readonly string[]): string {
  return ["  PLAN", ...sentences.map((sentence) => `    ${sentence}`)].join("\n");
}

function doneWords({ action, image, undo }: z.output<typeof Done>, flags: Flags): string {
  const { outcome } = action;
  const state = image.held ? `HELD       ${action.image}  (${image.strength ?? "strength unknown"})` : `RELEASED   ${action.image}`;
  const notes = [...(image.stillOpen ?? []), ...(outcome?.notes ?? [])].map((note) => `  Note       ${note}`);
  return [`  ${state}`, ...notes, `  Undo       ${undo} --reason "..."${sameGate(flags)}`].join("\n");
}
