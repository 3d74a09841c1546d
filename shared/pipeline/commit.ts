import {
  acted,
  correlationOf,
  deadlineNews,
  decisionNews,
  gone,
  judged as judgedEvent,
  keptNews,
  type Occasion,
  signatureNews,
} from "../audit/record.ts";
import { isTransition } from "../audit/transition.ts";
import { type Action, actionId, type MoveAction, type Outcome, type Strength } from "../domain/action.ts";
import type { AuditEvent } from "../domain/audit-event.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { printImageKey } from "../domain/image-ref.ts";
import { openWays } from "../domain/probe.ts";
import { areSameThreats } from "../domain/threat-change.ts";
import type { Instant } from "../domain/time.ts";
import { afterRetag } from "../enforcement/tags-outcome.ts";
import type { AdapterErrorCode } from "../ports/adapter-error.ts";
import type { StoredEvidence } from "../ports/evidence-store.ts";
import type { GateDeps } from "./deps.ts";
import { announced } from "./doom.ts";
import { planRecheck } from "./plan-rechecks.ts";
import type { Prepared } from "./prepare.ts";
import { takeOver } from "./tags.ts";
import { present, recheck } from "./work.ts";

/** First half of a step: the verdict, its audit event if it is news, and the intent, before any registry is changed. */
export async function commitVerdict(deps: GateDeps, prepared: Prepared, now: Instant): Promise<"committed" | "conflict"> {
  const { judged, record, action } = prepared;
  // Whoever follows a change of policy or feeds has already passed by: it is judged again by what is in force now.
  if (!isByWhatIsInForce(deps, judged)) return "conflict";
  const journal = newsOf(deps, prepared, now);
  const entry = historyOf(judged, now);
  const isWritten = judged.before === undefined || journal.length > 0 || action !== undefined || changed(judged.before, record);
  if (!isWritten) {
    await deps.evidence.put(entry, judged.before.version);
    // The step before may have ended between its commit and this.
    await planRecheck(deps, record.key, record.verdict.recheckAt, now);
    return "committed";
  }
  const intents = action === undefined ? [] : [action];
  await takeOver(deps, judged.before, record);
  const result = await deps.ledger.commit({ image: record, intents, outcomes: [], journal, evidence: { kind: "gathered", entry } });
  if (result === "conflict") return result;
  if (journal.length > 0) deps.metrics.count("moorgate_evaluations_total", { verdict: record.verdict.kind });
  await planRecheck(deps, record.key, record.verdict.recheckAt, now);
  return result;
}

function newsOf(deps: Pick<GateDeps, "registries">, prepared: Prepared, now: Instant): readonly AuditEvent[] {
  const {
    judged: { before },
    record,
  } = prepared;
  const { verdict, origin } = record;
  const previous = before?.presence === "gone" ? undefined : before?.verdict;
  const on = occasion(record, now);
  const judgement = isTransition(previous, verdict)
    ? [judgedEvent(on, { verdict, previous, origin, ...present({ stops: stopsOf(deps, prepared) }) })]
    : [];
  return [
    ...judgement,
    ...signatureNews(on, before?.signed, record.signed),
    ...deadlineNews(on, verdict.policy, before?.deadline, record.deadline),
    ...keptNews(on, before, record),
    ...decisionNews(on, before, record),
  ];
}

/** What this verdict comes to, as far as it is known when it is written down: the outcome of a hold is told by itself. */
function stopsOf({ registries }: Pick<GateDeps, "registries">, { record, action, follows }: Prepared): Strength | "none" | undefined {
  const { verdict, hold, key } = record;
  if (verdict.kind === "compliant") return undefined;
  if (action?.verb === "hold" || follows === "hold") return registries.get(key.registry)?.registry.capabilities.hold.strength ?? "none";
  return hold.kind === "held" && action?.verb !== "release" ? hold.strength : "none";
}

