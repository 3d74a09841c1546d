import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence, ImageSubject } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { Tag } from "../domain/image-ref.ts";
import { type Manifest, printPlatform } from "../domain/manifest.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import type { Instant } from "../domain/time.ts";
import type { Mode, Verdict } from "../domain/verdict.ts";
import { evaluate } from "../policy/evaluate.ts";
import { withoutIgnored } from "../policy/trust/ignored.ts";
import { attachedIn } from "./concerned.ts";
import type { JudgeDeps, WatchedRegistry } from "./deps.ts";
import { withEarlierScans } from "./earlier-scans.ts";
import { gather, type ImagePlace } from "./gather.ts";
import { lookAgainAt } from "./look-again.ts";
import { rememberSigned } from "./remember-signed.ts";
import { summarise } from "./summarise.ts";
import { type JudgeWork, present } from "./work.ts";

export interface ToJudge {
  readonly place: ImagePlace;
  readonly manifest: Manifest;
  readonly record: ImageRecord | undefined;
  readonly tags: readonly Tag[];
  /** Those that it is judged by, where they differ: what was rolled back from it counts still, and marks do not. */
  readonly borne?: readonly Tag[];
  readonly work: Pick<JudgeWork, "origin" | "actor" | "by" | "predatesGate">;
  readonly now: Instant;
}

export interface Judged {
  readonly before: ImageRecord | undefined;
  /** With the new verdict; not committed yet. */
  readonly record: ImageRecord & { readonly verdict: Verdict };
  readonly evidence: ImageEvidence;
  /** The tags that it was judged by. */
  readonly borne: readonly Tag[];
  /** What it was judged by, beside the policy that the verdict names. */
  readonly threats: ThreatFacts;
}

/** Gathers and evaluates: what the image is now and why. Changes nothing. */
export async function judge(
  deps: JudgeDeps,
  watched: Pick<WatchedRegistry, "mode">,
  looked: ToJudge,
  signal?: AbortSignal,
): Promise<Judged> {
  const input = { ...looked, record: anew(looked) };
  const { place, manifest, record, tags, borne = tags, work, now } = input;
  const pushedBy = record?.pushedBy ?? work.actor;
  const subject: ImageSubject = {
    digest: manifest.digest,
    kind: manifest.kind === "index" ? "index" : "image",
    tags,
    firstSeenAt: record?.firstSeenAt ?? now,
    annotations: manifest.annotations,
    ...(pushedBy === undefined ? {} : { pushedBy }),
  };
  const evidence = await withEarlierScans(deps, record, await gather(deps, place, manifest, subject, now, signal));
  const { policy } = deps.policy();
  const threats = deps.threats();
  const judged = evaluate(policy, { registry: place.key.registry, repository: place.key.repository, tags: borne }, evidence, now, threats);
  const recheckAt = lookAgainAt(judged, evidence, now);
  const verdict: Verdict = { ...judged, mode: effectiveMode(policy.mode, watched.mode), ...present({ recheckAt }) };
  const counted = withoutIgnored(evidence, policy.trust.ignored);
  const signed = await rememberSigned(input, counted, policy.id.version, signal);
  return {
    before: looked.record,
    evidence,
    borne,
    threats,
    record: { ...newRecord(input, subject, counted, verdict), ...present({ signed }) },
  };
}

/** What was deleted for ever and is pushed again is a new image; only what keeps the record's steps apart goes on. */
function anew({ record, work, now }: ToJudge): ImageRecord | undefined {
  if (record?.deleted === undefined) return record;
  const { deleted: _, override: _override, passedAt: _passedAt, pushedBy: _pushedBy, predatesGate: _predatesGate, ...rest } = record;
  return { ...rest, firstSeenAt: now, origin: work.origin };
}

/** A dry run anywhere is a dry run. */
export function effectiveMode(policy: Mode, registry: Mode): Mode {
  return policy === "enforce" && registry === "enforce" ? "enforce" : "dry-run";
}

function newRecord(
  { place, manifest, record, work }: ToJudge,
  subject: ImageSubject,
  evidence: ImageEvidence,
  verdict: Verdict,
): Judged["record"] {
  return {
    key: place.key,
    version: (record?.version ?? 0) + 1,
    kind: subject.kind,
    tags: subject.tags,
    children: manifest.kind === "index" ? [...new Set([...manifest.manifests.map((child) => child.digest), ...descendants(evidence)])] : [],
    attached: attachedIn(evidence, record),
    platforms: platformsOf(evidence),
    firstSeenAt: subject.firstSeenAt,
    ...(subject.pushedBy === undefined ? {} : { pushedBy: subject.pushedBy }),
    presence: "present",
    verdict,
    ...present({ passedAt: record?.passedAt ?? (isLetThrough(verdict) ? verdict.judgedAt : undefined) }),
    evidence: summarise(evidence),
    ...carriedOver(record, work),
  };
}

function isLetThrough({ kind, mode }: Verdict): boolean {
  return kind === "compliant" || mode === "dry-run";
}

/** Also those of indexes in the index: they are judged with the outermost. */
function descendants({ children }: ImageEvidence): readonly Digest[] {
  return children.flatMap((child) => [child.subject.digest, ...descendants(child)]);
}

/** What a new verdict does not change. */
function carriedOver(
  record: ImageRecord | undefined,
  work: Pick<JudgeWork, "origin" | "predatesGate">,
): Pick<ImageRecord, "origin" | "hold" | "override" | "generation" | "published" | "deadline" | "predatesGate" | "retagged"> {
  if (record === undefined)
    return { origin: work.origin, hold: { kind: "free" }, generation: 0, ...(work.predatesGate === true ? { predatesGate: true } : {}) };
  const { origin, hold, generation, override, published, deadline, predatesGate, retagged } = record;
  return { origin, hold, generation, ...present({ override, published, deadline, predatesGate, retagged }) };
}

function platformsOf({ children }: ImageEvidence): readonly string[] {
  return children.flatMap(({ subject: { platform } }) => (platform === undefined ? [] : [printPlatform(platform)]));
}
