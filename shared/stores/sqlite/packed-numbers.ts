/** Whole numbers in as few bytes as they need, 7 bits each, lowest first: a list of 200 facts takes about 500 bytes. */
export function packNumbers(numbers: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    // Divided, not shifted: times have more than 32 bits.
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

/** Reads what `packNumbers` wrote, one number a call. Beyond the end: 0. */
export function unpackNumbers(bytes: Uint8Array): () => number {
  let at = 0;
  return () => {
    let byte = bytes[at++] ?? 0;
    if (byte < 0x80) return byte;
    let number = byte - 0x80;
    for (let scale = 0x80; ; scale *= 0x80) {
      byte = bytes[at++] ?? 0;
      if (byte < 0x80) return number + byte * scale;
      number += (byte - 0x80) * scale;
    }
  };
}
