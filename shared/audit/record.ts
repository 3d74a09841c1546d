import type { Action, Actor, Outcome } from "../domain/action.ts";
import type { AuditEvent } from "../domain/audit-event.ts";
import type { Deadline, DeadlineState } from "../domain/deadline.ts";
import type { ImageRecord, KeptBy } from "../domain/image-record.ts";
import { type ImageKey, printImageKey, type RegistryHost, type Tag } from "../domain/image-ref.ts";
import type { PostureNews } from "../domain/posture.ts";
import type { Proposal } from "../domain/proposal.ts";
import type { PublicationOutcome, PublicationStep } from "../domain/publication.ts";
import { isUndo, type Run } from "../domain/run.ts";
import type { RunNews } from "../domain/run-news.ts";
import type { SetupChange } from "../domain/setup-change.ts";
import type { Signed } from "../domain/signed.ts";
import type { Instant } from "../domain/time.ts";
import { printScope, type Undo, undoCounts } from "../domain/undo.ts";
import { fingerprint, type PolicyId, type Verdict } from "../domain/verdict.ts";
import { eventId } from "./event-id.ts";
import { isUrgent } from "./run-news.ts";
import { isFirst } from "./transition.ts";

type EventOf<K extends AuditEvent["kind"]> = Extract<AuditEvent, { readonly kind: K }>;

/** What all events of an image have. */
export interface Occasion {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly at: Instant;
  /** Of the evaluation that it belongs to: `correlationOf`. */
  readonly correlationId: string;
  /** The run that it happens in. */
  readonly partOf?: string;
}

/** One per evaluation: `version` is that of the image record which the evaluation writes. */
export function correlationOf(image: ImageKey, version: number): string {
  return eventId("evaluation", printImageKey(image), version);
}

/** A verdict that says something new (`isTransition`). */
export function judged(
  occasion: Occasion,
  facts: Pick<EventOf<"judged">, "verdict" | "origin" | "stops"> & { readonly previous: Verdict | undefined },
): EventOf<"judged"> {
  const { verdict, previous, origin, stops } = facts;
  const id = eventId("judged", printImageKey(occasion.image), occasion.correlationId, verdict.policy.name, fingerprint(verdict));
  return {
    kind: "judged",
    id,
    ...occasion,
    verdict,
    previous: previous?.kind ?? "none",
    origin,
    ...(stops === undefined ? {} : { stops }),
    first: isFirst(previous, verdict),
  };
}

export function planned(occasion: Occasion, action: Action): EventOf<"planned"> {
  return { kind: "planned", id: eventId("planned", action.id), ...occasion, action };
}

/** One event for each way in which an action ended: the same failure met again is no news. It is a part of the run that asked for the action. */
export function acted({ image, tags, at, correlationId }: Occasion, action: Action, outcome: Outcome): EventOf<"acted"> {
  const phase = outcome.kind === "failed" ? `failed:${outcome.code}` : outcome.kind;
  const { run } = action.cause;
  const asked = run === undefined || isUndo(run) ? {} : { partOf: run };
  return { kind: "acted", id: eventId("acted", action.id, phase), image, tags, at, correlationId, ...asked, action, outcome };
}

/** The image left the registry, and the gate did not take it. */
export function gone(occasion: Occasion): EventOf<"gone"> {
  return { kind: "gone", id: eventId("gone", printImageKey(occasion.image), occasion.correlationId), ...occasion };
}

/** `loss` is the one that began it, also where it ends. */
export function signature(occasion: Occasion, facts: Pick<EventOf<"signature">, "state" | "signatures" | "loss">): EventOf<"signature"> {
  const id = eventId("signature", printImageKey(occasion.image), occasion.correlationId, facts.state);
  return { kind: "signature", id, ...occasion, ...facts };
}

/** What two looks at an image's signatures make to be told: the loss, once, and its end. */
export function signatureNews(occasion: Occasion, before: Signed | undefined, after: Signed | undefined): readonly EventOf<"signature">[] {
  if (before?.loss === undefined && after?.loss !== undefined)
    return [signature(occasion, { state: "lost", signatures: after.signatures, loss: after.loss })];
  if (before?.loss !== undefined && after?.loss === undefined)
    return [
      after === undefined
        ? signature(occasion, { state: "ended", signatures: before.signatures, loss: before.loss })
        : signature(occasion, { state: "restored", signatures: after.signatures, loss: before.loss }),
    ];
  return [];
}

