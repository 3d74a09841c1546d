import type { Random } from "./random.ts";

/** One change of a text. `other` is another valid text of the same form. */
export type Damage = (bytes: Buffer, other: Buffer, random: Random) => Buffer;

/** What came out of one case. */
export interface Outcome {
  /** Code of the judgement; `other-kind`: it is not of the kind that is asked for. */
  readonly code: string;
  /** Only where it was accepted though it was changed: what the change was, in the words of the target's list of what may change. */
  readonly same?: string;
  /** What must never be. */
  readonly violation?: string;
}

/** A form that strangers write and that is judged by the true trust. */
export interface Target {
  readonly id: string;
  /** How many of a thousand cases are of this form. */
  readonly share: number;
  /** Valid texts: some that count, some of others, of other images, expired ones. */
  readonly seeds: readonly [Buffer, ...Buffer[]];
  readonly damages: readonly [Damage, ...Damage[]];
  judge(bytes: Buffer): Outcome | Promise<Outcome>;
}

/** Makes the target, with fresh keys; never twice the same bytes, but always of the same lengths. */
export type MakeTarget = () => Target | Promise<Target>;
