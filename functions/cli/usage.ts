import type * as z from "zod";
import { isDigest } from "../../shared/domain/digest.ts";
import { parseImageRef } from "../../shared/domain/image-ref.ts";
import { count } from "../../shared/runtime/lenient.ts";
import { ForgottenPlace, type ImageUseView, PlaceList, type PlaceView, UsageOfDigest } from "../../shared/web/api/schema-usage.ts";
import { actorOf } from "./act.ts";
import { demandReason } from "./asked.ts";
import { columns } from "./columns.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { failure, unknownName, usageError } from "./fault.ts";
import { type Gate, openGate } from "./gate.ts";
import { newestWithTag } from "./newest-with-tag.ts";
import { asOfNow } from "./refused.ts";
import type { Call, Run } from "./verb.ts";

type Use = z.output<typeof ImageUseView>;
type Place = z.output<typeof PlaceView>;

export const runUsage: Run = async (call) => {
  const [first, second, ...more] = call.words;
  if (first === "forget" && second !== undefined && more.length === 0) return forget(call, second);
  if (second !== undefined || first === "forget")
    throw usageError("Could not read the command line", "it names neither one image nor one place to forget", "moorgate usage forget east");
  return first === undefined ? places(call) : usageOf(call, first);
};

async function places({ flags, terminal, asJson }: Call): Promise<ExitCode> {
  const list = await openGate(flags).get("/api/v1/places", PlaceList);
  if (asJson) terminal.printJson(list);
  else terminal.print(list.places.length === 0 ? NONE : columns(list.places.map(rowOf), terminal.columns).join("\n"));
  return list.places.length === 0 || list.places.some(({ isSilent }) => isSilent) ? EXIT.indeterminate : EXIT.fine;
}

const NONE =
  "  No place reports what it runs: every image counts as in use.\n  Next       name the places under usage in moorgate.yaml, and have each run `moorgate report-usage`";

function rowOf({ name, isExpected, isSilent, seenAt, images, unmatched }: Place): readonly string[] {
  const doubts = unmatched === 0 ? "" : `, ${withoutDigest(unmatched)}`;
  const state = isSilent ? "silent" : isExpected ? "reports" : "not expected any more";
  const last = seenAt === "never" ? "never reported" : `last report ${seenAt}`;
  return [`  ${isSilent || !isExpected ? "!" : "+"} ${name}`, state, last, `${count(images, "image", "images")}${doubts}`];
}

function withoutDigest(workloads: number): string {
  return `${count(workloads, "workload", "workloads")} without a digest`;
}

const EXITS: Readonly<Record<Use["use"], ExitCode>> = {
  running: EXIT.violating,
  pulled: EXIT.violating,
  unknown: EXIT.indeterminate,
  "not-running": EXIT.fine,
};

async function usageOf({ flags, terminal, asJson }: Call, text: string): Promise<ExitCode> {
  const gate = openGate(flags);
  const { digest, uses } = await askFor(gate, text);
  if (asJson) terminal.printJson({ digest, uses });
  else terminal.print(uses.map(words).join("\n"));
  const exits = uses.map(({ use }) => EXITS[use]);
  return exits.find((exit) => exit === EXIT.violating) ?? exits.find((exit) => exit === EXIT.indeterminate) ?? EXIT.fine;
}

async function askFor(gate: Gate, text: string): Promise<z.output<typeof UsageOfDigest>> {
  if (isDigest(text)) return usesOf(gate, text);
  const asked = parseImageRef(text, "image");
  const digest = asked.digest ?? (await newestWithTag(gate, asked));
  const name = `${asked.registry}/${asked.repository}@`;
  const found = digest === undefined ? undefined : await usesOf(gate, digest);
  const uses = found?.uses.filter(({ image }) => image.startsWith(name)) ?? [];
  if (found === undefined || uses.length === 0)
    throw failure("not-found", `Could not say what runs ${text}`, "the gate does not know it", "push it, or run `moorgate sweep`");
  return { ...found, uses };
}

function usesOf(gate: Gate, digest: string): Promise<z.output<typeof UsageOfDigest>> {
  return asOfNow(gate.get(`/api/v1/images/${digest}/usage`, UsageOfDigest));
}

const SAID: Readonly<Record<Use["use"], string>> = {
  running: "! RUNNING    ",
  pulled: "! PULLED     ",
  unknown: "? UNKNOWN    ",
  "not-running": "+ NOT RUNNING",
};

function words({ image, use, why, at, pulledFrom, seen }: Use): string {
  const facts: Readonly<Record<Use["use"], string>> = {
    running: "by the last reports of what runs",
    pulled: `at ${at ?? ""} from ${pulledFrom ?? ""}: somebody may run it`,
    unknown: why ?? "",
    "not-running": `anywhere, by reports of ${at ?? ""} and later`,
  };
  const lines = seen.flatMap(({ place, seenAt, workloads, unmatched }) => [
    ...workloads.map(({ name, owner }) => `    ${place}  ${name}${owner === undefined ? "" : `  (owner ${owner})`}  reported ${seenAt}`),
    ...unmatched.map(({ name }) => `    ${place}  ${name}  may run it: its digest was not said  reported ${seenAt}`),
  ]);
  return [`  ${SAID[use]}  ${image}`, `    ${facts[use]}`, ...lines].join("\n");
}

async function forget(call: Call, place: string): Promise<ExitCode> {
  const { flags, terminal, asJson } = call;
  const gate = openGate(flags);
  if (flags.on("dryRun")) return planOfForget(gate, terminal, asJson, place);
  const body = { reason: demandReason(call, `forget ${place}`), ...actorOf(flags.text("actor")) };
  const forgotten = await gate.post(`/api/v1/places/${encodeURIComponent(place)}/forget`, body, ForgottenPlace);
  if (asJson) terminal.printJson(forgotten);
  else terminal.print(`  FORGOTTEN  what ${place} runs; ${count(forgotten.queued, "image", "images")} with a deadline judged again`);
  return EXIT.fine;
}

async function planOfForget(gate: Gate, terminal: Call["terminal"], asJson: boolean, place: string): Promise<ExitCode> {
  const { places: all } = await gate.get("/api/v1/places", PlaceList);
  const found = all.find(({ name, seenAt }) => name === place && seenAt !== "never");
  if (found === undefined)
    throw unknownName(`Could not forget ${place}`, "no place of this name has reported", "moorgate usage lists the places");
  if (asJson) terminal.printJson({ kind: "plan", place: found });
  else
    terminal.print(
      `  WOULD FORGET  what ${place} said it runs at ${found.seenAt}: ${count(found.images, "image", "images")}, ${withoutDigest(found.unmatched)}\n    What ran there alone counts as running nowhere, and is held where it violates.`,
    );
  return EXIT.fine;
}
