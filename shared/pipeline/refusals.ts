import { refused } from "../audit/record.ts";
import type { GateDeps } from "./deps.ts";

const MINUTE_MS = 60_000;
// Sources are addresses that anybody can have many of: memory for them is bounded, further ones share one place.
const MAX_SOURCES = 1_000;
const OTHERS = "other sources";

/**
 * Tells the journal that deliveries were refused at a door: at once for the first of a source, then at most once a source and minute with
 * the count of those between. A flood of forged events must not become a flood of alerts.
 */
export function refusals(deps: Pick<GateDeps, "ledger" | "clock" | "metrics">): (source: string, why: string) => Promise<void> {
  const minutes = new Map<string, { minute: number; silent: number }>();
  return async (from, why) => {
    const now = deps.clock.now();
    const source = minutes.has(from) || minutes.size < MAX_SOURCES ? from : OTHERS;
    deps.metrics.count("moorgate_webhook_rejected_total", { reason: why });
    const known = minutes.get(source);
    const minute = Math.floor(now / MINUTE_MS);
    if (known?.minute === minute) {
      known.silent += 1;
      return;
    }
    minutes.set(source, { minute, silent: 0 });
    forget(minutes, minute);
    await deps.ledger.append([refused({ source, why, count: 1 + (known?.silent ?? 0), at: now })]);
  };
}

function forget(minutes: Map<string, { minute: number; silent: number }>, minute: number): void {
  if (minutes.size < MAX_SOURCES) return;
  for (const [source, last] of minutes) if (last.minute < minute - 1) minutes.delete(source);
}
