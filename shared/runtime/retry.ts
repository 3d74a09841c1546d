import { setTimeout as wait } from "node:timers/promises";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Clock } from "../ports/clock.ts";
import { systemClock } from "./clock.ts";
import type { HeaderFields } from "./exchange.ts";

export interface RetryRules {
  /** All tries, the first included. */
  readonly tries: number;
  /** Longest wait before the second try; doubles with each. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** No try begins later than this after the first one. */
  readonly totalMs: number;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** For calls that somebody waits for. The queue retries what takes longer. */
export const BRIEF_RETRY: RetryRules = {
  tries: 4,
  firstWaitMs: 250,
  longestWaitMs: 4_000,
  totalMs: 15_000,
  clock: systemClock,
  random: Math.random,
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/**
 * Tries again what failed in passing, with waits drawn evenly from zero up to a doubling bound ("full jitter": many callers spread out).
 * The other side's own wish counts where it gave one; a wish beyond `totalMs` ends the tries and stays in the error for the caller. Only
 * for what may be done twice.
 */
export async function retry<T>(rules: RetryRules, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const startedAt = rules.clock.now();
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AdapterError) || !error.retryable || tried >= rules.tries || signal?.aborted === true) throw error;
      const bound = Math.min(rules.longestWaitMs, rules.firstWaitMs * 2 ** (tried - 1));
      const ms = error.retryAfter ?? Math.floor(rules.random() * bound);
      if (rules.clock.now() - startedAt + ms > rules.totalMs) throw error;
      await pause(rules, ms, error, signal);
    }
  }
}

/** A wait that is cancelled ends with the fault that was waited for. */
async function pause(rules: RetryRules, ms: number, fault: AdapterError, signal: AbortSignal | undefined): Promise<void> {
  try {
    await rules.sleep(ms, signal);
  } catch {
    throw fault;
  }
}

/** Milliseconds that the other side asks to wait: `Retry-After` (RFC 9110 10.2.3), or Docker Hub's `X-Retry-After` in Unix seconds. */
export function readRetryAfter(headers: HeaderFields, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const date = text === undefined ? Number.NaN : Date.parse(text);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const unix = headers.get("x-retry-after")?.trim();
  return unix !== undefined && /^\d{10}$/.test(unix) ? Math.max(0, Number(unix) * 1_000 - now) : undefined;
}
