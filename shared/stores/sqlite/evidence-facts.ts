import type { DatabaseSync } from "node:sqlite";
import { type Draft, type DraftedFacts, type DraftFact, draftOf, hashFact } from "../evidence-draft.ts";
import type { FactReader } from "./evidence-packed.ts";
import { body, text, whole } from "./row.ts";

/** Facts that are remembered with their number: those of one base image come again with every image built on it. */
const MOST_REMEMBERED = 131_072;

/** Every distinct fact, kept once and numbered. */
export interface FactTable {
  draft(entry: Parameters<typeof draftOf>[0]): Draft;
  /** Inside of a transaction. @returns the fact's number */
  intern(fact: DraftFact): number;
  /** The transaction that these were interned in has been committed. */
  committed(facts: readonly DraftFact[], numbers: readonly number[]): void;
  /** Numbers of the facts that go by one of these names. */
  named(names: readonly string[]): ReadonlySet<number>;
  /** Numbers of the facts of one range of numbers that hold the text, as JSON writes it, with what they say. */
  containing(text: string, after: number, upTo: number): readonly { readonly number: number; readonly fact: unknown }[];
  /** The greatest number. */
  last(): number;
  /** Reads facts, each once: the same number gives the same object as long as the reader lives. */
  reader(): FactReader;
}

interface Remembered {
  readonly hash: string;
  number?: number;
}

export function openFacts(database: DatabaseSync): FactTable {
  const find = database.prepare("SELECT id FROM fact WHERE hash = ?");
  const insert = database.prepare("INSERT INTO fact (hash, body) VALUES (?, ?)");
  const name = database.prepare("INSERT OR IGNORE INTO fact_name (name, fact) VALUES (?, ?)");
  const named = database.prepare("SELECT fact FROM fact_name WHERE name IN (SELECT value FROM json_each(?))");
  const read = database.prepare("SELECT body FROM fact WHERE id = ?");
  const containing = database.prepare("SELECT id, body FROM fact WHERE id > ? AND id <= ? AND instr(body, ?) > 0");
  const last = database.prepare("SELECT coalesce(max(id), 0) AS last FROM fact");
  const memory = new Map<string, Remembered>();
  const drafted: DraftedFacts = new WeakMap();

  function hashOf(json: string, value: unknown): string {
    const known = memory.get(json);
    if (known !== undefined) return known.hash;
    if (memory.size >= MOST_REMEMBERED) memory.clear();
    const hash = hashFact(value);
    memory.set(json, { hash });
    return hash;
  }

  return {
    draft: (entry) => draftOf(entry, hashOf, drafted),
    intern(fact) {
      const known = memory.get(fact.text)?.number;
      if (known !== undefined) return known;
      const row = find.get(fact.hash);
      if (row !== undefined) return whole(row, "id");
      const number = Number(insert.run(fact.hash, fact.text).lastInsertRowid);
      for (const each of fact.names) name.run(each, number);
      return number;
    },
    committed(facts, numbers) {
      for (const [place, fact] of facts.entries()) {
        const remembered = memory.get(fact.text);
        const number = numbers[place];
        if (remembered !== undefined && number !== undefined) remembered.number = number;
      }
    },
    named: (names) => new Set(named.all(JSON.stringify(names)).map((row) => whole(row, "fact"))),
    containing: (wanted, after, upTo) =>
      containing
        .all(after, upTo, JSON.stringify(wanted).slice(1, -1))
        .map((row) => ({ number: whole(row, "id"), fact: body<unknown>(row, "body") })),
    last: () => whole(last.get(), "last"),
    reader() {
      const facts = new Map<number, unknown>();
      return <T>(number: number): T => {
        // This store wrote it from a value of the type that is asked for.
        const known = facts.get(number) as T | undefined;
        if (known !== undefined) return known;
        const fact: T = JSON.parse(text(read.get(number), "body"));
        facts.set(number, fact);
        return fact;
      };
    },
  };
}
