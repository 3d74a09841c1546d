import type { DatabaseSync } from "node:sqlite";
import { type ChainEnd, headText, link } from "../../audit/chain.ts";
import { type AuditEvent, chainOf, type JournalEntry, type SignedHead } from "../../domain/audit-event.ts";
import { body, type Row, text, whole } from "./row.ts";
import { openNewsCount } from "./run-news.ts";

export interface Journal {
  /** Appends each event that is not there yet to its chain, and signs where the chains end now. */
  append(events: readonly AuditEvent[]): void;
  after(sequence: number, limit: number, chain: string | undefined): readonly JournalEntry[];
  recent(query: { readonly limit: number; readonly before?: number; readonly chain?: string }): readonly JournalEntry[];
  head(chain: string): SignedHead | undefined;
  /** The next heads in the order of their chains. */
  heads(afterChain: string, limit: number): readonly SignedHead[];
}

interface OpenChain {
  readonly name: string;
  readonly id: number;
  readonly end: ChainEnd | undefined;
}

const ENTRY =
  "SELECT sequence, name, journal.place AS place, previous_hash, journal.hash AS hash, event FROM journal JOIN chain ON chain.id = journal.chain";
const MAX_LIMIT = 10_000;

export function openJournal(database: DatabaseSync, signHead: (text: string) => string): Journal {
  const statements = prepare(database);
  const countNews = openNewsCount(database);

  function chainNamed(name: string): OpenChain {
    const row = statements.end.get(name);
    if (row === undefined) return { name, id: Number(statements.insertChain.run(name).lastInsertRowid), end: undefined };
    return { name, id: whole(row, "id"), end: { index: whole(row, "place"), hash: text(row, "hash") } };
  }

  function appendOne({ name, id, end }: OpenChain, event: AuditEvent): OpenChain {
    const next = link(end, event);
    statements.insert.run(id, next.index, next.previousHash, next.hash, event.id, JSON.stringify(event));
    countNews(event);
    return { name, id, end: next };
  }

  function sign({ name, id, end }: OpenChain): void {
    if (end !== undefined) statements.moveEnd.run(end.index, end.hash, signHead(headText({ chain: name, ...end })), id);
  }

  return {
    append(events) {
      const touched = new Map<string, OpenChain>();
      for (const event of events) {
        const name = chainOf(event);
        const chain = touched.get(name) ?? chainNamed(name);
        // The same event is of the same chain: one index finds it, and new chains go to that index's end.
        if (statements.known.get(chain.id, event.id) === undefined) touched.set(name, appendOne(chain, event));
      }
      for (const chain of touched.values()) sign(chain);
    },
    after: (sequence, limit, chain) =>
      (chain === undefined ? statements.after.all(sequence, clamp(limit)) : statements.afterInChain.all(chain, sequence, clamp(limit))).map(
        entryOf,
      ),
    recent({ limit, before = Number.MAX_SAFE_INTEGER, chain }) {
      return (
        chain === undefined ? statements.before.all(before, clamp(limit)) : statements.beforeInChain.all(chain, before, clamp(limit))
      ).map(entryOf);
    },
    head(chain) {
      const row = statements.head.get(chain);
      return row === undefined ? undefined : headOf(row);
    },
    heads: (afterChain, limit) => statements.heads.all(afterChain, limit).map(headOf),
  };
}

function prepare(database: DatabaseSync) {
  const ofChain = "WHERE journal.chain = (SELECT id FROM chain WHERE name = ?)";
  return {
    known: database.prepare("SELECT 1 FROM journal WHERE chain = ? AND event_id = ?"),
    insertChain: database.prepare("INSERT INTO chain (name, place, hash, signature) VALUES (?, 0, '', '')"),
    end: database.prepare("SELECT id, place, hash FROM chain WHERE name = ?"),
    insert: database.prepare("INSERT INTO journal (chain, place, previous_hash, hash, event_id, event) VALUES (?, ?, ?, ?, ?, ?)"),
    moveEnd: database.prepare("UPDATE chain SET place = ?, hash = ?, signature = ? WHERE id = ?"),
    after: database.prepare(`${ENTRY} WHERE sequence > ? ORDER BY sequence LIMIT ?`),
    afterInChain: database.prepare(`${ENTRY} ${ofChain} AND sequence > ? ORDER BY journal.place LIMIT ?`),
    before: database.prepare(`${ENTRY} WHERE sequence < ? ORDER BY sequence DESC LIMIT ?`),
    beforeInChain: database.prepare(`${ENTRY} ${ofChain} AND sequence < ? ORDER BY journal.place DESC LIMIT ?`),
    head: database.prepare("SELECT name, place, hash, signature FROM chain WHERE name = ?"),
    heads: database.prepare("SELECT name, place, hash, signature FROM chain WHERE name > ? ORDER BY name LIMIT ?"),
  };
}

function clamp(limit: number): number {
  return Math.min(Math.max(0, Math.trunc(limit)), MAX_LIMIT);
}

function entryOf(row: Row): JournalEntry {
  return {
    sequence: whole(row, "sequence"),
    chain: text(row, "name"),
    index: whole(row, "place"),
    previousHash: text(row, "previous_hash"),
    hash: text(row, "hash"),
    event: body<AuditEvent>(row, "event"),
  };
}

function headOf(row: Row): SignedHead {
  return { chain: text(row, "name"), index: whole(row, "place"), hash: text(row, "hash"), signature: text(row, "signature") };
}
