import { existsSync } from "node:fs";
import { join } from "node:path";
import { type IndexEntry, openCase, readIndex } from "./indexed.ts";
import type { IndexedKind, Row } from "./kinds/row.ts";
import { type Kind, kinds } from "./kinds/table.ts";

export interface Judged {
  readonly kind: string;
  readonly row: Row;
}

/** Every case of the asked kinds (all where none is asked) that the folder holds. */
export async function* run(folder: string, asked: readonly string[]): AsyncGenerator<Judged> {
  const entries = readIndex(folder);
  for (const kind of kinds.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
    for await (const row of rowsOf(folder, kind, entries)) yield { kind: kind.name, row };
  }
  const known = new Set(kinds.map(({ entry }) => entry));
  for (const { file, kind } of asked.length === 0 ? entries : []) {
    if (!known.has(kind)) yield { kind, row: { case: file, outcome: "unsupported", detail: kind } };
  }
}

async function* rowsOf(folder: string, kind: Kind, entries: readonly IndexEntry[]): AsyncGenerator<Row> {
  for (const entry of entries) {
    if (entry.kind === kind.entry) yield* judgeEntry(folder, kind, entry);
  }
  const place = kind.folder === undefined ? undefined : join(folder, kind.folder.path);
  if (kind.folder === undefined || place === undefined || !existsSync(place)) return;
  yield* guarded(kind.folder.path, (await kind.folder.load())(place));
}

async function* judgeEntry(folder: string, kind: Kind, entry: IndexEntry): AsyncGenerator<Row> {
  const opened = openCase(folder, entry);
  if ("outcome" in opened) return yield opened;
  const judge: IndexedKind | undefined = await kind.formats?.[opened.format]?.();
  if (judge === undefined) return yield { case: entry.file, outcome: "unsupported", detail: opened.format };
  yield* guarded(entry.file, judge([opened]));
}

/** A judge that crashes on a case has failed it. */
async function* guarded(name: string, rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  try {
    yield* rows;
  } catch (error) {
    yield { case: name, outcome: "failed", detail: `crashed: ${error instanceof Error ? error.message : String(error)}` };
  }
}