/** What two judgements make to be told of a deadline. Who runs the image changes often, and is no news. */
export function deadlineNews(
  occasion: Occasion,
  policy: PolicyId,
  before: Deadline | undefined,
  after: Deadline | undefined,
): readonly EventOf<"deadline">[] {
  const state = after === undefined ? undefined : deadlineState(before, after);
  if (state === undefined || after === undefined) return [];
  const id = eventId("deadline", printImageKey(occasion.image), occasion.correlationId, state);
  return [{ kind: "deadline", id, ...occasion, state, deadline: after, policy }];
}

function deadlineState(before: Deadline | undefined, after: Deadline): DeadlineState | undefined {
  if (after.isOver) return before?.isOver === true ? undefined : "over";
  if (before === undefined) return "opened";
  return before.isOver || before.until !== after.until ? "moved" : undefined;
}

/** What two judgements make to be told of a deletion whose time is over and that is not done. Words change often, and are no news. */
export function keptNews(occasion: Occasion, before: ImageRecord | undefined, { deletion }: ImageRecord): readonly EventOf<"kept">[] {
  if (deletion?.kept === undefined || deletion.at > occasion.at) return [];
  const { at: dueAt, kept } = deletion;
  if (before !== undefined && wasTold(before, dueAt, kept.by)) return [];
  const id = eventId("kept", printImageKey(occasion.image), occasion.correlationId, kept.by);
  return [{ kind: "kept", id, ...occasion, dueAt, ...kept }];
}

/** What kept it before its time was over was not told. */
function wasTold({ deletion, verdict }: ImageRecord, dueAt: Instant, by: KeptBy): boolean {
  return deletion?.kept?.by === by && deletion.at === dueAt && verdict !== undefined && verdict.judgedAt >= dueAt;
}

/** What a person wants of an image that is so already; with an act it is told as that. */
export function decisionNews(occasion: Occasion, before: ImageRecord | undefined, after: ImageRecord): readonly EventOf<"decided">[] {
  const { override, pending } = after;
  if (override === undefined || pending !== undefined || before?.override?.at === override.at) return [];
  const stays = override.kind === "hold" ? "held" : "free";
  const id = eventId("decided", printImageKey(occasion.image), occasion.correlationId, stays);
  return [{ kind: "decided", id, ...occasion, stays, by: override.actor }];
}

/** Told before the registry is changed; once for each state of the image, however often it is tried. */
export function publishing(occasion: Occasion, step: PublicationStep): EventOf<"publishing"> {
  const id = eventId("publishing", printImageKey(occasion.image), occasion.correlationId, step.verb);
  return { kind: "publishing", id, ...occasion, step };
}

export function published(occasion: Occasion, step: PublicationStep, outcome: PublicationOutcome): EventOf<"published"> {
  const phase = outcome.kind === "failed" ? `failed:${outcome.code}` : outcome.kind;
  const id = eventId("published", printImageKey(occasion.image), occasion.correlationId, step.verb, phase);
  return { kind: "published", id, ...occasion, step, outcome };
}

const MINUTE = 60_000;

/** One event a source and minute, however many deliveries were refused in it. */
export function refused(facts: {
  readonly source: string;
  readonly why: string;
  readonly count: number;
  readonly at: Instant;
}): EventOf<"refused"> {
  const id = eventId("refused", facts.source, Math.floor(facts.at / MINUTE));
  return { kind: "refused", id, correlationId: id, ...facts };
}

/** Work that was given up; `work` is its key in the queue. */
export function parked(facts: Pick<EventOf<"parked">, "work" | "why" | "at" | "partOf">): EventOf<"parked"> {
  const id = eventId("parked", facts.work, facts.at);
  return { kind: "parked", id, correlationId: id, ...facts };
}

