import { createHash } from "node:crypto";
import { canonicalJson } from "../audit/canonical.ts";
import { type Digest, parseDigest } from "../domain/digest.ts";
import { type Instant, instant } from "../domain/time.ts";
import type { StoredEvidence } from "../ports/evidence-store.ts";
import { replaceLists } from "./evidence-lists.ts";

/** Something that images share: a finding, a package, a statement, the key of a reason. */
export interface DraftFact {
  /** As JSON, in the order of members that it came with: a fast key. */
  readonly text: string;
  readonly hash: string;
  /** Ids under which a vulnerability is asked for; none for anything else. */
  readonly names: readonly string[];
  /** When its source first saw it in this one image: the only member that differs from image to image, so it stays with the image. */
  readonly firstSeenAt?: number;
}

export interface Draft {
  readonly entry: Omit<StoredEvidence, "digest">;
  readonly digest: Digest;
  /** The evidence as JSON, with empty lists in place of facts and without its times. */
  readonly shell: string;
  readonly lists: readonly (readonly DraftFact[])[];
  readonly reasons: readonly DraftFact[];
}

export type HashOf = (text: string, value: unknown) => string;
/** What was made of a fact before: readers share the facts of one base image, and what is shared is taken apart once. */
export type DraftedFacts = WeakMap<object, DraftFact>;

const TIMELESS: Instant = instant(0);

/** Takes evidence apart. Everything slow is done here, outside of a transaction. */
export function draftOf(entry: Omit<StoredEvidence, "digest">, hashOf: HashOf, drafted: DraftedFacts): Draft {
  const lists: DraftFact[][] = [];
  const shell = replaceLists(entry.evidence, TIMELESS, (list, kind) => {
    lists.push(list.map((fact) => drafted.get(fact) ?? remember(drafted, fact, draftFact(fact, kind, hashOf))));
    return [];
  });
  const reasons = (entry.verdict?.reasons ?? []).map((reason) => draftText(reason, hashOf));
  return { entry, digest: digestOf(canonicalJson(shell), lists), shell: JSON.stringify(shell), lists, reasons };
}

function remember(drafted: DraftedFacts, fact: object, draft: DraftFact): DraftFact {
  drafted.set(fact, draft);
  return draft;
}

function draftFact(fact: object, kind: "finding" | "other", hashOf: HashOf): DraftFact {
  const { shared, firstSeenAt } = "firstSeenAt" in fact ? splitTime(fact) : { shared: fact, firstSeenAt: undefined };
  const text = JSON.stringify(shared);
  const hash = hashOf(text, shared);
  const names = kind === "finding" ? namesOf(fact) : [];
  return firstSeenAt === undefined ? { text, hash, names } : { text, hash, names, firstSeenAt };
}

function splitTime({ firstSeenAt, ...shared }: { readonly firstSeenAt?: unknown }) {
  return { shared, firstSeenAt: typeof firstSeenAt === "number" ? firstSeenAt : undefined };
}

function draftText(text: string, hashOf: HashOf): DraftFact {
  const json = JSON.stringify(text);
  return { text: json, hash: hashOf(json, text), names: [] };
}

function namesOf(fact: { readonly id?: unknown; readonly aliases?: unknown }): readonly string[] {
  const aliases: readonly unknown[] = Array.isArray(fact.aliases) ? fact.aliases : [];
  return [...new Set([fact.id, ...aliases].filter((name) => typeof name === "string"))];
}

/** Of the shell and of the facts' own digests, which is as good as one of the whole. */
function digestOf(shell: string, lists: readonly (readonly DraftFact[])[]): Digest {
  const parts = [shell];
  for (const list of lists) {
    parts.push(`${list.length}`);
    for (const { hash, firstSeenAt } of list) parts.push(firstSeenAt === undefined ? hash : `${hash}${firstSeenAt}`);
  }
  return parseDigest(`sha256:${createHash("sha256").update(parts.join("\n")).digest("hex")}`);
}

/** One fact has one hash, in whatever order its members came. */
export function hashFact(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("base64url");
}
