import type { Action, Actor, Outcome, Strength, TagChange } from "./action.ts";
import type { Deadline } from "./deadline.ts";
import type { Digest } from "./digest.ts";
import type { ImageKey, Tag } from "./image-ref.ts";
import type { Probe } from "./probe.ts";
import type { Publication } from "./publication.ts";
import type { Signed } from "./signed.ts";
import type { Instant } from "./time.ts";
import type { Verdict } from "./verdict.ts";

/** What a person decided about an image, which outweighs the verdict until the named state changes. */
export type Override =
  /** Held by hand: stays held, also when compliant, until released by hand. */
  | { readonly kind: "hold"; readonly actor: Actor; readonly at: Instant }
  /** Released by hand: not held again for the reasons known then; a new reason ends it. */
  | { readonly kind: "release"; readonly actor: Actor; readonly at: Instant; readonly forReasons: readonly string[] };

export type HoldState =
  | { readonly kind: "free" }
  | {
      readonly kind: "held";
      readonly since: Instant;
      readonly actionId: string;
      /** What the probes after the act proved. */
      readonly strength: Strength;
      /** Ways that were not shut then, or of which that was not known; absent where every way was. */
      readonly open?: readonly Probe[];
      /** Its tags alone were taken, for an index that is served names it. */
      readonly only?: "tags";
    };

/** What keeps a held image from being deleted for ever until it is over. `failed`: its registry did not let it be done. */
export type KeptBy = "protected" | "named" | "verdict" | "running" | "pulled" | "use-unknown" | "failed";

export interface PlannedDeletion {
  /** Before it, nothing is deleted; after it, as soon as nothing keeps the image. */
  readonly at: Instant;
  /** Why it would not be deleted as things are. Whether it is in use is asked when its time is over. */
  readonly kept?: { readonly by: KeptBy; readonly why: string };
  /** The run that was stopped before it, and asks. */
  readonly waitsIn?: string;
}

/** The gate's memory of one image. Replaced whole, guarded by `version`. */
export interface ImageRecord {
  readonly key: ImageKey;
  /** 0 before the first commit; grows by one with each. */
  readonly version: number;
  readonly kind: "image" | "index";
  readonly tags: readonly Tag[];
  readonly children: readonly Digest[];
  /** Digests of what is attached to it and to its children, and of the lists of that; as far as it could be asked. */
  readonly attached?: readonly Digest[];
  readonly platforms: readonly string[];
  readonly firstSeenAt: Instant;
  readonly pushedBy?: string;
  /** It was in its registry before the gate was: it may have been running for long. */
  readonly predatesGate?: true;
  /** When the gate let it be pulled for the first time, so that somebody may have begun to run it. */
  readonly passedAt?: Instant;
  /** `sweep` where no event announced it. */
  readonly origin: "event" | "sweep" | "operator";
  /** `gone`: the registry no longer has it; where the gate itself deleted it, `deleted` says so. */
  readonly presence: "present" | "gone";
  /** The gate deleted it for ever. The same bytes pushed again are a new image. */
  readonly deleted?: { readonly at: Instant; readonly actionId: string };
  readonly verdict?: Verdict;
  /** Age of the facts that the verdict rests on. */
  readonly evidence: EvidenceSummary;
  readonly signed?: Signed;
  readonly hold: HoldState;
  /** It would be held, and is or may be in use. */
  readonly deadline?: Deadline;
  /** It is held, and is to be deleted for ever; absent where it is not. */
  readonly deletion?: PlannedDeletion;
  readonly override?: Override;
  /** Number of actions planned so far. */
  readonly generation: number;
  /** The run that this verdict comes of; absent where a push or a person asked for it. What is judged again in time belongs to the same run. */
  readonly run?: string;
  /** The run was stopped before it came to hold this image. */
  readonly isBraked?: true;
  /** The gate was halted before it did what this verdict asks for; it is judged again when it goes on. */
  readonly isHalted?: true;
  /** The verdict asks for a hold, and its registry has no way to hold anything. */
  readonly cannotBeHeld?: true;
  /** What the gate did to tags because of this image; absent where nothing stands. */
  readonly retagged?: Retagged;
  /** The signed verdict that stands beside the image; absent where none does. */
  readonly published?: Publication;
  /** Planned and not yet known to be done: a crash leaves it, the next step asks the registry and finishes it. */
  readonly pending?: Action;
}

/** A tag that the gate set on an image (`from` is absent or another mark's) or moved away from it (`to` is another image). */
export interface StandingChange extends TagChange {
  readonly purpose: "mark" | "roll-back";
  readonly actionId: string;
  readonly at: Instant;
}

/** A tag that was to be changed and was not. The same change is not tried again under the same policy. */
export interface LeftTag {
  readonly tag: Tag;
  readonly why: string;
  readonly tried?: Pick<TagChange, "from" | "to"> & { readonly policy: string };
}

export interface Retagged {
  readonly standing: readonly StandingChange[];
  readonly left: readonly LeftTag[];
}

/** Counts for lists and pages; the facts themselves are in the reasons. */
export interface EvidenceSummary {
  readonly findings: {
    readonly kind: string;
    readonly scannedAt?: Instant;
    readonly counts: Readonly<Record<string, number>>;
    readonly why?: string;
  };
  readonly signatures: { readonly kind: string; readonly verified: readonly string[]; readonly found: number; readonly why?: string };
}

/** An action as it is kept for undo. */
export interface StoredAction {
  readonly action: Action;
  readonly outcome?: Outcome;
}
