import { AdapterError } from "../../ports/adapter-error.ts";
import { readJson } from "../../runtime/json.ts";

/** What was exported out of Container Analysis and Binary Authorization, unread. */
export interface Exported {
  readonly occurrences: readonly Fields[];
  readonly attestors: readonly Fields[];
}

type Fields = Readonly<Record<string, unknown>>;

const LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 64 };

/**
 * Reads what `gcloud container binauthz attestations list --format json` and `attestors list` or `describe` print, or an answer of the API's
 * lists: documents of either kind, one or a list of them.
 * @throws AdapterError malformed, too-large; an item that is neither is not passed over, for it could be what somebody looks for
 */
export function readExported(bytes: Uint8Array, place: string): Exported {
  const items = itemsOf(readJson(bytes, { ...LIMITS, place }), place);
  const attestors = items.filter(isAttestor);
  const occurrences = items.filter((item) => !isAttestor(item));
  if (!occurrences.every(({ noteName }) => typeof noteName === "string"))
    throw new AdapterError("malformed", `${place}: has something that is neither an occurrence nor an attestor`);
  return { occurrences, attestors };
}

function itemsOf(document: unknown, place: string): readonly Fields[] {
  const list = isFields(document) ? pageOf(document, place) : document;
  if (!Array.isArray(list) || !list.every(isFields)) throw new AdapterError("malformed", `${place}: no list of occurrences or attestors`);
  return list;
}

/** One page of several would prove no absence. */
function pageOf(document: Fields, place: string): unknown {
  const { occurrences, attestors, nextPageToken, unreachable } = document;
  const isWhole = !nextPageToken && (!Array.isArray(unreachable) || unreachable.length === 0);
  if (!isWhole) throw new AdapterError("malformed", `${place}: is one page of several, or lacks what could not be reached`);
  // That there is nothing is told by saying nothing.
  if (Object.keys(document).length === 0) return [];
  return occurrences ?? attestors ?? [document];
}

function isAttestor(item: Fields): boolean {
  return item["userOwnedGrafeasNote"] !== undefined || item["userOwnedDrydockNote"] !== undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
