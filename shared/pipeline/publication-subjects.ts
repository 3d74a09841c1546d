import type { Digest } from "../domain/digest.ts";
import type { ImageEvidence } from "../domain/evidence.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { type Stance, stanceOf } from "../enforcement/publication.ts";
import type { VerdictPublisher, Wanted } from "../ports/verdict-publisher.ts";
import type { GateDeps } from "./deps.ts";
import { inputsOf } from "./publication-inputs.ts";

export interface ToPublish {
  readonly record: ImageRecord;
  readonly stance: Exclude<Stance, "as-is">;
  /** Absent: the image is gone. */
  readonly evidence: ImageEvidence | undefined;
  readonly publisher: VerdictPublisher;
}

export interface Subject {
  readonly digest: Digest;
  readonly wanted: Wanted;
}

/**
 * What is to be said of an image and of its children: runtimes ask for an index by some names and for a platform of it by others. A child that is
 * judged by itself speaks for itself, and one that a passing index names as well keeps its pass.
 */
export async function subjectsOf(deps: GateDeps, publishing: ToPublish): Promise<readonly Subject[]> {
  const { record, stance, evidence } = publishing;
  const children = evidencesIn(evidence);
  const digests = new Set([...children.keys(), ...(record.published?.subjects ?? []), ...(evidence === undefined ? record.children : [])]);
  digests.delete(record.key.digest);
  const subjects: Subject[] = [{ digest: record.key.digest, wanted: wantedBy(deps, publishing, evidence) }];
  for (const digest of digests) {
    const own = children.get(digest);
    const isOthers =
      stance === "pass" && own !== undefined ? await isJudged(deps, record, digest) : await isSpokenFor(deps, publishing, digest);
    if (!isOthers) subjects.push({ digest, wanted: wantedBy(deps, publishing, own) });
  }
  return subjects;
}

function evidencesIn(evidence: ImageEvidence | undefined): ReadonlyMap<Digest, ImageEvidence> {
  const all = (evidence?.children ?? []).flatMap((child) => [[child.subject.digest, child] as const, ...evidencesIn(child)]);
  return new Map(all);
}

function wantedBy(deps: GateDeps, { record, stance }: ToPublish, evidence: ImageEvidence | undefined): Wanted {
  if (stance === "pass" && evidence !== undefined) {
    const { policy, digest } = deps.policy();
    return { kind: "pass", policy: { name: policy.id.name, digest }, inputs: inputsOf(evidence) };
  }
  return stance === "keep" ? { kind: "keep", known: new Set(record.published?.manifests) } : { kind: "none" };
}

async function isJudged({ ledger }: GateDeps, { key }: ImageRecord, digest: Digest): Promise<boolean> {
  const own = await ledger.image({ ...key, digest });
  return own?.presence === "present" && own.verdict !== undefined;
}

async function isSpokenFor(deps: GateDeps, { record, publisher }: ToPublish, digest: Digest): Promise<boolean> {
  if (await isJudged(deps, record, digest)) return true;
  const parents = await deps.ledger.parents({ ...record.key, digest });
  return parents.some((parent) => parent.key.digest !== record.key.digest && stanceOf(parent, publisher.isOn) === "pass");
}
