import type { RetagPurpose, TagChange } from "./action.ts";
import { type Digest, shortDigest } from "./digest.ts";

/** `stable: 1f0c2d3e4b5a -> 9a8b7c6d5e4f`. */
export function printChange({ tag, from, to }: TagChange): string {
  return `${tag}: ${printEnd(from)} -> ${printEnd(to)}`;
}

export function printChanges(changes: readonly TagChange[]): string {
  return changes.map(printChange).join(", ");
}

function printEnd(end: Digest | "absent"): string {
  return end === "absent" ? "nothing" : shortDigest(end);
}

/** What became of the image, for people. */
export const RETAGGED: Readonly<Record<RetagPurpose, string>> = {
  mark: "marked",
  "roll-back": "tags rolled back",
  promote: "promoted",
  restore: "tags restored",
};
