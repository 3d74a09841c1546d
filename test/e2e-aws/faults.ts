import type { Fate as AwsFate, FaultCall } from "../fakes/aws/faults.ts";
import type { Fate as TableFate } from "../interop/dynamodb-proxy.ts";
import type { Functions } from "./functions.ts";
import type { Reply } from "./siem.ts";

/** What goes wrong, each of a thousand calls. */
export interface Rates {
  readonly throttled: number;
  readonly failed: number;
  /** Done, and nobody hears of it. */
  readonly lost: number;
  /** Calls in the midst of which the function that makes one dies. */
  readonly kills: number;
  /** The SIEM refuses one request of so many, and loses its answer to one of so many; 0: none. */
  readonly siemRefusesOneOf: number;
  readonly siemLosesOneOf: number;
  /** Of a hundred events. */
  readonly duplicates: number;
}

export const STORM: Rates = { throttled: 8, failed: 2, lost: 2, kills: 0.4, siemRefusesOneOf: 6, siemLosesOneOf: 8, duplicates: 5 };
export const CALM: Rates = { throttled: 0, failed: 0, lost: 0, kills: 0, siemRefusesOneOf: 0, siemLosesOneOf: 0, duplicates: 0 };

export interface Weather {
  readonly duplicates: number;
  readonly counts: { awsThrottled: number; awsFailed: number; awsLost: number; tableThrottled: number; tableLost: number };
  readonly aws: (call: FaultCall) => AwsFate;
  readonly table: (operation: string) => TableFate;
  readonly siem: () => Reply;
  /** Containers may be killed from now on. */
  begin(functions: Functions): void;
  /** Nothing goes wrong any more. */
  clear(): void;
}

export function openWeather(rates: Rates, random: () => number): Weather {
  const counts = { awsThrottled: 0, awsFailed: 0, awsLost: 0, tableThrottled: 0, tableLost: 0 };
  const state: { isOver: boolean; functions?: Functions } = { isOver: true };
  const drawn = (): number => (state.isOver ? Number.POSITIVE_INFINITY : random() * 1_000);
  const { throttled, failed, lost } = rates;
  let asked = 0;
  function mayKill(): void {
    if (drawn() >= rates.kills) return;
    // Most calls are those of the function that works off events, so it dies the most.
    const all = Object.values(state.functions ?? {});
    all[Math.floor(random() * random() * all.length)]?.kill();
  }
  return {
    duplicates: rates.duplicates,
    counts,
    aws() {
      mayKill();
      const at = drawn();
      if (at < throttled) return count(counts, "awsThrottled", "throttle");
      if (at < throttled + failed) return count(counts, "awsFailed", "fail");
      return at < throttled + failed + lost ? count(counts, "awsLost", "lost") : "pass";
    },
    table() {
      mayKill();
      const at = drawn();
      if (at < throttled) return count(counts, "tableThrottled", "throttle");
      if (at < throttled + lost) return count(counts, "tableLost", "lost-before");
      return at < throttled + 2 * lost ? count(counts, "tableLost", "lost-after") : "pass";
    },
    siem() {
      if (state.isOver) return "taken";
      asked += 1;
      if (asked % rates.siemRefusesOneOf === 1) return "refused";
      return asked % rates.siemLosesOneOf === 2 ? "lost" : "taken";
    },
    begin(functions) {
      state.functions = functions;
      state.isOver = false;
    },
    clear() {
      state.isOver = true;
    },
  };
}

function count<Fate>(counts: Weather["counts"], what: keyof Weather["counts"], fate: Fate): Fate {
  counts[what] += 1;
  return fate;
}
