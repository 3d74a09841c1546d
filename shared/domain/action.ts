import type { Digest } from "./digest.ts";
import type { ImageKey, Repository, Tag } from "./image-ref.ts";
import type { Instant } from "./time.ts";

export type ActionVerb = "hold" | "release";

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
}

/** What stood before the action: enough to put it back. */
export interface Before {
  readonly tags: readonly Tag[];
  /** What spoke against the image when it was held; absent in what was planned before that was kept. */
  readonly reasons?: readonly ReasonThen[];
  /** Where held manifests lie while they are held; absent where the registry has a native block. */
  readonly quarantine?: Repository;
  readonly manifests: readonly MovedManifest[];
}

/** One step as data, durable before the registry is called. */
export interface Action {
  /** `verb:registry/repository@digest:generation`: idempotency key and name in the journal. */
  readonly id: string;
  readonly verb: ActionVerb;
  readonly image: ImageKey;
  readonly actor: Actor;
  readonly cause: ActionCause;
  readonly generation: number;
  readonly plannedAt: Instant;
  readonly before: Before;
}

export type Outcome =
  | { readonly kind: "applied"; readonly at: Instant; readonly strength: Strength; readonly notes: readonly string[] }
  /** The world changed since the plan; nothing was done. */
  | { readonly kind: "superseded"; readonly at: Instant; readonly why: string }
  | { readonly kind: "failed"; readonly at: Instant; readonly code: string; readonly why: string };

export function actionId(verb: ActionVerb, key: string, generation: number): string {
  return `${verb}:${key}:${generation}`;
}
