import type { Actor } from "../domain/action.ts";
import type { RepositoryKey } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { StepResult, Undo, UndoStep } from "../domain/undo.ts";

/** Steps of one repository are taken one after the other; those of several may go on at once. */
export type UndoPlace = RepositoryKey;

/** Undos that were begun, step by step. Survives a crash like the ledger. */
export interface UndoStore {
  /** The same plan again, while it is not ended, is the same undo. @returns its id */
  begin(undo: Omit<Undo, "id" | "begunAt" | "endedAt" | "steps"> & { readonly steps: readonly UndoStep[] }, now: Instant): Promise<string>;
  find(id: string): Promise<Undo | undefined>;
  /** Whether no step of it waits. */
  isEnded(id: string): Promise<boolean>;
  /** Those with steps that wait, and where. */
  open(): Promise<readonly { readonly id: string; readonly places: readonly UndoPlace[] }[]>;
  /** The first step of the repository that waits; `place` is its number in the undo, `actor` who asked for it. */
  next(id: string, where: UndoPlace): Promise<{ readonly place: number; readonly step: UndoStep; readonly actor: Actor } | undefined>;
  /** Writes down what became of a step; the first answer stays. The last one ends the undo. */
  settle(id: string, place: number, result: StepResult): Promise<void>;
}
