import { createHash } from "node:crypto";
import { type AuditEvent, chainOf, type JournalEntry, type SignedHead } from "../domain/audit-event.ts";
import { canonicalJson } from "./canonical.ts";

/** An entry without its place in a store, which the hash does not cover. */
export type ChainLink = Omit<JournalEntry, "sequence">;
/** Where a chain ends. */
export type ChainEnd = Pick<JournalEntry, "index" | "hash">;

const START: ChainEnd = { index: 0, hash: "0".repeat(64) };

/** SHA-256, in hex, of the canonical JSON of all that the entry says. */
function linkHash({ chain, index, previousHash, event }: Omit<ChainLink, "hash">): string {
  return createHash("sha256").update(canonicalJson({ chain, index, previousHash, event })).digest("hex");
}

/** The entry that follows `end`; the first of its chain where there is none. */
export function link(end: ChainEnd | undefined, event: AuditEvent): ChainLink {
  const { index, hash } = end ?? START;
  const unsealed = { chain: chainOf(event), index: index + 1, previousHash: hash, event };
  return { ...unsealed, hash: linkHash(unsealed) };
}

/** What is signed of a chain's last entry. */
export function headText({ chain, index, hash }: Omit<SignedHead, "signature">): string {
  return `${chain}\n${index}\n${hash}`;
}

export interface ChainProblem {
  readonly chain: string;
  /** Place in the chain. */
  readonly index: number;
  readonly kind: /** The content is not what was hashed. */
    | "changed"
    /** It does not follow the entry before: one was removed, inserted or replaced. */
    | "broken"
    /** The entry tells of something that belongs to another chain. */
    | "misplaced"
    /** No signed head vouches for the chain. */
    | "unsigned"
    /** The signed head names another end: entries were cut off or appended. */
    | "end-differs"
    | "bad-signature";
}

/** @returns what is wrong with one entry, given the end of its chain before it. */
export function checkEntry(end: ChainEnd | undefined, entry: JournalEntry): readonly ChainProblem[] {
  const before = end ?? START;
  const at = (kind: ChainProblem["kind"]): ChainProblem => ({ chain: entry.chain, index: entry.index, kind });
  return [
    ...(entry.hash === linkHash(entry) ? [] : [at("changed")]),
    ...(entry.index === before.index + 1 && entry.previousHash === before.hash ? [] : [at("broken")]),
    ...(chainOf(entry.event) === entry.chain ? [] : [at("misplaced")]),
  ];
}

/** @returns what is wrong with a signed head, given the end of its chain. */
export function checkHead(
  end: ChainEnd | undefined,
  head: SignedHead,
  verifySignature: (text: string, signature: string) => boolean,
): readonly ChainProblem[] {
  const { index, hash } = end ?? START;
  const at = (kind: ChainProblem["kind"]): ChainProblem => ({ chain: head.chain, index: head.index, kind });
  return [
    ...(verifySignature(headText(head), head.signature) ? [] : [at("bad-signature")]),
    ...(head.index === index && head.hash === hash ? [] : [at("end-differs")]),
  ];
}

/**
 * Checks whole chains against their signed heads; needs no store, so it works on an export too. Entries come in the order of their chains.
 * Finds every change, removal and insertion but one: a chain that is removed together with its head leaves no trace here, only with
 * whoever kept the head.
 */
export function verifyChain(
  entries: Iterable<JournalEntry>,
  heads: Iterable<SignedHead>,
  verifySignature: (text: string, signature: string) => boolean,
): readonly ChainProblem[] {
  const ends = new Map<string, ChainEnd>();
  const problems: ChainProblem[] = [];
  for (const entry of entries) {
    problems.push(...checkEntry(ends.get(entry.chain), entry));
    ends.set(entry.chain, entry);
  }
  const signed = new Set<string>();
  for (const head of heads) {
    problems.push(...checkHead(ends.get(head.chain), head, verifySignature));
    signed.add(head.chain);
  }
  for (const [chain, { index }] of ends) if (!signed.has(chain)) problems.push({ chain, index, kind: "unsigned" });
  return problems;
}
