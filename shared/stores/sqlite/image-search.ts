import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ImageRecord } from "../../domain/image-record.ts";
import type { ImageQuery, Page } from "../../ports/ledger.ts";
import { readPlace } from "./place.ts";
import { body, whole } from "./row.ts";

const MAX_LIMIT = 500;
/** More words than a person types only cost time. */
const MAX_WORDS = 16;

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Lists images, newest change first. A page's `next` is the number of the last change on it. */
export function openImageSearch(database: DatabaseSync): (query: ImageQuery) => Page<ImageRecord> {
  // As many statements as there are combinations of filters, each compiled once.
  const statements = new Map<string, StatementSync>();

  function statement(conditions: readonly Condition[]): StatementSync {
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
    const known = statements.get(where) ?? database.prepare(`SELECT changed, body FROM image ${where} ORDER BY changed DESC LIMIT ?`);
    statements.set(where, known);
    return known;
  }

  return (query) => {
    const limit = Math.min(Math.max(1, Math.trunc(query.limit)), MAX_LIMIT);
    const conditions = conditionsOf(query);
    const rows = statement(conditions).all(...conditions.flatMap(({ values }) => values), limit + 1);
    const items = rows.slice(0, limit).map((row) => body<ImageRecord>(row, "body"));
    return rows.length > limit ? { items, next: String(whole(rows[limit - 1], "changed")) } : { items };
  };
}

const BEARS_TAG = `(digest, repository, registry) IN (
  SELECT digest, repository, registry FROM bearer WHERE tag = ? AND bears = 1)`;

function conditionsOf(query: ImageQuery): readonly Condition[] {
  const { verdict, held, digest, registry, repository, tag, words = [], after } = query;
  const conditions: Condition[] = [];
  const equal = (column: string, value: string | undefined): void => {
    if (value !== undefined) conditions.push({ sql: `${column} = ?`, values: [value] });
  };
  equal("digest", digest);
  equal("repository", repository);
  equal("registry", registry);
  equal("verdict", verdict);
  if (tag !== undefined) conditions.push({ sql: BEARS_TAG, values: [tag] });
  // Written out: the index on held images is chosen when the statement is compiled.
  if (held !== undefined) conditions.push({ sql: held ? "held = 1" : "held = 0", values: [] });
  if (after !== undefined) conditions.push({ sql: "changed < ?", values: [readPlace(after)] });
  for (const word of words.slice(0, MAX_WORDS)) conditions.push({ sql: "instr(words, ?) > 0", values: [word.toLowerCase()] });
  return conditions;
}
