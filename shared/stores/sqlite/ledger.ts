import type { SignedHead } from "../../domain/audit-event.ts";
import type { Ledger, LedgerStep } from "../../ports/ledger.ts";
import type { Draft } from "../evidence-draft.ts";
import type { Actions } from "./actions.ts";
import type { EvidenceTables } from "./evidence.ts";
import type { Images } from "./images.ts";
import type { Journal } from "./journal.ts";
import type { Writer } from "./writer.ts";

interface Parts {
  readonly writer: Writer;
  readonly images: Images;
  readonly actions: Actions;
  readonly journal: Journal;
  readonly evidence: Omit<EvidenceTables, "store">;
}

const HEADS_AT_ONCE = 500;

/** The ledger over its tables; a step is one call of the writer, so it is kept whole or not at all. */
export function openLedger(parts: Parts): Omit<Ledger, "close"> {
  const { writer, images, actions, journal } = parts;
  return {
    image: async (key) => images.find(key),
    images: async (query) => images.list(query),
    repositories: async (registry) => images.repositories(registry),
    counts: async () => images.counts(),
    parents: async (key) => images.parents(key),
    bearers: async (place, tag, limit) => images.bearers(place, tag, limit),
    carriers: async (attached) => images.carriers(attached),
    async commit(step) {
      const draft = step.evidence?.kind === "gathered" ? parts.evidence.draft(step.evidence.entry) : undefined;
      const { result, committed } = await writer.write("power-cut", () => commit(parts, step, draft));
      committed();
      return result;
    },
    append: async (events) => writer.write("power-cut", () => journal.append(events)),
    action: async (id) => actions.find(id),
    actions: async (key) => actions.of(key),
    findActions: async (query) => actions.search(query),
    journal: async (after, limit, chain) => journal.after(after, limit, chain),
    recent: async (query) => journal.recent(query),
    head: async (chain) => journal.head(chain),
    heads: () => allHeads(journal),
  };
}

interface Committed {
  readonly result: "committed" | "conflict";
  /** To be called once the transaction is. */
  committed(): void;
}

function commit({ images, actions, journal, evidence }: Parts, step: LedgerStep, draft: Draft | undefined): Committed {
  const image = images.put(step.image);
  if (image === undefined) return { result: "conflict", committed: () => undefined };
  for (const intent of step.intents) actions.begin(image, intent);
  for (const { actionId, outcome } of step.outcomes) actions.end(actionId, outcome);
  journal.append(step.journal);
  if (step.evidence?.kind === "gone") evidence.forget(step.image.key, step.evidence.at);
  return { result: "committed", committed: draft === undefined ? () => undefined : evidence.write(draft) };
}

async function* allHeads(journal: Journal): AsyncGenerator<SignedHead> {
  let after = "";
  for (;;) {
    const heads = journal.heads(after, HEADS_AT_ONCE);
    yield* heads;
    const last = heads.at(-1);
    if (last === undefined) return;
    after = last.chain;
  }
}
