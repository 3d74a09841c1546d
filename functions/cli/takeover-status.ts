import { setTimeout as pause } from "node:timers/promises";
import type * as z from "zod";
import { TakeOverList, type TakeOverView } from "../../shared/web/api/schema-take-over.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { unknownName } from "./fault.ts";
import { type Gate, openGate, sameGate } from "./gate.ts";
import type { Call, Run } from "./verb.ts";

type View = z.output<typeof TakeOverView>;

const FOLLOW_MS = 2_000;

export const runTakeOverStatus: Run = async (call) => {
  const { flags, terminal, asJson } = call;
  const gate = openGate(flags);
  let registries = await ask(gate, call.words[0]);
  while (flags.on("follow") && registries.some(isUnderWay)) {
    for (const each of registries.filter(isUnderWay)) terminal.tell(`  ${each.registry}  ${progress(each)}`);
    await pause(FOLLOW_MS);
    registries = await ask(gate, call.words[0]);
  }
  if (asJson) terminal.printJson({ registries });
  else terminal.print(registries.map((each) => words(each, call)).join("\n\n"));
  return exitOf(registries);
};

async function ask(gate: Gate, registry: string | undefined): Promise<readonly View[]> {
  const { registries } = await gate.get("/api/v1/takeover", TakeOverList);
  const found = registries.filter((each) => registry === undefined || each.registry === registry);
  if (registry === undefined || found.length > 0) return found;
  const known = registries.map((each) => each.registry).join(", ");
  throw unknownName("Could not look", `the gate does not watch ${registry}`, `name one of ${known === "" ? "moorgate.yaml" : known}`);
}

/** The registry where the gate is in charge of it already; `undefined` where it is not. */
export async function inChargeOf(gate: Gate, registry: string): Promise<({ readonly kind: "there" } & View) | undefined> {
  const view = (await ask(gate, registry)).find(({ state }) => state === "in-charge");
  return view === undefined ? undefined : { kind: "there", ...view };
}

export const inChargeWords = (registry: string): string => `  NOTHING TO DO  the gate is in charge of ${registry} already`;

/** What of a registry that is being taken over is not known yet; `undefined`: nothing. */
export async function notKnownYet(gate: Gate, registry: string): Promise<string | undefined> {
  const view = (await ask(gate, registry)).find(({ state }) => state === "taking-over");
  if (view === undefined) return undefined;
  if (view.listing !== undefined && view.listing.state !== "read") return `listed ${listed(view)}`;
  return view.open === 0 ? undefined : progress(view);
}

function isUnderWay({ listing, open }: View): boolean {
  return open > 0 || listing?.state === "not-asked" || listing?.state === "reading";
}

function exitOf(registries: readonly View[]): ExitCode {
  if (registries.some(({ state, listing }) => state === "taking-over" && listing?.state === "fault")) return EXIT.indeterminate;
  return registries.some(({ state }) => state === "taking-over") ? EXIT.violating : EXIT.fine;
}

/** `1,204 of 3,000 judged`. */
function progress({ images, open }: View): string {
  return `${count(images)} of ${count(images + open)} judged`;
}

function words(view: View, { flags }: Call): string {
  const { registry, state, verdicts, images, withoutFindings, parked, seen, next } = view;
  const counts = `${count(verdicts.compliant)} compliant, ${count(verdicts.violating)} violating, ${count(verdicts.indeterminate)} indeterminate`;
  return [
    state === "in-charge" ? `  + ${registry}  ${inCharge(view)}` : `  ! ${registry}  being taken over: nothing is held there`,
    ...(state === "in-charge" && view.open === 0 ? [] : [`    Listed     ${listed(view)}`, `    Judged     ${progress(view)}`]),
    ...(images === 0 ? [] : [`    Verdicts   ${counts}; ${count(withoutFindings)} never scanned`]),
    ...(parked === 0 ? [] : [`    Given up   ${count(parked)}: the journal says why; moorgate sweep tries again`]),
    ...(seen === undefined || state === "in-charge"
      ? []
      : [
          `    Seen       by ${seen.by}, ${minute(seen.at)}: ${count(seen.numbers.hold)} held, ${count(seen.numbers.deadline)} with a deadline`,
        ]),
    ...(next === undefined ? [] : [`    Next       ${next}${sameGate(flags)}`]),
  ].join("\n");
}

const WHY = {
  empty: "it was empty when the gate came",
  "known-before": "the gate watched it before it asked",
  "at-once": "the settings say so",
} as const;

function inCharge({ how, by, since, run }: View): string {
  const why = how === undefined || how === "confirmed" ? `confirmed by ${by ?? "somebody"}, ${run ?? ""}` : WHY[how];
  return `the gate is in charge since ${minute(since)}: ${why}`;
}

function listed({ listing }: View): string {
  if (listing === undefined || listing.state === "read") return `to its end, ${count(listing?.tags ?? 0)} tags`;
  if (listing.state === "fault") return `not: ${listing.why ?? "the registry does not answer"}`;
  return listing.state === "not-asked" ? "not yet: the registry has not been asked" : `${count(listing.tags ?? 0)} tags so far`;
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace("T", " ")}Z`;
}

/** With its thousands apart. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}
