/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Numbers of one thing among many: in which order others ask for theirs makes no difference to them. */
export function seededFor(seed: number, name: string): () => number {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of Buffer.from(name, "utf8")) hash = Math.imul(hash ^ letter, 0x01000193);
  const random = seeded(hash);
  // The first ones of neighbouring seeds are near to each other.
  random();
  return random;
}
