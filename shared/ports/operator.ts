import type { Action, Actor, Outcome } from "../domain/action.ts";
import type { BrakeLimits } from "../domain/brake.ts";
import type { Digest } from "../domain/digest.ts";
import type { Halt } from "../domain/halt.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey, ImageRef, RegistryHost, Tag } from "../domain/image-ref.ts";
import type { Proposal, ProposalState } from "../domain/proposal.ts";
import type { Run, RunDecision, RunState } from "../domain/run.ts";
import type { Instant } from "../domain/time.ts";
import type { Undo, UndoPlan, UndoScope } from "../domain/undo.ts";
import type { Usage } from "../domain/usage.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { AdmissionAnswer, AskedImage } from "./admission.ts";
import type { EmergencyOperator } from "./emergency.ts";
import type { Delivery } from "./event-decoder.ts";
import type { UsageDesk } from "./usage-desk.ts";

/** What became of a delivery at a door. Doors map the kind to their platform's answer, in one table. */
export type Received =
  /** Durable; `work` jobs wait. A delivery that has nothing for us is accepted with 0. */
  | { readonly kind: "accepted"; readonly work: number }
  | { readonly kind: "duplicate" }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "malformed"; readonly why: string }
  | { readonly kind: "unknown-provider" };

export type Operated =
  /** `record` as it stands after the act. */
  | { readonly kind: "done"; readonly action: Action; readonly outcome: Outcome; readonly record: ImageRecord }
  /** It is so already, and nothing had to be done at its registry. Where the record has an override, it stays so whatever the policy says. */
  | { readonly kind: "there"; readonly record: ImageRecord }
  /** Nothing was done, and why; `mend` is the next step. */
  | { readonly kind: "refused"; readonly why: string; readonly mend: string }
  | { readonly kind: "not-found"; readonly why: string; readonly mend: string };

export interface OperatorRequest {
  readonly image: ImageRef | ImageKey;
  readonly actor: Actor;
  /** Shows what would be done: `done` is never the answer then. */
  readonly dryRun?: boolean;
}

/** Sets a release tag on an image, where that complies. */
export interface PromoteRequest extends OperatorRequest {
  readonly to: Tag;
}

/** `there`: it complies, and the tag points at it already. */
export type Promoted =
  | Operated
  | Preview
  /** Nothing was changed: judged now, with the tag, it does not comply, or no rule asks anything of it. */
  | { readonly kind: "barred"; readonly image: ImageKey; readonly verdict: Verdict };

/** What would be done, shown before it is done. */
export interface Preview {
  readonly kind: "plan";
  readonly record: ImageRecord;
  /** Absent where nothing is done at the registry, and what a person wants is written down alone. */
  readonly action?: Action;
  readonly sentences: readonly string[];
}

export interface SweepReport {
  readonly startedAt: Instant;
  readonly images: number;
  /** Found in a registry and announced by no event. */
  readonly missed: number;
  readonly gone: number;
  readonly queued: number;
  readonly registries: readonly { readonly host: string; readonly images: number; readonly fault?: string }[];
}

export type PostedReport =
  | { readonly kind: "stored"; readonly digest: Digest; readonly subject: Digest; readonly findings: number; readonly images: number }
  | { readonly kind: "malformed"; readonly why: string; readonly mend: string };

export interface UndoRequest {
  readonly scope: UndoScope;
  readonly actor: Actor;
  /** Hash of the plan that was looked at; absent: only the plan is made. */
  readonly plan?: string;
}

export type Undoing =
  | UndoPlan
  /** `undo` as it stands: a small one is ended already, a large one goes on by itself. */
  | { readonly kind: "begun"; readonly undo: Undo }
  | { readonly kind: "refused" | "not-found"; readonly why: string; readonly mend: string };

export interface RunRequest {
  readonly run: string;
  readonly decision: RunDecision;
  readonly actor: Actor;
}

export type DecidedRun =
  /** `queued`: images that are judged again, and held where they still violate. */
  { readonly kind: "decided"; readonly run: Run; readonly queued: number } | Put;

/** Nothing was done. `proposed`: it takes two people, and waits for the other one. */
export interface Put {
  readonly kind: "refused" | "not-found" | "proposed";
  readonly why: string;
  readonly mend: string;
}

export type DecidedProposal = { readonly kind: "decided"; readonly proposal: Proposal } | Put;

export type Switched =
  /** `queued`: images that are judged again, for the gate was kept from acting on them. */
  { readonly kind: "switched"; readonly halt: Halt; readonly queued: number } | Put;

/** A run that waits for an answer, and what it is about. */
export interface WaitingRun {
  readonly run: Run;
  /** In use first; at most 100. */
  readonly images: readonly { readonly key: ImageKey; readonly tags: readonly Tag[]; readonly use: Usage["kind"] }[];
  /** Of the first thousand that wait. */
  readonly uses: Readonly<Record<Usage["kind"], number>>;
}

/** What keeps the gate from holding too much, as it stands. */
export interface BrakeStatus {
  readonly limits: BrakeLimits | "off";
  readonly halt: Halt;
  /** Holds of all runs in the last hour. */
  readonly heldInHour: number;
  /** Registries that never told of a pull, so that `pulledWithin` means nothing there. */
  readonly untold: readonly RegistryHost[];
  readonly waiting: readonly WaitingRun[];
}

/** What people and scripts can ask of a running gate. `web` and `cli` know only this and the ledger. */
export interface Operator {
  receive(provider: string, registry: string | undefined, delivery: Delivery): Promise<Received>;
  hold(request: OperatorRequest): Promise<Operated | Preview>;
  release(request: OperatorRequest): Promise<Operated | Preview>;
  promote(request: PromoteRequest): Promise<Promoted>;
  /** Without the hash of a plan nothing is done, and the plan is the answer. */
  undo(request: UndoRequest): Promise<Undoing>;
  findUndo(id: string): Promise<Undo | undefined>;
  /** `format`: a reader's id; recognised by content where it is absent. */
  postReport(subject: Digest, format: string | undefined, bytes: Uint8Array): Promise<PostedReport>;
  sweep(): Promise<SweepReport>;
  /** What a cluster is told of images that it is about to start, in their order. Asks no registry. */
  review(asked: readonly AskedImage[]): Promise<readonly AdmissionAnswer[]>;
  /** Newest first; `state`: those alone. */
  runs(state?: RunState): Promise<readonly Run[]>;
  brake(): Promise<BrakeStatus>;
  /** Answers a run that the brake stopped. */
  decideRun(request: RunRequest): Promise<DecidedRun>;
  /** Stops all that the gate does of itself. */
  stop(by: Actor): Promise<Switched>;
  /** Lets it go on, with what it was kept from. */
  resume(by: Actor): Promise<Switched>;
  readonly emergency: EmergencyOperator;
  /** Newest first; `state`: those alone. */
  proposals(state?: ProposalState): Promise<readonly Proposal[]>;
  /** Does what another person asked for, as it was seen. */
  confirm(id: string, by: Actor): Promise<DecidedProposal>;
  decline(id: string, by: Actor): Promise<DecidedProposal>;
  /** Tells the gate that a delivery was refused at the door, for one audit event a source and minute. */
  refused(source: string, why: string): Promise<void>;
  /** Where images run. */
  readonly usage: UsageDesk;
}
