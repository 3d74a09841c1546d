import { isDigest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { isRegistryHost, isRepository } from "../domain/image-ref.ts";
import { lookUp } from "../domain/look-up.ts";
import type { ImageQuery, Ledger, Page } from "../ports/ledger.ts";

/** What the words of a search mean. */
export interface Filter {
  readonly query: Omit<ImageQuery, "limit" | "after">;
  /** `shop/*`: asked of the ledger as a word, then looked at again here. */
  readonly repositories?: RegExp;
  /** Words that look like a filter and are none: shown, so that nobody trusts a list that was not filtered. */
  readonly unknown: readonly string[];
}

export const FILTER_HELP = "verdict:violating held:yes repo:shop/* registry:127.0.0.1:5055, or any word of a name, tag or digest";

const VERDICTS = ["compliant", "violating", "indeterminate"] as const;
const TRUTHS: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false };
/** Pages of the ledger looked through for one page of a pattern's matches. */
const MOST_ROUNDS = 20;

export function parseFilter(text: string): Filter {
  let filter: Filter = { query: {}, unknown: [] };
  for (const word of text
    .split(/\s+/)
    .filter((part) => part !== "")
    .slice(0, 20))
    filter = withWord(filter, word);
  return filter;
}

function withWord(filter: Filter, word: string): Filter {
  const [, name = "", value = ""] = /^([a-z]+):(.+)$/.exec(word) ?? [];
  const query = termOf(name, value);
  if (query !== undefined) return { ...filter, query: { ...filter.query, ...query } };
  if (name === "repo" && value.includes("*")) return { ...withText(filter, value.split("*", 1)[0] ?? ""), repositories: globOf(value) };
  // A tag is searched as shop/api:1.0, which has no word before its colon that filters know.
  return ["verdict", "held", "repo", "registry", "digest"].includes(name)
    ? { ...filter, unknown: [...filter.unknown, word] }
    : withText(filter, word);
}

function termOf(name: string, value: string): Filter["query"] | undefined {
  const verdict = VERDICTS.find((known) => known === value);
  const held = lookUp(TRUTHS, value);
  if (name === "verdict" && verdict !== undefined) return { verdict };
  if (name === "held" && held !== undefined) return { held };
  if (name === "registry" && isRegistryHost(value)) return { registry: value };
  if (name === "repo" && isRepository(value)) return { repository: value };
  if (name === "digest" && isDigest(value)) return { digest: value };
  return undefined;
}

function withText(filter: Filter, word: string): Filter {
  if (word === "") return filter;
  return { ...filter, query: { ...filter.query, words: [...(filter.query.words ?? []), ...word.split(/[:@](?=.)/)] } };
}

function globOf(pattern: string): RegExp {
  const parts = pattern
    .slice(0, 255)
    .split(/\*+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*?")}$`);
}

/** One page. Where a pattern leaves few of what the ledger gives, it may be short and still have a next one. */
export async function findImages(ledger: Ledger, filter: Filter, limit: number, after?: string): Promise<Page<ImageRecord>> {
  const items: ImageRecord[] = [];
  let next = after;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const page = await ledger.images({ ...filter.query, limit: limit - items.length, ...(next === undefined ? {} : { after: next }) });
    items.push(...page.items.filter((record) => filter.repositories?.test(record.key.repository) ?? true));
    next = page.next;
    if (next === undefined || items.length >= limit) break;
  }
  return next === undefined ? { items } : { items, next };
}
