import type { Digest } from "./digest.ts";
import type { ImageKey, Repository, Tag } from "./image-ref.ts";
import type { Probe } from "./probe.ts";
import type { Instant } from "./time.ts";

/** Acts that take an image away from its repository, or bring it back. */
export type MoveVerb = "hold" | "release";
export type ActionVerb = MoveVerb | "retag" | "delete";

/** Strongest first: `blocked` (registry refuses), `hidden` (moved away), `untagged` (only the digest pulls), `advisory` (nothing stops a pull). */
export const STRENGTHS = ["blocked", "hidden", "untagged", "advisory"] as const;
export type Strength = (typeof STRENGTHS)[number];

/** Who asked for it. `gate` is the policy itself. */
export interface Actor {
  readonly name: string;
  readonly reason: string;
}

/** One manifest that moved, and the tags that pointed at it. */
export interface MovedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly role: "subject" | "child" | "referrer" | "referrers-index";
  readonly tags: readonly Tag[];
}

/** An enforced reason as it was when an action was planned: the policy may have another text by the time somebody asks. */
export interface ReasonThen {
  readonly key: string;
  readonly ruleId: string;
  readonly message: string;
  /** `policy.yaml:18`. */
  readonly place: string;
}

/** What asked for an action. Empty: a person did, and the actor says who. */
export interface ActionCause {
  /** What was judged again for one cause, or `undo-4`: what one undo did. */
  readonly run?: string;
  /** Version of the policy whose verdict asked. */
  readonly policy?: string;
  /** Ids of the actions that it takes back, newest first. */
  readonly undoes?: readonly string[];
  /** Something runs the image, or may: its deadline was over, and the policy has it held then. */
  readonly despiteUse?: true;
  /** An index that is served needs what comes back, whatever the verdict of it alone. */
  readonly isForIndex?: true;
}

/** What stood before the action: enough to put it back. */
export interface Before {
  readonly tags: readonly Tag[];
  /** Tags that it had when it was held and that another image had since: they are that one's and do not come back. */
  readonly lostTags?: readonly Tag[];
  /** What spoke against the image when it was held; absent in what was planned before that was kept. */
  readonly reasons?: readonly ReasonThen[];
  /** Where held manifests lie while they are held, or what the gate reads of them where the registry keeps them itself. */
  readonly quarantine?: Repository;
  readonly manifests: readonly MovedManifest[];
  /** An index that is served names it. */
  readonly isNamed?: true;
  /** Its tags alone are taken: its digest stays for that index. */
  readonly only?: "tags";
}

/** What a tag points at before and after. */
export interface TagChange {
  readonly tag: Tag;
  readonly from: Digest | "absent";
  readonly to: Digest | "absent";
}

/**
 * `mark`: a tag beside says that the image violates. `roll-back`: tags of a violating image point at an earlier one. `promote`: a release tag points at a
 * compliant image. `restore`: marks and tags that were rolled back are as they were.
 */
export type RetagPurpose = "mark" | "roll-back" | "promote" | "restore";

interface ActionFields {
  /** `verb:registry/repository@digest:generation`: idempotency key and name in the journal. */
  readonly id: string;
  readonly image: ImageKey;
  readonly actor: Actor;
  readonly cause: ActionCause;
  readonly generation: number;
  readonly plannedAt: Instant;
}

export interface MoveAction extends ActionFields {
  readonly verb: MoveVerb;
  readonly before: Before;
}

/** What a hold put into quarantine is deleted for ever: nothing can take it back. `before` lists what goes, and nothing that another held image needs. */
export interface DeleteAction extends ActionFields {
  readonly verb: "delete";
  readonly before: Before;
}

/** Changes are made in their order; one whose tag does not point at `from` any more is left alone. */
export interface RetagAction extends ActionFields {
  readonly verb: "retag";
  readonly purpose: RetagPurpose;
  readonly changes: readonly TagChange[];
}

/** One step as data, durable before the registry is called. */
export type Action = MoveAction | RetagAction | DeleteAction;

export type Outcome =
  | {
      readonly kind: "applied";
      readonly at: Instant;
      /** Of a hold: what the probes prove. */
      readonly strength: Strength;
      readonly notes: readonly string[];
      /** Of a retag: the tags that point where it wanted them; the others were left alone. */
      readonly tags?: readonly Tag[];
      /** Of a hold: what a puller was told afterwards. */
      readonly probes?: readonly Probe[];
    }
  /** The world changed since the plan; nothing was done. */
  | { readonly kind: "superseded"; readonly at: Instant; readonly why: string }
  | { readonly kind: "failed"; readonly at: Instant; readonly code: string; readonly why: string };

export function actionId(verb: ActionVerb, key: string, generation: number): string {
  return `${verb}:${key}:${generation}`;
}

/** The changes that take these back, in the order in which that is safe. */
export function reversed(changes: readonly TagChange[]): readonly TagChange[] {
  return changes.map(({ tag, from, to }) => ({ tag, from: to, to: from })).reverse();
}

/** Tags that pointed at the action's image before it. */
export function tagsBefore(action: Action): readonly Tag[] {
  if (action.verb !== "retag") return action.before.tags;
  return action.changes.filter(({ from }) => from === action.image.digest).map(({ tag }) => tag);
}
