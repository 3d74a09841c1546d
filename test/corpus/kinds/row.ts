/** One case of the corpus, judged. `unsupported` names what is not built; it never counts as passed. */
export type Row =
  | { readonly case: string; readonly outcome: "passed" }
  /** `detail`: what was expected and what came instead, on one line. */
  | { readonly case: string; readonly outcome: "failed"; readonly detail: string }
  /** `detail`: the name of the kind or format that is not built. */
  | { readonly case: string; readonly outcome: "unsupported"; readonly detail: string };

/** An entry of the folder's `index.json`, with its file's checked bytes. */
export interface IndexedCase {
  /** Path in the folder. */
  readonly file: string;
  readonly format: string;
  readonly expected: unknown;
  readonly bytes: Uint8Array;
}

/** Judges indexed files of one kind (`event`, `report`, `osv`, `kev`, `epss`). */
export type IndexedKind = (cases: readonly IndexedCase[]) => AsyncIterable<Row>;

/** Judges what it finds in a folder of its own (`signatures/`, `ocsf/`), given by absolute path. */
export type FolderKind = (folder: string) => AsyncIterable<Row>;

/** Compares field by field and names each difference; `undefined` in `actual` is absence. */
export function compare(name: string, expected: Readonly<Record<string, unknown>>, actual: Readonly<Record<string, unknown>>): Row {
  const differences = Object.entries(expected)
    .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(actual[field]))
    .map(([field, value]) => `${field}: expected ${JSON.stringify(value)}, got ${JSON.stringify(actual[field])}`);
  return differences.length === 0 ? { case: name, outcome: "passed" } : { case: name, outcome: "failed", detail: differences.join("; ") };
}