function isByWhatIsInForce(deps: GateDeps, { record, threats }: Prepared["judged"]): boolean {
  return record.verdict.policy.version === deps.policy().policy.id.version && areSameThreats(threats, deps.threats());
}

function historyOf({ record, evidence, borne: tags }: Prepared["judged"], at: Instant): Omit<StoredEvidence, "digest"> {
  const { key, verdict } = record;
  return { image: key, tags, at, evidence, verdict: { kind: verdict.kind, reasons: verdict.reasons.map((reason) => reason.key) } };
}

/** What an event of this step says of its image. */
export function occasion(record: ImageRecord, at: Instant): Occasion {
  const { key, tags, version, run } = record;
  return { image: key, tags, at, correlationId: correlationOf(key, version), ...present({ partOf: run }) };
}

/** Whether anything but the times differs, and what asked: an unchanged image is not written again. Where it waits for a person is a fact of its own. */
function changed(before: ImageRecord, after: ImageRecord): boolean {
  return JSON.stringify(timeless(before)) !== JSON.stringify(timeless(after));
}

function timeless({ version: _version, run, verdict, ...rest }: ImageRecord): unknown {
  const { judgedAt: _judgedAt, ...facts } = verdict ?? {};
  return { ...rest, facts, waitsIn: rest.isBraked === true ? run : undefined };
}

/** A further action of the same verdict, which was written down and told with the first. */
export async function commitNext({ ledger }: GateDeps, { record, action }: Prepared): Promise<"committed" | "conflict"> {
  return ledger.commit({ image: record, intents: action === undefined ? [] : [action], outcomes: [], journal: [] });
}

/** Second half: what came of the action. */
export async function commitOutcome(
  deps: GateDeps,
  record: ImageRecord,
  action: Action,
  outcome: Outcome,
  now: Instant,
): Promise<{ readonly result: "committed" | "conflict"; readonly record: ImageRecord }> {
  if (action.verb === "delete" && outcome.kind === "applied") return commitDeleted(deps, record, action, outcome, now);
  const done = afterAct(record, action, outcome);
  const after = action.verb === "hold" && outcome.kind === "applied" ? await announced(deps, done, now) : done;
  const journal = (await isToldAlready(deps, action, outcome)) ? [] : [acted(occasion(record, now), action, outcome)];
  const result = await deps.ledger.commit({ image: after, intents: [], outcomes: [{ actionId: action.id, outcome }], journal });
  if (after.deletion !== undefined && after.deletion.at > now) await deps.queue.put([recheck(after.key, after.deletion.at)], now);
  deps.metrics.count("moorgate_actions_total", { verb: action.verb, result: outcome.kind });
  return { result, record: after };
}

/** A hold that was done ends a deadline; any move that was done ends a planned deletion. */
function afterAct(record: ImageRecord, action: Action, outcome: Outcome): ImageRecord {
  const { pending: _, retagged, deadline, deletion, ...rest } = record;
  const isDone = outcome.kind === "applied";
  const isMove = action.verb === "hold" || action.verb === "release";
  return {
    ...rest,
    ...present({ deadline: isDone && action.verb === "hold" ? undefined : deadline }),
    version: rest.version + 1,
    ...present({ deletion: isDone && isMove ? undefined : afterFailure(deletion, action, outcome) }),
    hold: isDone ? heldBy(rest, action, outcome) : rest.hold,
    ...present({ passedAt: rest.passedAt ?? (rest.hold.kind === "held" && isRelease(action, outcome) ? outcome.at : undefined) }),
    ...(action.verb === "retag" ? afterRetag({ ...rest, ...present({ retagged }) }, action, outcome) : present({ retagged })),
  };
}

/** It stays planned, and the sweep has it tried again. */
function afterFailure(deletion: ImageRecord["deletion"], { verb }: Action, outcome: Outcome): ImageRecord["deletion"] {
  if (deletion === undefined || verb !== "delete" || outcome.kind !== "failed") return deletion;
  return { at: deletion.at, kept: { by: "failed", why: `deleting failed: ${outcome.why}` } };
}

