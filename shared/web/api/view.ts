import type * as z from "zod";
import { type Action, type Outcome, tagsBefore } from "../../domain/action.ts";
import { printCause } from "../../domain/action-cause.ts";
import type { Deadline } from "../../domain/deadline.ts";
import type { EvidenceSummary, ImageRecord, Retagged, StoredAction } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey, type Tag } from "../../domain/image-ref.ts";
import { openWords } from "../../domain/probe.ts";
import type { Publication } from "../../domain/publication.ts";
import { type Signed, signersOf } from "../../domain/signed.ts";
import { type Instant, printInstant } from "../../domain/time.ts";
import type { Reason, Verdict } from "../../domain/verdict.ts";
import type { Explanation } from "../../policy/explain/explain.ts";
import type { TrustRootStatus } from "../../ports/gate-status.ts";
import type { ActionView, ExplanationView, Image } from "./schema.ts";
import type { Barred } from "./schema-promotion.ts";
import type { StatusView } from "./schema-status.ts";

type ImageJson = z.output<typeof Image>;
type ActionJson = z.output<typeof ActionView>;

export function imageView(record: ImageRecord): ImageJson {
  const { key, hold, override, verdict, published, isHalted } = record;
  return {
    registry: key.registry,
    repository: key.repository,
    digest: key.digest,
    tags: [...record.tags],
    kind: record.kind,
    platforms: [...record.platforms],
    children: [...record.children],
    presence: record.presence,
    origin: record.origin,
    firstSeenAt: printInstant(record.firstSeenAt),
    ...(record.pushedBy === undefined ? {} : { pushedBy: record.pushedBy }),
    ...verdictView(verdict),
    ...(hold.kind === "held"
      ? {
          held: true,
          strength: hold.strength,
          since: printInstant(hold.since),
          ...(hold.open === undefined ? {} : { stillOpen: [...openWords(hold.open)] }),
        }
      : { held: false }),
    ...(override === undefined
      ? {}
      : { override: { kind: override.kind, by: override.actor.name, reason: override.actor.reason, at: printInstant(override.at) } }),
    ...(record.isBraked === true && record.run !== undefined ? { brakedBy: record.run } : {}),
    ...deadlineView(record.deadline),
    ...deletionView(record),
    ...(isHalted === undefined ? {} : { isHalted }),
    ...(record.retagged === undefined ? {} : { retagged: retaggedView(record.retagged) }),
    ...(published === undefined ? {} : { published: publicationView(published) }),
    ...lossView(record.signed),
    evidence: evidenceView(record.evidence),
    version: record.version,
  };
}

function deadlineView(deadline: Deadline | undefined): Pick<ImageJson, "deadline"> {
  if (deadline === undefined) return {};
  const { until, isOver, afterwards, use } = deadline;
  const { kind, workloads, owners } = use;
  return { deadline: { until: printInstant(until), isOver, afterwards, use: kind, workloads: [...workloads], owners: [...owners] } };
}

function deletionView({ deletion, deleted }: ImageRecord): Pick<ImageJson, "deletion" | "deleted"> {
  return {
    ...(deletion === undefined ? {} : { deletion: { ...deletion, at: printInstant(deletion.at) } }),
    ...(deleted === undefined ? {} : { deleted: { at: printInstant(deleted.at), action: deleted.actionId } }),
  };
}

function lossView(signed: Signed | undefined): Pick<ImageJson, "signatureLost"> {
  if (signed?.loss === undefined) return {};
  return { signatureLost: { ...signed.loss, signers: [...signersOf(signed.signatures)], at: printInstant(signed.loss.at) } };
}

function retaggedView({ standing, left }: Retagged): NonNullable<ImageJson["retagged"]> {
  return {
    standing: standing.map(({ tag, from, to, purpose, actionId: action }) => ({ tag, from, to, purpose, action })),
    left: left.map(({ tag, why }) => ({ tag, why })),
  };
}

function publicationView({ at, subjects, manifests, fault }: Publication): NonNullable<ImageJson["published"]> {
  return {
    at: printInstant(at),
    subjects: [...subjects],
    manifests: [...manifests],
    ...(fault === undefined ? {} : { fault: fault.why }),
  };
}

