/** Numbers that look like chance and come out the same each time for the same seed. */
export interface Random {
  /** From 0 to below `end`. */
  below(end: number): number;
  isOneIn(times: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  bytes(count: number): Buffer;
}

/** The numbers of one case: it can be repeated without those before it. */
export function randomOf(seed: number, target: string, index: number): Random {
  let state = mix(mix(seed) ^ hashOf(target)) ^ mix(index);
  // mulberry32: 32 bits of state are plenty for the few hundred numbers of a case.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
  const below = (end: number): number => next() % Math.max(1, end);
  return {
    below,
    isOneIn: (times) => below(times) === 0,
    pick: (list) => list[below(list.length)] ?? list[0],
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => next() & 0xff)),
  };
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 16)) | 0;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