/** Told once for each run: that it stopped, and what a person decided. `at` is that of the stop or of the decision. */
export function braked(
  { id: run, cause }: Pick<Run, "id" | "cause">,
  facts: { readonly state: EventOf<"braked">["state"]; readonly why: string; readonly at: Instant; readonly actor?: string },
): EventOf<"braked"> {
  return { kind: "braked", id: eventId("braked", run, facts.state), correlationId: eventId("run", run), run, cause, ...facts };
}

/** One for all that happened in a run since the last. What it tells is forgotten with it, so that no other one tells it again: its time tells two apart. */
export function summary(news: RunNews, isSettled: boolean, at: Instant): EventOf<"summary"> {
  const { run, since, counts, places, images } = news;
  const id = eventId("summary", run.id, since, at);
  const own = { run: run.id, cause: run.cause, since, counts, places, images, isSettled, isAlert: isUrgent(news) };
  return { kind: "summary", id, correlationId: eventId("run", run.id), at, ...own };
}

/** Told once when it starts and once when it ends. */
export function emergencyTold(
  facts: Pick<EventOf<"emergency">, "run" | "state" | "query" | "actor" | "counts" | "at">,
): EventOf<"emergency"> {
  const { run, state } = facts;
  return { kind: "emergency", id: eventId("emergency", run, state), correlationId: eventId("run", run), ...facts };
}

/** Told once for each state of each taking over; each plan that is looked at is a state of its own. */
export function takenOver(
  { registry, since }: { readonly registry: RegistryHost; readonly since: Instant },
  facts: { readonly state: EventOf<"taken-over">["state"]; readonly why: string; readonly at: Instant; readonly actor?: string },
): EventOf<"taken-over"> {
  const one = facts.state === "seen" ? facts.at : "";
  const id = eventId("taken-over", registry, since, facts.state, one);
  return { kind: "taken-over", id, correlationId: eventId("take-over", registry, since), registry, ...facts };
}

/** Told once when it begins and once when it has ended, however often a crash has that said again. */
export function undoTold(
  undo: Pick<Undo, "id" | "scope" | "plan" | "actor" | "steps" | "left">,
  state: EventOf<"undo">["state"],
  at: Instant,
): EventOf<"undo"> {
  const { id, scope, plan, actor } = undo;
  const counts = undoCounts(undo);
  return {
    kind: "undo",
    id: eventId("undo", id, state),
    correlationId: eventId("run", id),
    at,
    undo: id,
    state,
    scope: printScope(scope),
    plan,
    actor,
    counts,
  };
}

/** `images`: how many the place ran by its last word. */
export function placeForgotten(place: string, images: number, by: Actor, at: Instant): EventOf<"place-forgotten"> {
  const id = eventId("place-forgotten", place, at);
  return { kind: "place-forgotten", id, correlationId: id, at, place, images, by };
}

/** `at`: when it was told, where the log says no time. */
export function drifted({ id: record, source, ...change }: SetupChange, at: Instant): EventOf<"drifted"> {
  const id = eventId("drifted", source, change.registry, record);
  return { ...change, kind: "drifted", id, correlationId: id, at: change.at === "unknown" ? at : change.at };
}

/** `at`: when it was looked at. */
export function posture(registry: RegistryHost, news: PostureNews, at: Instant): EventOf<"posture"> {
  const id = eventId("posture", registry, news.code, news.change, at);
  return { ...news, kind: "posture", id, correlationId: eventId("look at set-up", registry, at), at, registry };
}

/** `at`: when it was stopped or resumed. */
export function halted(state: EventOf<"halted">["state"], by: Actor, at: Instant): EventOf<"halted"> {
  const id = eventId("halted", state, at);
  return { kind: "halted", id, correlationId: id, at, state, by };
}

/** Told once for each state of a proposal, with who brought it about. */
export function proposed(
  { id: proposal, act, subject, summary }: Pick<Proposal, "id" | "act" | "subject" | "summary">,
  state: EventOf<"proposed">["state"],
  by: Actor,
  at: Instant,
): EventOf<"proposed"> {
  const id = eventId("proposed", proposal, state);
  return { kind: "proposed", id, correlationId: eventId("proposal", proposal), at, proposal, act, subject, summary, state, by };
}
