import type { KeptAnswer } from "../../ports/revocation-store.ts";

const MAX_ANSWERS = 1_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The answers that were used last, as many as fit. */
export interface Memory {
  get(question: string): KeptAnswer | undefined;
  set(question: string, answer: KeptAnswer): void;
}

export function openMemory(): Memory {
  const answers = new Map<string, KeptAnswer>();
  let bytes = 0;
  function drop(question: string): void {
    bytes -= answers.get(question)?.bytes.length ?? 0;
    answers.delete(question);
  }
  return {
    get: (question) => answers.get(question),
    set(question, answer) {
      drop(question);
      answers.set(question, answer);
      bytes += answer.bytes.length;
      for (const oldest of answers.keys()) {
        if (answers.size <= MAX_ANSWERS && bytes <= MAX_BYTES) return;
        drop(oldest);
      }
    },
  };
}
