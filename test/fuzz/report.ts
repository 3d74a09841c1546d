import type { Broken, Tally } from "./run.ts";

/** Counts of one target as lines of text. */
export function printTally(id: string, { cases, milliseconds, slowest, refused, unchanged, same, broken }: Tally): string {
  const rate = Math.round((cases * 1000) / Math.max(1, milliseconds));
  const slow = `slowest ${slowest.milliseconds.toFixed(1)} ms (case ${slowest.index})`;
  return [
    `${id}: ${cases} cases, ${rate} a second, ${slow}`,
    `  refused: ${counts(refused)}`,
    ...(unchanged === 0 ? [] : [`  not changed by the damage: ${unchanged}`]),
    ...Object.entries(same)
      .sort(([, one], [, other]) => other - one)
      .map(([why, times]) => `  accepted, for it says the same: ${times} (${why})`),
    ...(broken.length === 0 ? [] : [`  BROKEN: ${broken.length}`]),
  ].join("\n");
}

function counts(by: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(by).sort(([, one], [, other]) => other - one);
  return sorted.map(([name, times]) => `${name} ${times}`).join(", ") || "none";
}

/** What broke a rule, with the way to see it again. */
export function printBroken(name: string, seed: number, { index, why, input }: Broken): string {
  return `BROKEN ${why}\n  again: npm run fuzz -- --seed ${seed} --only ${name} --from ${index} --cases 1\n  input: ${input}`;
}
