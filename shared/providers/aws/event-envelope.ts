import * as z from "zod";
import type { RegistryEvent } from "../../domain/event.ts";
import type { SetupChange } from "../../domain/setup-change.ts";
import { loose, many, text, word } from "../../runtime/lenient.ts";

/** Amazon EventBridge user guide, "Events": what stands around every event. */
export const ENVELOPE = z.object({
  id: word,
  "detail-type": word,
  source: word,
  account: word,
  region: word,
  time: text,
  resources: many(z.string()),
  detail: loose(z.record(z.string(), z.unknown())),
});
export type Envelope = z.output<typeof ENVELOPE>;

/** What an event says happened, in its own words: none of them is believed before it was looked at. */
export interface Hint {
  readonly kind: RegistryEvent["kind"];
  readonly account: string;
  readonly region: string;
  /** Absent where it is the registry of `account` and `region`. */
  readonly host?: string | undefined;
  readonly repository: string;
  readonly digest?: string | undefined;
  /** More than one only where the digest is what counts. */
  readonly tags?: readonly string[] | undefined;
  readonly mediaType?: string | undefined;
}

/** A change of a registry's set-up, in the words of the record. */
export interface ChangeHint extends Pick<SetupChange, "control" | "call" | "before" | "after"> {
  readonly account: string;
  readonly region: string;
  /** Empty: the registry as a whole. */
  readonly repository: string;
  /** Of the one image that it is about; empty where there is none. */
  readonly digest: string;
}

/** What was made of an event's detail. */
export interface Told {
  readonly hints: readonly Hint[];
  /** Why there is nothing in it, or not all. */
  readonly skipped: readonly string[];
  /** What somebody changed of how a registry is set up. */
  readonly changes?: readonly ChangeHint[] | undefined;
  /** Who did it, where it says. */
  readonly actor?: string | undefined;
  /** Where the detail has its own, which stay the same by whichever way it comes. */
  readonly id?: string | undefined;
  readonly time?: string | undefined;
}

export function hints(...found: readonly Hint[]): Told {
  return { hints: found, skipped: [] };
}

export function skip(why: string): Told {
  return { hints: [], skipped: [why] };
}
