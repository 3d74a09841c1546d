import type { PullEvent, RegistryEvent } from "../domain/event.ts";
import type { SetupChange } from "../domain/setup-change.ts";
import type { Instant } from "../domain/time.ts";

/** A delivery as it came: header names in lower case, body unparsed. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly receivedAt: Instant;
}

export type Decoded =
  /** Events may be empty: a delivery that has nothing for us (a mount) is well-formed. `skipped` says what was passed over. */
  | {
      readonly kind: "events";
      readonly events: readonly RegistryEvent[];
      /** Absent where it tells none. */
      readonly pulls?: readonly PullEvent[];
      /** How somebody changed the registry's set-up; absent where it tells of none. */
      readonly changes?: readonly SetupChange[];
      readonly skipped: readonly string[];
    }
  | { readonly kind: "malformed"; readonly why: string };

/** First over the raw bytes: does the sender know the secret? Then the pure reading. */
export interface EventDecoder {
  /**
   * The registry that its events name is the one that told them: one of another registry concerns nobody. Absent: a proxy may have put another
   * name there, and whose secret the sender knew is what counts.
   */
  readonly namesRegistry?: true;
  /** Who did something comes in an event of its own, beside the one that tells what was done. */
  readonly namesActorsApart?: true;
  /** Constant-time. Several secrets while one is rotated. */
  authenticate(delivery: Delivery, secrets: readonly string[]): boolean;
  /** Pure. Reads leniently, believes nothing; never throws. */
  decode(delivery: Delivery): Decoded;
}
