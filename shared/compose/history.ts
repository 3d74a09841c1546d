import type { EvidenceStore } from "../ports/evidence-store.ts";
import type { Ledger } from "../ports/ledger.ts";
import { openStore } from "./store.ts";

/** What a gate has known so far, for reading beside it while it runs. */
export interface History {
  readonly evidence: Pick<EvidenceStore, "entries">;
  readonly ledger: Pick<Ledger, "counts">;
  close(): Promise<void>;
}

/**
 * Opens the store of a gate on this machine. Nothing is written.
 * @throws AdapterError
 */
export async function openHistory(place: string): Promise<History> {
  const refuse = (): never => {
    throw new Error("the history is opened for reading");
  };
  const { evidence, ledger, close } = await openStore("sqlite", { place, signHead: refuse });
  return { evidence, ledger, close };
}
