import type { Actor, Strength } from "../domain/action.ts";
import type { Digest } from "../domain/digest.ts";
import type { EmergencyFact } from "../domain/emergency.ts";
import type { ImageKey, Tag } from "../domain/image-ref.ts";
import type { RunState } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import type { VerdictKind } from "../domain/verdict.ts";

export interface EmergencyRequest {
  /** As `parseHoldTarget` reads it. */
  readonly query: string;
  /** An image stands for its digest in every place that has it. */
  readonly everywhere: boolean;
  /** Whether what runs, and what may run, is held too. */
  readonly inUse: boolean;
}

/**
 * What becomes of an image that is concerned. All but `hold` are left as they are: it runs or was pulled lately; nobody knows whether it runs; its
 * version cannot be compared; it is held already; its registry is not watched.
 */
export const DISPOSITIONS = ["hold", "in-use", "use-unknown", "perhaps", "held", "not-watched"] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export interface ConcernedImage {
  readonly key: ImageKey;
  readonly kind: "image" | "index";
  readonly tags: readonly Tag[];
  readonly verdict: VerdictKind | "none";
  readonly pushedBy?: string;
  readonly facts: readonly EmergencyFact[];
  readonly usage: Usage;
  readonly disposition: Disposition;
  /** A person released it by hand, and why. */
  readonly releasedBy?: Actor;
}

/** An image of which nobody can say that it is not concerned. `old`: what says so was made long ago. */
export interface UnsureImage {
  readonly key: ImageKey;
  readonly tags: readonly Tag[];
  readonly kind: "not-known" | "old";
  readonly why: string;
}

/** All that is concerned, and what would be done; nothing is changed by asking. */
export interface EmergencyList {
  readonly query: string;
  readonly inUse: boolean;
  /** Other names of the vulnerability that were looked for too. */
  readonly alsoKnownAs: readonly string[];
  /** Of the images and of what would become of each. Whoever starts names it, so that nothing is held that was not shown. */
  readonly list: Digest;
  /** In use first. */
  readonly images: readonly ConcernedImage[];
  readonly unsure: readonly UnsureImage[];
  /** Images that are certainly not concerned. */
  readonly clear: number;
  /** The brake stops after so many holds and asks; absent where it is off. */
  readonly stopsAfter?: number;
  /** Entries for `rules:` of a policy that keep the same out from now on. */
  readonly rule: string;
}

export interface StartRequest extends EmergencyRequest {
  readonly list: Digest;
  readonly actor: Actor;
}

export type StartedEmergency =
  | { readonly kind: "started"; readonly report: EmergencyReport }
  | { readonly kind: "refused"; readonly why: string; readonly mend: string };

export const PROGRESS_KINDS = ["under-way", "held", "waiting", "failed", "left", "gone"] as const;

/** How far one image is. `waiting`: for an answer to the brake. `left`: it was not held after all, and why. */
export interface ImageProgress {
  readonly key: ImageKey;
  readonly kind: (typeof PROGRESS_KINDS)[number];
  readonly why?: string;
  readonly strength?: Strength;
}

/** Kept from the start of an emergency on. */
export interface Emergency {
  /** Id of its run: `emergency-4`. */
  readonly run: string;
  readonly query: string;
  readonly inUse: boolean;
  readonly actor: Actor;
  readonly startedAt: Instant;
  /** Those to be held. */
  readonly images: readonly ImageKey[];
  /** How many were shown and are left as they are, and how many nothing is known of. */
  readonly leftAtStart: Readonly<Record<Exclude<Disposition, "hold">, number>>;
  readonly unsure: number;
  readonly endedAt?: Instant;
}

export interface EmergencyReport extends Emergency {
  readonly state: RunState;
  readonly progress: readonly ImageProgress[];
}

/** From a query to a held, reported list. */
export interface EmergencyOperator {
  /** @throws ParseError on a query that nobody can understand */
  list(request: EmergencyRequest): Promise<EmergencyList>;
  /** Refused where the list is not what it was when it was shown. @throws ParseError */
  start(request: StartRequest): Promise<StartedEmergency>;
  report(run: string): Promise<EmergencyReport | undefined>;
  /** Newest first. */
  recent(): Promise<readonly Emergency[]>;
}

/** Emergencies, durable like the ledger. */
export interface EmergencyStore {
  /** Once for each run: a second call changes nothing. */
  begin(emergency: Emergency): Promise<void>;
  find(run: string): Promise<Emergency | undefined>;
  /** Newest first; `open`: those that have not ended. */
  list(query: { readonly open?: true; readonly limit: number }): Promise<readonly Emergency[]>;
  end(run: string, at: Instant): Promise<void>;
}
