import * as z from "zod";
import { DEADLINE_WORDS, printDeadline } from "../../shared/domain/deadline.ts";
import { POSTURE_CHANGES, postureWords } from "../../shared/domain/posture.ts";
import { NEWS, summaryWords } from "../../shared/domain/run-news.ts";
import { CONTROL_WORDS, CONTROLS } from "../../shared/domain/setup-change.ts";
import { LOSS_CAUSES, LOSS_WORDS } from "../../shared/domain/signed.ts";
import { RETAGGED } from "../../shared/domain/tag-change.ts";
import { instant } from "../../shared/domain/time.ts";

const image = z.object({ registry: z.string(), repository: z.string(), digest: z.string() });
const tags = z.array(z.string());
const change = z.object({ tag: z.string(), from: z.string(), to: z.string() });
const action = z.object({
  id: z.string(),
  verb: z.string(),
  actor: z.object({ name: z.string(), reason: z.string() }),
  purpose: z.string().optional(),
  changes: z.array(change).optional(),
});
const verdict = z.object({
  kind: z.enum(["compliant", "violating", "indeterminate"]),
  mode: z.string(),
  reasons: z.array(z.object({ ruleId: z.string() })),
});
const outcome = z.object({ kind: z.string(), strength: z.string().optional(), why: z.string().optional() });
const signatures = z.array(z.object({ identity: z.string() }));
const loss = z.object({ cause: z.enum(LOSS_CAUSES), actor: z.string().optional() });

const deadline = z.object({
  until: z.number(),
  afterwards: z.enum(["hold", "tell"]),
  use: z.object({ kind: z.enum(["running", "pulled", "unknown"]), workloads: z.array(z.string()) }),
});

const step = z.object({ verb: z.enum(["attest", "withdraw"]), why: z.string() });

const event = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("judged"), image, tags, verdict, previous: z.string() }),
  z.object({ kind: z.literal("planned"), image, tags, action }),
  z.object({ kind: z.literal("acted"), image, tags, action, outcome }),
  z.object({ kind: z.literal("gone"), image, tags }),
  z.object({ kind: z.literal("signature"), image, tags, state: z.string(), signatures, loss }),
  z.object({ kind: z.literal("deadline"), image, tags, state: z.enum(["opened", "moved", "over"]), deadline }),
  z.object({
    kind: z.literal("decided"),
    image,
    tags,
    stays: z.enum(["held", "free"]),
    by: z.object({ name: z.string(), reason: z.string() }),
  }),
  z.object({ kind: z.literal("kept"), image, tags, why: z.string() }),
  z.object({ kind: z.literal("publishing"), image, tags, step }),
  z.object({ kind: z.literal("published"), image, tags, step, outcome }),
  z.object({ kind: z.literal("refused"), source: z.string(), why: z.string(), count: z.number() }),
  z.object({ kind: z.literal("parked"), work: z.string(), why: z.string() }),
  z.object({
    kind: z.literal("taken-over"),
    registry: z.string(),
    state: z.enum(["begun", "seen", "confirmed", "in-charge"]),
    why: z.string(),
    actor: z.string().optional(),
  }),
  z.object({
    kind: z.literal("emergency"),
    run: z.string(),
    state: z.string(),
    query: z.string(),
    actor: z.object({ name: z.string(), reason: z.string() }),
    counts: z.object({ toHold: z.number(), held: z.number(), failed: z.number(), left: z.number(), notKnown: z.number() }),
  }),
  z.object({ kind: z.literal("braked"), run: z.string(), state: z.string(), why: z.string(), actor: z.string().optional() }),
  z.object({
    kind: z.literal("summary"),
    run: z.string(),
    counts: z.partialRecord(z.enum(NEWS), z.number()),
    places: z.array(z.object({ place: z.string(), count: z.number() })),
    images: z.array(z.string()),
  }),
  z.object({
    kind: z.literal("proposed"),
    proposal: z.string(),
    state: z.string(),
    summary: z.string(),
    by: z.object({ name: z.string(), reason: z.string() }),
  }),
  z.object({
    kind: z.literal("undo"),
    undo: z.string(),
    state: z.enum(["begun", "ended"]),
    scope: z.string(),
    actor: z.object({ name: z.string(), reason: z.string() }),
    counts: z.object({ steps: z.number(), done: z.number(), failed: z.number(), left: z.number(), notTakenBack: z.number() }),
  }),
  z.object({
    kind: z.literal("place-forgotten"),
    place: z.string(),
    images: z.number(),
    by: z.object({ name: z.string(), reason: z.string() }),
  }),
  z.object({
    kind: z.literal("drifted"),
    registry: z.string(),
    repository: z.string().optional(),
    control: z.enum(CONTROLS),
    call: z.string(),
    actor: z.string().optional(),
  }),
  z.object({
    kind: z.literal("posture"),
    registry: z.string(),
    code: z.string(),
    change: z.enum(POSTURE_CHANGES),
    state: z.enum(["mend", "unknown"]),
    places: z.array(z.string()),
    count: z.number(),
    fact: z.string(),
  }),
  z.object({ kind: z.literal("halted"), state: z.string(), by: z.object({ name: z.string(), reason: z.string() }) }),
]);
type Event = z.output<typeof event>;

