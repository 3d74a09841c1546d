import type { Action, Actor, Outcome, Strength } from "./action.ts";
import type { Deadline, DeadlineState } from "./deadline.ts";
import type { EmergencyCounts } from "./emergency.ts";
import type { KeptBy } from "./image-record.ts";
import type { ImageKey, RegistryHost, Tag } from "./image-ref.ts";
import type { PostureNews } from "./posture.ts";
import type { GuardedAct, ProposalState } from "./proposal.ts";
import type { PublicationOutcome, PublicationStep } from "./publication.ts";
import type { RunCause } from "./run.ts";
import type { RunNews } from "./run-news.ts";
import type { SetupChange } from "./setup-change.ts";
import type { KnownSignature, Loss } from "./signed.ts";
import type { Instant } from "./time.ts";
import type { UndoCounts } from "./undo.ts";
import type { PolicyId, Verdict } from "./verdict.ts";

interface AuditFields {
  /** UUID derived from what happened, so that telling it twice gives the same event. */
  readonly id: string;
  readonly at: Instant;
  /** One per evaluation: joins a verdict to the actions that followed. */
  readonly correlationId: string;
  /** The run that it happened in: a summary of the run raises the alert, and this is none of its own. */
  readonly partOf?: string;
}

interface ImageAuditFields extends AuditFields {
  readonly image: ImageKey;
  readonly tags: readonly Tag[];
}