function verdictView(
  verdict: Verdict | undefined,
): Pick<ImageJson, "verdict" | "reasons" | "judgedAt" | "recheckAt" | "policy" | "appliedRules"> {
  if (verdict === undefined) return { verdict: "none", reasons: [] };
  return {
    verdict: verdict.kind,
    reasons: verdict.reasons.map(reasonView),
    judgedAt: printInstant(verdict.judgedAt),
    ...(verdict.recheckAt === undefined ? {} : { recheckAt: printInstant(verdict.recheckAt) }),
    policy: { name: verdict.policy.name, version: verdict.policy.version, mode: verdict.mode },
    ...(verdict.appliedRules === undefined ? {} : { appliedRules: [...verdict.appliedRules] }),
  };
}

/** What a reason is about and why its rule applies stand in the explanation. */
function reasonView({
  key,
  ruleId,
  rule,
  level,
  status,
  message,
  remedy,
  place,
  severity,
  child,
  enforceFrom,
}: Reason): ImageJson["reasons"][number] {
  return {
    key,
    ruleId,
    rule,
    level,
    status,
    message,
    remedy,
    place,
    severity,
    ...(child === undefined ? {} : { child }),
    ...(enforceFrom === undefined ? {} : { enforceFrom: printInstant(enforceFrom) }),
  };
}

function evidenceView({ findings, signatures }: EvidenceSummary): ImageJson["evidence"] {
  const { scannedAt, counts, ...rest } = findings;
  return {
    findings: { ...rest, counts: { ...counts }, ...(scannedAt === undefined ? {} : { scannedAt: printInstant(scannedAt) }) },
    signatures: { ...signatures, verified: [...signatures.verified] },
  };
}

export function barredView(image: ImageKey, to: Tag, { kind, policy, mode, reasons }: Verdict): z.output<typeof Barred> {
  return {
    kind: "barred",
    image: printImageKey(image),
    to,
    verdict: kind === "compliant" ? "unasked" : kind,
    policy: { name: policy.name, version: policy.version, mode },
    reasons: reasons.map(reasonView),
  };
}

/** A copy: answers are made of lists that nobody else holds. */
export function explanationView(explanation: Explanation): z.output<typeof ExplanationView> {
  const { identity, reasons, notes, fixes, facts, next } = explanation;
  return {
    ...explanation,
    identity: [...identity],
    reasons: reasons.map((reason) => ({ ...reason })),
    notes: notes.map((note) => ({ ...note })),
    fixes: [...fixes],
    facts: [...facts],
    next: [...next],
  };
}

export function actionView({ action, outcome }: StoredAction): ActionJson {
  return {
    id: action.id,
    ...actedOn(action),
    image: printImageKey(action.image),
    plannedAt: printInstant(action.plannedAt),
    actor: action.actor,
    cause: causeView(action),
    tags: [...tagsBefore(action)],
    ...(outcome === undefined ? {} : { outcome: outcomeView(outcome) }),
  };
}

function causeView({ actor, cause }: Action): ActionJson["cause"] {
  const { undoes, ...rest } = cause;
  return { words: printCause({ actor, cause }), ...rest, ...(undoes === undefined ? {} : { undoes: [...undoes] }) };
}

function actedOn(action: Action): Pick<ActionJson, "verb" | "quarantine" | "manifests" | "purpose" | "changes"> {
  if (action.verb === "retag")
    return { verb: action.verb, purpose: action.purpose, changes: action.changes.map((change) => ({ ...change })), manifests: [] };
  const { verb, before } = action;
  return {
    verb,
    ...(before.quarantine === undefined ? {} : { quarantine: before.quarantine }),
    manifests: before.manifests.map(({ digest, role, tags }) => ({ digest, role, tags: [...tags] })),
  };
}

function outcomeView(outcome: Outcome): NonNullable<ActionJson["outcome"]> {
  const at = printInstant(outcome.at);
  switch (outcome.kind) {
    case "applied":
      return {
        kind: "applied",
        at,
        strength: outcome.strength,
        notes: [...outcome.notes],
        ...(outcome.tags === undefined ? {} : { tags: [...outcome.tags] }),
        ...(outcome.probes === undefined ? {} : { probes: [...outcome.probes] }),
      };
    case "superseded":
      return { kind: "superseded", at, why: outcome.why };
    case "failed":
      return { kind: "failed", at, code: outcome.code, why: outcome.why };
  }
}

export function trustRootView({ checkedAt, expiresAt, ...root }: TrustRootStatus): z.output<typeof StatusView>["trustRoots"][number] {
  return {
    ...root,
    ...(checkedAt === undefined ? {} : { checkedAt: printInstant(checkedAt) }),
    ...(expiresAt === undefined ? {} : { expiresAt: printInstant(expiresAt) }),
  };
}

export function atOrNever(at: Instant | "never" | "unknown"): string {
  return typeof at === "string" ? at : printInstant(at);
}