const DONE: Readonly<Record<string, string>> = { hold: "held", release: "released", delete: "deleted for ever", ...RETAGGED };
const SYMBOL = { compliant: "+", violating: "x", indeterminate: "?" } as const;

/** One line on one journal event, without its time. An event of a newer gate that this version does not know is named, not guessed. */
export function eventWords(value: Readonly<Record<string, unknown>>): string {
  const read = event.safeParse(value);
  return read.success ? words(read.data) : `. ${String(value["kind"])}  (not known to this version; --json prints it whole)`;
}

function words(event: Event): string {
  switch (event.kind) {
    case "judged":
      return judgedWords(event);
    case "planned":
      return plannedWords(event);
    case "acted":
      return actedWords(event);
    case "gone":
      return `- gone from the registry  ${imageWords(event)}`;
    case "signature":
      return signatureWords(event);
    case "deadline":
      return `! ${DEADLINE_WORDS[event.state]}  ${imageWords(event)}: ${printDeadline({ ...event.deadline, until: instant(event.deadline.until) })}`;
    case "decided":
      return `! stays ${event.stays} by ${event.by.name} (${event.by.reason})  ${imageWords(event)}`;
    case "kept":
      return `! to be deleted for ever, and kept  ${imageWords(event)}: ${event.why}`;
    case "publishing":
    case "published":
      return publicationWords(event);
    default:
      return gateWords(event);
  }
}

/** What concerns no image. */
function gateWords(event: Exclude<Event, { readonly image: Image }>): string {
  switch (event.kind) {
    case "refused":
      return refusedWords(event);
    case "parked":
      return `! given up  ${event.work}: ${event.why}`;
    case "taken-over":
      return `= registry ${event.registry} ${TAKEN_OVER[event.state]}${by(event)}: ${event.why}`;
    case "emergency":
      return emergencyWords(event);
    case "braked":
      return `! run ${event.run} ${event.state}${by(event)}: ${event.why}`;
    case "summary":
      return `! run ${event.run}: ${summaryWords(event)}`;
    case "drifted":
      return driftWords(event);
    case "posture":
      return setupWords(event);
    default:
      return personWords(event);
  }
}

/** What a person did to the gate, or asked of it. */
function personWords(event: Event & { kind: "proposed" | "undo" | "place-forgotten" | "halted" }): string {
  switch (event.kind) {
    case "proposed":
      return `! ${event.proposal} ${event.state} by ${event.by.name} (${event.by.reason}): ${event.summary}`;
    case "undo":
      return undoWords(event);
    case "place-forgotten":
      return `! place ${event.place} forgotten  ${event.images} images  by ${event.by.name}: ${event.by.reason}`;
    case "halted":
      return `! gate ${event.state} by ${event.by.name}: ${event.by.reason}`;
  }
}

function driftWords({ registry, repository, control, call, ...event }: Event & { kind: "drifted" }): string {
  const place = repository === undefined ? registry : `${registry}/${repository}`;
  return `! set-up changed  ${place}: ${CONTROL_WORDS[control]} (${call})${by(event)}`;
}

function setupWords(event: Event & { kind: "posture" }): string {
  const sign = event.change === "cleared" ? "+" : { mend: "!", unknown: "?" }[event.state];
  return `${sign} set-up  ${event.registry}  ${postureWords(event)}  ${event.code}`;
}

function emergencyWords({ run, state, query, actor, counts }: Event & { kind: "emergency" }): string {
  const { toHold, held, failed, left, notKnown } = counts;
  const done = state === "started" ? `${toHold} to be held` : `${held} of ${toHold} held, ${failed} failed`;
  return `! emergency ${run} ${state}  ${query}: ${done}, ${left} left, ${notKnown} not known  by ${actor.name}: ${actor.reason}`;
}