/** What the SOC hears: transitions only. */
export type AuditEvent =
  | (ImageAuditFields & {
      readonly kind: "judged";
      readonly verdict: Verdict;
      readonly previous: Verdict["kind"] | "none";
      readonly origin: "event" | "sweep" | "operator";
      /**
       * How a pull is stopped because of it: as the hold proved that stands, or as the registry declares of the one that begins with this verdict. `none`: nothing is
       * held, whatever the verdict. Absent where it complies, and in what was told before this was kept.
       */
      readonly stops?: Strength | "none";
      /** The first event of this finding; OCSF Create. */
      readonly first: boolean;
    })
  /** Decided, written down and not done yet, for the registry does not let it be done now; told once. */
  | (ImageAuditFields & { readonly kind: "planned"; readonly action: Action })
  | (ImageAuditFields & { readonly kind: "acted"; readonly action: Action; readonly outcome: Outcome })
  | (ImageAuditFields & { readonly kind: "gone" })
  /** An image had accepted signatures and has none any more; has one again; or is itself gone. */
  | (ImageAuditFields & {
      readonly kind: "signature";
      readonly state: "lost" | "restored" | "ended";
      /** Those that were lost; for `restored` those that are accepted now. */
      readonly signatures: readonly KnownSignature[];
      readonly loss: Loss;
    })
  /** A violating image is in use, or may be: until when it is to be mended. */
  | (ImageAuditFields & {
      readonly kind: "deadline";
      readonly state: DeadlineState;
      readonly deadline: Deadline;
      readonly policy: PolicyId;
    })
  /** A person decided that an image stays as it is, held or free, whatever the policy says: no act follows that could be told. */
  | (ImageAuditFields & { readonly kind: "decided"; readonly stays: "held" | "free"; readonly by: Actor })
  /** What was held long was to be deleted for ever by now, and something keeps it; told once for each such thing. */
  | (ImageAuditFields & { readonly kind: "kept"; readonly dueAt: Instant; readonly by: KeptBy; readonly why: string })
  /** The signed verdict is about to be put beside the image, or taken away. */
  | (ImageAuditFields & { readonly kind: "publishing"; readonly step: PublicationStep })
  | (ImageAuditFields & { readonly kind: "published"; readonly step: PublicationStep; readonly outcome: PublicationOutcome })
  /** A delivery at a door that was refused; at most one a source and minute, `count` tells how many. */
  | (AuditFields & { readonly kind: "refused"; readonly source: string; readonly why: string; readonly count: number })
  /** Work that was given up after its last try. */
  | (AuditFields & { readonly kind: "parked"; readonly work: string; readonly why: string })
  /** A run was stopped before it held too much, or a person decided what becomes of it. */
  | (AuditFields & {
      readonly kind: "braked";
      readonly run: string;
      readonly cause: RunCause;
      readonly state: "stopped" | "approved" | "rejected";
      readonly why: string;
      /** Who decided; absent for the stop, which the gate makes. */
      readonly actor?: string;
    })
  /** What happened to the images of a run since it was told of last; each of it has an event of its own, which is no alert. */
  | (AuditFields &
      Pick<RunNews, "since" | "counts" | "places" | "images"> & {
        readonly kind: "summary";
        readonly run: string;
        readonly cause: RunCause;
        /** Nothing more is known to come of the run. */
        readonly isSettled: boolean;
        readonly isAlert: boolean;
      })
  /** Somebody had everything held that a query finds; once when it starts, and once when all of it is settled. The holds have events of their own. */
  | (AuditFields & {
      readonly kind: "emergency";
      readonly run: string;
      readonly state: "started" | "ended";
      readonly query: string;
      readonly actor: Actor;
      readonly counts: EmergencyCounts;
    })
  /**
   * A registry with images of its own was met; somebody looked at what enforcing would do, and said that it be so. `in-charge`: nothing had to be
   * asked.
   */
  | (AuditFields & {
      readonly kind: "taken-over";
      readonly registry: RegistryHost;
      readonly state: "begun" | "seen" | "confirmed" | "in-charge";
      readonly why: string;
      readonly actor?: string;
    })
  /** Somebody takes back what was done; once when it begins, and once when each step is taken. What it does to images is told with them, and has its id as run. */
  | (AuditFields & {
      readonly kind: "undo";
      readonly undo: string;
      readonly state: "begun" | "ended";
      /** As people read it: `policy 826771e6bfc6`. */
      readonly scope: string;
      /** Hash of the plan that was agreed to. */
      readonly plan: string;
      readonly actor: Actor;
      readonly counts: UndoCounts;
    })
  /** Somebody other than the gate changed how a registry is set up. */
  | (AuditFields & Omit<SetupChange, "id" | "source" | "at"> & { readonly kind: "drifted" })
  /** How a registry is set up stands against the gate, in a way that it did not before, or not any more. */
  | (AuditFields & PostureNews & { readonly kind: "posture"; readonly registry: RegistryHost })
  /** The last word of a place on what it runs counts no more, for somebody said that the place is gone. */
  | (AuditFields & { readonly kind: "place-forgotten"; readonly place: string; readonly images: number; readonly by: Actor })
  /** A person stopped all that the gate does of itself, or let it go on. */
  | (AuditFields & { readonly kind: "halted"; readonly state: "stopped" | "resumed"; readonly by: Actor })
  /** An act that takes two people: one asked for it, another said something to that. */
  | (AuditFields & {
      readonly kind: "proposed";
      readonly proposal: string;
      readonly act: GuardedAct;
      readonly subject: string;
      readonly summary: string;
      readonly state: "proposed" | Exclude<ProposalState, "open">;
      readonly by: Actor;
    });

/** The chain that an event belongs to: its image, or the gate itself. */
export function chainOf(event: AuditEvent): string {
  return "image" in event ? `${event.image.registry}/${event.image.repository}@${event.image.digest}` : "gate";
}

/** One line of the journal. `hash` covers everything but itself and `sequence` (SHA-256 of the canonical JSON). */
export interface JournalEntry {
  /** Order in this store, from 1; sinks keep their place by it. */
  readonly sequence: number;
  readonly chain: string;
  /** Place in its chain, from 1. */
  readonly index: number;
  /** Hash of the entry before in the chain; 64 zeros for the first. */
  readonly previousHash: string;
  readonly hash: string;
  readonly event: AuditEvent;
}

/** Last entry of a chain, signed (Ed25519 over `chain\nindex\nhash`, base64). */
export interface SignedHead {
  readonly chain: string;
  readonly index: number;
  readonly hash: string;
  readonly signature: string;
}
