import type { ImageEvidence } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import type { DraftFact } from "../evidence-draft.ts";
import { replaceLists } from "../evidence-lists.ts";
import { packNumbers, unpackNumbers } from "./packed-numbers.ts";

export type FactReader = <T>(number: number) => T;

/** How many lists; then each list's length, and for each fact twice its number, one more where a time follows, and that time. */
export function packLists(lists: readonly (readonly DraftFact[])[], numberOf: (fact: DraftFact) => number): Uint8Array {
  const numbers: number[] = [lists.length];
  for (const list of lists) {
    numbers.push(list.length);
    for (const fact of list) {
      const twice = 2 * numberOf(fact);
      if (fact.firstSeenAt === undefined) numbers.push(twice);
      else numbers.push(twice + 1, fact.firstSeenAt);
    }
  }
  return packNumbers(numbers);
}

/** Puts the facts back into a shell: each list holds the very objects that other images hold. `wanted`: these alone. */
export function unpackEvidence(
  shell: string,
  packed: Uint8Array,
  gatheredAt: Instant,
  fact: FactReader,
  wanted?: ReadonlySet<number>,
): ImageEvidence {
  const next = unpackNumbers(packed);
  next();
  return replaceLists(JSON.parse(shell), gatheredAt, <T extends object>() => unpackList<T>(next, fact, wanted));
}

function unpackList<T extends object>(next: () => number, fact: FactReader, wanted?: ReadonlySet<number>): readonly T[] {
  const list: T[] = [];
  for (let left = next(); left > 0; left--) {
    const twice = next();
    const number = Math.floor(twice / 2);
    const firstSeenAt = twice % 2 === 0 ? undefined : next();
    if (wanted?.has(number) === false) continue;
    const shared = fact<T>(number);
    list.push(firstSeenAt === undefined ? shared : { ...shared, firstSeenAt });
  }
  return list;
}

export function unpackTexts(packed: Uint8Array, fact: FactReader): readonly string[] {
  const next = unpackNumbers(packed);
  next();
  return Array.from({ length: next() }, () => fact<string>(next() / 2));
}

/** Whether one of these facts is in the lists. */
export function holdsAny(packed: Uint8Array, wanted: ReadonlySet<number>): boolean {
  const next = unpackNumbers(packed);
  for (let lists = next(); lists > 0; lists--) {
    for (let left = next(); left > 0; left--) {
      const twice = next();
      if (twice % 2 === 1) next();
      if (wanted.has(Math.floor(twice / 2))) return true;
    }
  }
  return false;
}