function undoWords({ undo, state, scope, actor, counts }: Event & { kind: "undo" }): string {
  const { steps, done, failed, left, notTakenBack } = counts;
  const come =
    state === "begun" ? `${steps} ${steps === 1 ? "step" : "steps"}` : `${done} of ${steps} done, ${failed} failed, ${left} left`;
  const rest = notTakenBack === 0 ? "" : `, ${notTakenBack} actions not taken back`;
  return `! ${undo} ${state}  ${scope}: ${come}${rest}  by ${actor.name}: ${actor.reason}`;
}

function by({ actor }: { readonly actor?: string | undefined }): string {
  return actor === undefined ? "" : ` by ${actor}`;
}

const TAKEN_OVER = {
  begun: "is being taken over",
  seen: "is being taken over; plan seen",
  confirmed: "enforced, confirmed",
  "in-charge": "enforced",
} as const;

function plannedWords({ action: planned, ...event }: Event & { kind: "planned" }): string {
  const { purpose, verb, actor } = planned;
  return `> ${purpose ?? verb} ${imageWords(event)}${changeWords(planned)}  by ${actor.name}: ${actor.reason}`;
}

function signatureWords({ state, signatures: all, loss: { cause, actor }, ...event }: Event & { kind: "signature" }): string {
  const signers = [...new Set(all.map(({ identity }) => identity))].join(", ");
  const by = actor === undefined ? "" : `, by ${actor}`;
  if (state === "lost") return `! not signed any more  ${imageWords(event)}  was by ${signers}: ${LOSS_WORDS[cause]}${by}`;
  if (state === "restored") return `+ signed again  ${imageWords(event)}  by ${signers}`;
  return `- gone, not signed any more  ${imageWords(event)}`;
}

function judgedWords(event: Event & { kind: "judged" }): string {
  const { kind, mode, reasons } = event.verdict;
  const rules = [...new Set(reasons.map((reason) => reason.ruleId))].join(", ");
  const before = event.previous === "none" ? "" : `  (was ${event.previous})`;
  return `${SYMBOL[kind]} ${kind}${mode === "dry-run" ? ", dry-run" : ""}  ${imageWords(event)}${rules === "" ? "" : `  ${rules}`}${before}`;
}

function actedWords({ action, outcome, ...event }: Event & { kind: "acted" }): string {
  if (outcome.kind === "applied")
    return `= ${DONE[action.purpose ?? action.verb] ?? action.verb}${action.verb === "hold" ? `, ${outcome.strength ?? ""}` : ""}  ${imageWords(event)}${changeWords(action)}${action.verb === "delete" ? "  it cannot be undone" : `  undo: moorgate undo ${action.id}`}`;
  return `! ${action.purpose ?? action.verb} ${outcome.kind}  ${imageWords(event)}: ${outcome.why ?? ""}`;
}

function changeWords({ changes = [] }: z.output<typeof action>): string {
  return changes.map(({ tag, from, to }) => `  ${tag}: ${shortEnd(from)} -> ${shortEnd(to)}`).join("");
}

function shortEnd(end: string): string {
  return end === "absent" ? "nothing" : shortHex(end);
}

function shortHex(digest: string): string {
  const start = digest.indexOf(":") + 1;
  return digest.slice(start, start + 12);
}

function refusedWords({ source, count, why }: Event & { kind: "refused" }): string {
  return `! request refused  at ${source}${count > 1 ? `, ${count} times` : ""}: ${why}`;
}

function publicationWords(event: Event & { kind: "publishing" | "published" }): string {
  const { verb, why } = event.step;
  if (event.kind === "publishing") return `> ${verb === "attest" ? "publish" : "withdraw"} the verdict  ${imageWords(event)}: ${why}`;
  const done = verb === "attest" ? "published" : "withdrawn";
  const { kind, why: fault = "" } = event.outcome;
  return kind === "failed" ? `! verdict not ${done}  ${imageWords(event)}: ${fault}` : `= verdict ${done}  ${imageWords(event)}: ${why}`;
}

type Image = z.output<typeof image>;

function imageWords({ image, tags }: { readonly image: Image; readonly tags: readonly string[] }): string {
  const name = `${image.registry}/${image.repository}`;
  const short = shortHex(image.digest);
  return tags.length === 0 ? `${name}@${short}` : `${name}:${tags[0]} (${short})`;
}