/** What is tried again at each sweep and fails as it did before is no news. */
async function isToldAlready({ ledger }: GateDeps, { verb, image, generation }: Action, outcome: Outcome): Promise<boolean> {
  if (outcome.kind !== "failed") return false;
  const before = (await ledger.action(actionId(verb, printImageKey(image), generation - 1)))?.outcome;
  return before?.kind === "failed" && before.code === outcome.code;
}

function isRelease({ verb }: Action, { kind }: Outcome): boolean {
  return verb === "release" && kind === "applied";
}

function heldBy(record: ImageRecord, action: Action, outcome: Extract<Outcome, { kind: "applied" }>): ImageRecord["hold"] {
  switch (action.verb) {
    case "hold":
      return held(action, outcome);
    case "release":
      return { kind: "free" };
    case "retag":
    case "delete":
      return record.hold;
  }
}

function held({ id, before }: MoveAction, { at, strength, probes = [] }: Extract<Outcome, { kind: "applied" }>): ImageRecord["hold"] {
  const open = openWays(probes);
  return { kind: "held", since: at, actionId: id, strength, ...(open.length === 0 ? {} : { open }), ...present({ only: before.only }) };
}

/** The image is gone for good, because the gate deleted it. */
async function commitDeleted(
  deps: GateDeps,
  record: ImageRecord,
  action: Action,
  outcome: Outcome,
  now: Instant,
): Promise<{ readonly result: "committed" | "conflict"; readonly record: ImageRecord }> {
  const after: ImageRecord = { ...withoutImage(record), deleted: { at: outcome.at, actionId: action.id } };
  const { signed, tags } = record;
  const journal = [
    acted(occasion({ ...after, tags }, now), action, outcome),
    ...signatureNews(occasion({ ...after, tags }, now), signed, undefined),
  ];
  const outcomes = [{ actionId: action.id, outcome }];
  const result = await deps.ledger.commit({ image: after, intents: [], outcomes, journal, evidence: { kind: "gone", at: now } });
  deps.metrics.count("moorgate_actions_total", { verb: action.verb, result: outcome.kind });
  return { result, record: after };
}

/** What is remembered of an image that is not there. */
function withoutImage(record: ImageRecord): ImageRecord {
  const {
    pending: _,
    attached: _attached,
    deadline: _deadline,
    deletion: _deletion,
    retagged: _retagged,
    signed: _signed,
    ...rest
  } = record;
  return { ...rest, version: record.version + 1, presence: "gone", tags: [], hold: { kind: "free" } };
}

/** Registries that gave no answer may have done it all the same, or do it later. */
const UNANSWERED: readonly string[] = ["unreachable", "timeout"] satisfies readonly AdapterErrorCode[];

/** The registry no longer has it: because of us, where a deletion was asked for last of which nobody knows what became, or not. */
export async function commitMissing(deps: GateDeps, record: ImageRecord, now: Instant): Promise<void> {
  const last = await deps.ledger.action(actionId("delete", printImageKey(record.key), record.generation));
  if (last?.outcome?.kind !== "failed" || !UNANSWERED.includes(last.outcome.code)) return commitGone(deps, record, now);
  const notes = ["found to be done: the registry's answer was lost"];
  await commitDeleted(deps, record, last.action, { kind: "applied", at: now, strength: "hidden", notes }, now);
}

async function commitGone(deps: GateDeps, record: ImageRecord, now: Instant): Promise<void> {
  const after = withoutImage(record);
  const on = occasion(after, now);
  const journal = [gone(on), ...signatureNews(on, record.signed, undefined)];
  await deps.ledger.commit({ image: after, intents: [], outcomes: [], journal, evidence: { kind: "gone", at: now } });
}
