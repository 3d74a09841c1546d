import { add, type Duration, type Instant, parseDuration } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ScanCalls } from "./scan-calls.ts";
import type { AskService } from "./services.ts";

/** Somebody may change the scanner of a registry at any time; an answer of the old one is an answer all the same. */
const KEPT_FOR: Duration = parseDuration("5m");

interface Kept {
  readonly answer: Promise<string>;
  readonly until: Instant;
}

/** Which scanner a registry uses, asked once in a while. A fault is not kept. */
export function openScanType(ask: AskService<ScanCalls>, clock: Clock): (signal?: AbortSignal) => Promise<string> {
  let kept: Kept | undefined;
  return (signal) => {
    const now = clock.now();
    if (kept !== undefined && now < kept.until) return kept.answer;
    const answer = ask("the scanner of the registry", (calls, options) => calls.scanType(options), signal);
    const asked: Kept = { answer, until: add(now, KEPT_FOR) };
    kept = asked;
    answer.catch(() => {
      if (kept === asked) kept = undefined;
    });
    return answer;
  };
}
