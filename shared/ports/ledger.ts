import type { Action, Outcome } from "../domain/action.ts";
import type { AuditEvent, JournalEntry, SignedHead } from "../domain/audit-event.ts";
import type { Digest } from "../domain/digest.ts";
import type { ImageRecord, StoredAction } from "../domain/image-record.ts";
import type { ImageKey, RegistryHost, Repository, RepositoryKey, Tag } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import type { VerdictKind } from "../domain/verdict.ts";
import type { StoredEvidence } from "./evidence-store.ts";

/** All of one step, or nothing of it. */
export interface LedgerStep {
  /** The new record; its `version` is the expected one plus one. */
  readonly image: ImageRecord;
  readonly intents: readonly Action[];
  readonly outcomes: readonly { readonly actionId: string; readonly outcome: Outcome }[];
  readonly journal: readonly AuditEvent[];
  /**
   * For the history of what was known: what the verdict rests on, or since when the image is gone. It is the newest whatever its time says: a look that
   * began later may have been written first.
   */
  readonly evidence?:
    | { readonly kind: "gathered"; readonly entry: Omit<StoredEvidence, "digest"> }
    | { readonly kind: "gone"; readonly at: Instant };
}

export interface ImageQuery {
  readonly verdict?: VerdictKind;
  readonly held?: boolean;
  readonly digest?: Digest;
  readonly registry?: RegistryHost;
  readonly repository?: Repository;
  /** Those that it pointed at when they were last looked at, or when they were held. */
  readonly tag?: Tag;
  /** Words that must all occur in registry, repository, tags or digest. */
  readonly words?: readonly string[];
  readonly after?: string;
  /** At most 500. */
  readonly limit: number;
}

/** Actions by what asked for them; all that is given has to fit. */
export interface ActionQuery {
  readonly run?: string;
  /** Version of the policy whose verdict asked, or its beginning. */
  readonly policy?: string;
  /** Those that ended at or after it, or are open. */
  readonly since?: Instant;
  readonly after?: string;
  /** At most 500. */
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/**
 * Durable memory: what was judged, begun and done, with its journal in the same transaction. When `commit` has returned, the step
 * outlives a power cut.
 */
export interface Ledger {
  image(key: ImageKey): Promise<ImageRecord | undefined>;
  /** Newest change first. */
  images(query: ImageQuery): Promise<Page<ImageRecord>>;
  /** Every repository of the registry of which an image was ever judged; one that was first seen a moment ago may not be among them. */
  repositories(registry: RegistryHost): Promise<readonly Repository[]>;
  /** Counts over all images. */
  counts(): Promise<{ readonly images: number; readonly held: number; readonly verdicts: Readonly<Record<VerdictKind, number>> }>;
  /** Indexes that name the digest as a child; of one repository where it is given. */
  parents(child: Pick<ImageKey, "digest"> & Partial<ImageKey>): Promise<readonly ImageRecord[]>;
  /** Images of the repository to which the manifest was attached when they were last judged; at most 500. */
  carriers(attached: ImageKey): Promise<readonly ImageRecord[]>;
  /** Images that the tag pointed at, as far as it was seen: the one that it was seen to point at last comes first. The last 20 at least, at most 50. */
  bearers(place: RepositoryKey, tag: Tag, limit: number): Promise<readonly Digest[]>;
  /** @returns `conflict` where the stored version is not the one before `step.image.version`; nothing was written then. */
  commit(step: LedgerStep): Promise<"committed" | "conflict">;
  /** Appends to the journal what concerns no image. */
  append(events: readonly AuditEvent[]): Promise<void>;
  action(id: string): Promise<StoredAction | undefined>;
  /** Newest first. */
  actions(key: ImageKey): Promise<readonly StoredAction[]>;
  /** Of all images, newest first. */
  findActions(query: ActionQuery): Promise<Page<StoredAction>>;
  /** Entries after a sequence number, in order; never one before an entry that was given out. `chain`: only of that chain. */
  journal(after: number, limit: number, chain?: string): Promise<readonly JournalEntry[]>;
  /** The last entries, newest first, from before a sequence number where one is given: what people read. */
  recent(query: { readonly limit: number; readonly before?: number; readonly chain?: string }): Promise<readonly JournalEntry[]>;
  head(chain: string): Promise<SignedHead | undefined>;
  /** Every chain's head, in chain order, for verification. */
  heads(): AsyncIterable<SignedHead>;
  close(): Promise<void>;
}
