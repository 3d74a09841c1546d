import { verifyChain } from "../../shared/audit/chain.ts";
import { isTransition } from "../../shared/audit/transition.ts";
import type { JournalEntry } from "../../shared/domain/audit-event.ts";
import type { ImageRecord, StoredAction } from "../../shared/domain/image-record.ts";
import { printImageKey } from "../../shared/domain/image-ref.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { nameOf } from "./stock.ts";
import type { World } from "./world.ts";

/** The journal is whole; every act has one intent and one end; every transition was told once. */
export async function checkJournal({ store }: World, records: readonly ImageRecord[]): Promise<readonly string[]> {
  const entries = await store.ledger.journal(0, 100_000);
  const heads = await Array.fromAsync(store.ledger.heads());
  const problems = verifyChain(entries, heads, (text, signature) => signature === `signed ${text}`);
  const found = problems.map(({ chain, index, kind }) => `the journal is ${kind} at ${chain} ${index}`);
  const ids = entries.map(({ event }) => event.id);
  if (new Set(ids).size !== ids.length) found.push("an event was told twice");
  for (const record of records) {
    const told = entries.filter((entry) => entry.chain === printImageKey(record.key));
    found.push(...checkActs(told, await store.ledger.actions(record.key)), ...checkTransitions(told, record));
  }
  return found;
}

/** A failure that is met again is no news; every other end is told, once. */
function checkActs(told: readonly JournalEntry[], acts: readonly StoredAction[]): readonly string[] {
  const ended = told.flatMap(({ event }) => (event.kind === "acted" && event.outcome.kind !== "failed" ? [event.action.id] : []));
  const unknown = ended.filter((id) => !acts.some(({ action }) => action.id === id));
  return [...unknown.map((id) => `${id} was told and is no act`), ...acts.flatMap((act) => checkAct(act, ended))];
}

function checkAct({ action: { id }, outcome }: StoredAction, ended: readonly string[]): readonly string[] {
  if (outcome === undefined) return [`${id} was begun and has no end`];
  const times = ended.filter((each) => each === id).length;
  return outcome.kind === "failed" || times === 1 ? [] : [`the end of ${id} was told ${times} times`];
}

function checkTransitions(told: readonly JournalEntry[], { presence, verdict, key }: ImageRecord): readonly string[] {
  let last: Verdict | undefined;
  const found: string[] = [];
  for (const { event } of told) {
    if (event.kind === "gone") last = undefined;
    if (event.kind !== "judged") continue;
    if (!isTransition(last, event.verdict)) found.push(`a verdict of ${nameOf(key.digest)} was told that was no news`);
    last = event.verdict;
  }
  if (presence === "present" && verdict !== undefined && isTransition(last, verdict))
    found.push(`the verdict of ${nameOf(key.digest)} in the ledger was never told`);
  return found;
}
