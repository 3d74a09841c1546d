import type { DatabaseSync } from "node:sqlite";
import type { ImageKey } from "../../domain/image-ref.ts";
import type { Instant } from "../../domain/time.ts";
import type { EvidenceStore, StoredEvidence } from "../../ports/evidence-store.ts";
import type { Draft, DraftFact } from "../evidence-draft.ts";
import { notBefore } from "../newest.ts";
import { type FactTable, openFacts } from "./evidence-facts.ts";
import { packLists } from "./evidence-packed.ts";
import { openEvidenceReading } from "./evidence-reading.ts";
import { openEvidenceTables } from "./evidence-tables.ts";
import type { Writer } from "./writer.ts";

const NOTHING = new Uint8Array();

/** The store's evidence, with the parts that a step of the ledger writes in its own transaction. */
export interface EvidenceTables {
  readonly store: EvidenceStore;
  draft(entry: Omit<StoredEvidence, "digest">): Draft;
  /** What a step knows, inside of its transaction: the newest, whatever its time says. @returns what is to be called once that is committed */
  write(draft: Draft): () => void;
  /** The same of an image that is gone. */
  forget(image: ImageKey, at: Instant): void;
}

/**
 * History of evidence. Many images are loaded fastest by many puts at once, 1,000 or so, that are awaited together: what is asked for within one
 * turn of the event loop shares a transaction. What gets lost in a power cut is gathered again, so a put does not wait for the disk.
 */
export function openEvidence(database: DatabaseSync, writer: Writer): EvidenceTables {
  const facts = openFacts(database);
  const tables = openEvidenceTables(database);

  function write(draft: Draft, image: number, at: Instant): () => void {
    const { entry } = draft;
    const interning = openInterning(facts);
    const decided = { tags: [...entry.tags].sort(), verdict: entry.verdict?.kind, reasons: packLists([draft.reasons], interning.number) };
    if (!tables.isNewest(image, at, draft.digest, decided)) {
      const evidence = tables.evidence(draft, () => packLists(draft.lists, interning.number));
      tables.add(image, { at, gatheredAt: entry.evidence.gatheredAt, evidence, ...decided });
    }
    return interning.committed;
  }

  function forget(image: number, at: Instant): void {
    const isKnown = tables.newest(image, at)?.digest !== undefined;
    if (isKnown) tables.add(image, { at, gatheredAt: at, evidence: undefined, tags: [], verdict: undefined, reasons: NOTHING });
  }

  return {
    draft: facts.draft,
    write(draft) {
      const image = tables.image(draft.entry.image);
      return write(draft, image, notBefore(tables.newestAt(image), draft.entry.at));
    },
    forget(key, at) {
      const image = tables.image(key);
      forget(image, notBefore(tables.newestAt(image), at));
    },
    store: {
      async put(entry, version) {
        const draft = facts.draft(entry);
        const written = await writer.write("crash", () => {
          const isOver = version !== undefined && tables.version(entry.image) !== version;
          return isOver ? undefined : write(draft, tables.image(entry.image), entry.at);
        });
        written?.();
        return draft.digest;
      },
      forget: async (key, at) => writer.write("crash", () => forget(tables.image(key), at)),
      ...openEvidenceReading(database, facts),
    },
  };
}

interface Interning {
  number(fact: DraftFact): number;
  committed(): void;
}

/** Numbers are remembered only once they are committed: one that was taken back goes to another fact. */
function openInterning(facts: FactTable): Interning {
  const used: DraftFact[] = [];
  const numbers: number[] = [];
  return {
    number(fact) {
      const number = facts.intern(fact);
      used.push(fact);
      numbers.push(number);
      return number;
    },
    committed: () => facts.committed(used, numbers),
  };
}
