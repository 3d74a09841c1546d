import type { Located, Path } from "../place.ts";

/** What Moorgate takes over of another system's policy, in the words of a policy file. Every id and name is given once. */
export interface Taken {
  /** Plain words on what the other policy does, in its order. */
  readonly explained: string[];
  readonly attestors: object[];
  readonly keys: object[];
  readonly rules: object[];
  /** What has no counterpart here, with its place: said, never dropped. */
  readonly leftOut: { readonly from: string; readonly why: string }[];
  /** A name as a policy file takes it, made of a text and not given before. */
  name(text: string): string;
  leaveOut(path: Path, why: string): void;
  /** Leaves out every member whose name is not among these. */
  leaveUnknown(path: Path, fields: Readonly<Record<string, unknown>>, known: readonly string[]): void;
}

const MAX_NAME = 63;

export function nothingTaken(located: Located): Taken {
  const names = new Map<string, number>();
  const leftOut: Taken["leftOut"] = [];
  const leaveOut = (path: Path, why: string): void => void leftOut.push({ from: located.place(path), why });
  return {
    explained: [],
    attestors: [],
    keys: [],
    rules: [],
    leftOut,
    leaveOut,
    name(text) {
      const bare = nameOf(text);
      const count = (names.get(bare) ?? 0) + 1;
      names.set(bare, count);
      // One that ends in a number could be the second of another.
      return count === 1 ? bare : this.name(`${bare.slice(0, MAX_NAME - 6)}-${count}`);
    },
    leaveUnknown(path, fields, known) {
      for (const field of Object.keys(fields).filter((each) => !known.includes(each)))
        leaveOut([...path, field], `${JSON.stringify(field)} is not known here`);
    },
  };
}

/** Lower-case letters, digits and dashes, at most 63. */
export function nameOf(text: string): string {
  const bare = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_NAME)
    .replace(/^-+|-+$/g, "");
  return bare === "" ? "unnamed" : bare;
}
