import { createPublicKey, verify } from "node:crypto";
import * as z from "zod";
import { type ChainProblem, checkEntry, checkHead } from "../audit/chain.ts";
import type { JournalEntry, SignedHead } from "../domain/audit-event.ts";
import type { Ledger } from "../ports/ledger.ts";
import { readJson } from "../runtime/json.ts";
import { readEntry } from "./journal-entry.ts";
import { openForReading } from "./store.ts";

/** `missing`: a sequence number of the store has no entry. */
export type JournalProblem = Omit<ChainProblem, "kind"> & { readonly kind: ChainProblem["kind"] | "missing"; readonly sequence?: number };

export interface JournalVerdict {
  readonly entries: number;
  readonly chains: number;
  /** Chains whose end a signature vouches for. */
  readonly signed: number;
  /** In the order in which they were met; empty: everything that was read is whole. */
  readonly problems: readonly JournalProblem[];
}

/** Whether a signature over a head's text is good. */
export type HeadSignature = (text: string, signature: string) => boolean;

type Line = { readonly kind: "entry"; readonly entry: JournalEntry } | { readonly kind: "head"; readonly head: SignedHead };

const PAGE = 1_000;
const MAX_PROBLEMS = 100;

/** @param pem Ed25519 public key. Throws what node:crypto throws where it is none. */
export function headSignature(pem: string): HeadSignature {
  const key = createPublicKey(pem);
  return (text, signature) => verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
}

/** Opens a store for its journal alone. @throws ParseError, AdapterError */
export async function openJournal(place: string): Promise<Pick<Ledger, "journal" | "heads" | "close">> {
  return (await openForReading(place)).ledger;
}

/**
 * Checks every entry in order, then each chain's end against its signed head. A gate may be writing meanwhile: a head that is ahead of what was
 * read is followed by reading the rest of its chain.
 */
export async function verifyLedger(ledger: Pick<Ledger, "journal" | "heads">, isSigned: HeadSignature): Promise<JournalVerdict> {
  const check = startCheck();
  let last = 0;
  for (let page = await ledger.journal(last, PAGE); page.length > 0; page = await ledger.journal(last, PAGE)) {
    for (const entry of page) {
      if (entry.sequence !== last + 1) check.report({ chain: entry.chain, index: entry.index, kind: "missing", sequence: last + 1 });
      check.entry(entry);
      last = entry.sequence;
    }
  }
  for await (const head of ledger.heads()) {
    await catchUp(ledger, check, head, last);
    check.head(head, isSigned);
  }
  return check.finish();
}

async function catchUp(ledger: Pick<Ledger, "journal">, check: Check, head: SignedHead, from: number): Promise<void> {
  let last = from;
  while (check.endOf(head.chain) < head.index) {
    const page = await ledger.journal(last, PAGE, head.chain);
    if (page.length === 0) return;
    for (const entry of page.filter(({ index }) => index <= head.index)) check.entry(entry);
    last = page.at(-1)?.sequence ?? last;
  }
}

/**
 * Checks an export. Heads may stand anywhere among the lines.
 * @throws AdapterError, ZodError on a line that is neither an entry nor a head
 */
export async function verifyExport(lines: AsyncIterable<string>, isSigned: HeadSignature): Promise<JournalVerdict> {
  const check = startCheck();
  const heads: SignedHead[] = [];
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = readLine(text, number);
    if (line.kind === "head") heads.push(line.head);
    else check.entry(line.entry);
  }
  for (const head of heads) check.head(head, isSigned);
  return check.finish();
}

interface Check {
  entry(entry: JournalEntry): void;
  head(head: SignedHead, isSigned: HeadSignature): void;
  report(problem: JournalProblem): void;
  /** Index of the last entry that was read of a chain; 0 before the first. */
  endOf(chain: string): number;
  finish(): JournalVerdict;
}

function startCheck(): Check {
  const ends = new Map<string, JournalEntry>();
  const problems: JournalProblem[] = [];
  let entries = 0;
  let signed = 0;
  const report = (problem: JournalProblem): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(problem);
  };
  return {
    report,
    entry(entry) {
      entries += 1;
      for (const problem of checkEntry(ends.get(entry.chain), entry)) report({ ...problem, sequence: entry.sequence });
      ends.set(entry.chain, entry);
    },
    head(head, isSigned) {
      const found = checkHead(ends.get(head.chain), head, isSigned);
      if (found.length === 0) signed += 1;
      for (const problem of found) report(problem);
    },
    endOf: (chain) => ends.get(chain)?.index ?? 0,
    finish: () => ({ entries, chains: ends.size, signed, problems }),
  };
}

const HEAD = z.strictObject({ chain: z.string(), index: z.int(), hash: z.string(), signature: z.string() });

function readLine(text: string, number: number): Line {
  const value = readJson(Buffer.from(text), { maxBytes: 16 * 1024 * 1024, maxDepth: 64, place: `line ${number}` });
  const head = HEAD.safeParse(value);
  return head.success ? { kind: "head", head: head.data } : { kind: "entry", entry: readEntry(value) };
}
