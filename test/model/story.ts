import type { Shrunk } from "./shrink.ts";
import { rulesInWords, wordsOf } from "./words.ts";

/** A history in words, with what is wrong at its end. */
export function tell({ history: { seed, number, setup, moves }, findings }: Shrunk): string {
  const { dialect, workers, isNameless, isOnDisk, brake, rules, knowsUse, isAttacked } = setup;
  return [
    `History ${number} of seed ${seed} goes wrong.`,
    `  ${dialect.name}, ${isNameless ? "which names nobody in its events" : "which names the gate in its events"}; ${workers} workers; the store is ${isOnDisk ? "a file" : "in memory"}`,
    `  brake: ${brake === "off" ? "off" : JSON.stringify(brake)}; policy: ${rulesInWords(rules)}`,
    `  ${knowsUse ? "a cluster may report" : "nobody tells what runs"}; ${isAttacked ? "the vulnerability is attacked" : "no attack is known"}`,
    ...moves.map((move, at) => `  ${at + 1}. ${wordsOf(move)}`),
    "At rest:",
    ...findings.map((finding) => `  - ${finding}`),
    "",
  ].join("\n");
}
