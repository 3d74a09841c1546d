import type { Actor } from "../domain/action.ts";
import type { ImageKey, RegistryHost, Tag } from "../domain/image-ref.ts";
import type { Standing, TakeOverNumbers } from "../domain/take-over.ts";
import type { Instant } from "../domain/time.ts";
import type { Mode, PolicyId } from "../domain/verdict.ts";
import type { RegistryCounts } from "./standing-store.ts";

/** Images by what is known of who runs them. */
export interface UseCounts {
  readonly running: number;
  /** Lately. */
  readonly pulled: number;
  readonly notRunning: number;
  readonly unknown: number;
}

/** How far a registry has been taken over. */
export interface TakeOverStatus {
  readonly registry: RegistryHost;
  readonly standing: Standing;
  /** As the settings have it. While it is being taken over nothing is held, whatever stands there. */
  readonly mode: Mode;
  readonly counts: RegistryCounts;
  /** Jobs that wait or run: tags that were found and are not judged yet, or images that are judged again. */
  readonly open: number;
  /** Jobs that were given up. */
  readonly parked: number;
  /** What to do next, and why; absent where nothing has to be done. */
  readonly next?: string;
}

/** What enforcing would do to all that lies in a registry, by the policy in force. */
export interface TakeOverPlan<Simulation> {
  readonly registry: RegistryHost;
  readonly at: Instant;
  readonly policy: PolicyId;
  readonly numbers: TakeOverNumbers;
  /** Of the images that violate. */
  readonly use: UseCounts;
  readonly holds: readonly ImageKey[];
  /** Jobs that were given up: images of which nothing is known, met again as part of the run. */
  readonly unjudged: number;
  readonly simulation: Simulation;
  /** Whether it may be confirmed as it is, and else what has to be done first. */
  readonly objection?: TakeOverRefusal;
}

export interface TakeOverRefusal {
  readonly kind: "refused" | "not-found";
  readonly why: string;
  readonly mend: string;
}

export type PlannedTakeOver<Simulation> = { readonly kind: "planned"; readonly plan: TakeOverPlan<Simulation> } | TakeOverRefusal;

export type ConfirmedTakeOver =
  /** `queued`: images that are judged again as the run, and held or given a deadline where they still violate. */
  { readonly kind: "confirmed"; readonly run: string; readonly queued: number; readonly numbers: TakeOverNumbers } | TakeOverRefusal;

/** An image, or a platform of one, that nobody has scanned. */
export interface Unscanned {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
  readonly use: "running" | "pulled" | "not-running" | "unknown";
  /** When it was built, by its own word; else when the gate first met it. */
  readonly newestAt: Instant;
}

export interface ScanList {
  readonly registry: RegistryHost;
  /** In use first, then newest; as many as were asked for. */
  readonly images: readonly Unscanned[];
  /** Of all that have no report: the list may be shorter. */
  readonly total: number;
  readonly use: UseCounts;
  /** Those whose scan is under way, failed, is not possible, is too old or could not be asked for: not in the list. */
  readonly others: Readonly<Record<"pending" | "failed" | "unsupported" | "stale" | "unavailable", number>>;
  /** Compressed bytes of the layers of the images in the list, each layer once. `unknown`: images whose manifest was not read. */
  readonly size: { readonly bytes: number; readonly layers: number; readonly unknown: number };
}

export interface TakeOverRequest {
  readonly registry: string;
  readonly actor: Actor;
}

/** What people ask of a gate that takes over a registry. */
export interface TakeOvers<Simulation> {
  /** Of every registry that is watched and asks. */
  status(): Promise<readonly TakeOverStatus[]>;
  /** Makes the plan, and writes down that this person has seen it. */
  plan(request: TakeOverRequest): Promise<PlannedTakeOver<Simulation>>;
  /** Puts the gate in charge: refused unless all was listed and judged, the plan was seen, and nothing would be held that it did not show. */
  confirm(request: TakeOverRequest): Promise<ConfirmedTakeOver>;
  scans(registry: string, limit: number): Promise<ScanList | TakeOverRefusal>;
}
