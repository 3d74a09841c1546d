import type { Fate as AwsFate, FaultCall } from "../fakes/aws/faults.ts";
import type { Fate as TableFate } from "../interop/dynamodb-proxy.ts";
import { seededFor } from "./chance.ts";
import type { FunctionName, Functions } from "./functions.ts";
import type { Reply } from "./siem.ts";

/** What goes wrong, each of a thousand calls. */
export interface Rates {
  readonly throttled: number;
  readonly failed: number;
  /** Done, and nobody hears of it. */
  readonly lost: number;
  /** Calls to the table at which the function that makes one dies: half of them are done all the same. */
  readonly killed: Readonly<Record<FunctionName, number>>;
  /** A function that has called the table so often and was never killed is: in a short story chance alone may spare it. */
  readonly killedBy: number;
  /** Calls to the registry at which a function that works off events dies. */
  readonly killedAtRegistry: number;
  /** The table refuses so many calls in a row, as it does when much comes at once. */
  readonly bursts: number;
  readonly siem: Readonly<Record<Exclude<Reply, "taken">, number>> & { readonly killed: number };
  /** What the SIEM answers first, whatever the chances: in a short story it is asked too seldom for all to happen. */
  readonly firstReplies: readonly Reply[];
}

const BURST_CALLS = 40;

export const STORM: Rates = {
  throttled: 8,
  failed: 2,
  lost: 2,
  killed: { "on-registry-event": 0.3, "on-schedule": 0.3, "forward-audit": 4 },
  killedBy: 300,
  killedAtRegistry: 0.1,
  bursts: 0.2,
  siem: { slowed: 60, refused: 80, broken: 60, lost: 60, hung: 8, killed: 120 },
  firstReplies: ["taken", "lost", "refused"],
};
/** Nothing goes wrong. */
export const CALM: Rates = {
  ...none(STORM),
  killed: none(STORM.killed),
  killedBy: Number.POSITIVE_INFINITY,
  siem: none(STORM.siem),
  firstReplies: [],
};

function none<Name extends string>(rates: Readonly<Record<Name, unknown>>): Readonly<Record<Name, 0>> {
  return Object.fromEntries(Object.keys(rates).map((name) => [name, 0])) as Record<Name, 0>;
}

export interface Weather {
  readonly counts: { awsThrottled: number; awsFailed: number; awsLost: number; tableThrottled: number; tableLost: number; bursts: number };
  readonly aws: (call: FaultCall) => AwsFate;
  /** @param path says which container calls: `/NAME-of-function.NUMBER/` */
  readonly table: (operation: string, path: string) => TableFate;
  readonly siem: () => Reply;
  /** Containers may be killed from now on. */
  begin(functions: Functions): void;
  /** Nothing goes wrong any more. */
  clear(): void;
}

/** The plan follows from the seed alone: what becomes of the hundredth call of a function to the table is always the same. */
export function openWeather(rates: Rates, seed: number): Weather {
  const counts = { awsThrottled: 0, awsFailed: 0, awsLost: 0, tableThrottled: 0, tableLost: 0, bursts: 0 };
  const state: { functions?: Functions; burst: number } = { burst: 0 };
  const firstReplies = [...rates.firstReplies];
  const calls = new Map<FunctionName, number>();
  const draws = new Map<string, () => number>();
  const draw = (name: string): number => {
    const random = draws.get(name) ?? seededFor(seed, name);
    draws.set(name, random);
    return random() * 1_000;
  };
  const { throttled, failed, lost } = rates;
  function dies(name: FunctionName, at: number): boolean {
    const made = (calls.get(name) ?? 0) + 1;
    calls.set(name, made);
    return at < rates.killed[name] || made > rates.killedBy;
  }
  function tableFate(name: string): TableFate {
    if (state.burst > 0) {
      state.burst -= 1;
      return count(counts, "tableThrottled", "throttle");
    }
    if (draw(`${name} bursts`) < rates.bursts) {
      counts.bursts += 1;
      state.burst = BURST_CALLS;
    }
    const at = draw(name);
    if (at < throttled) return count(counts, "tableThrottled", "throttle");
    if (at < throttled + lost) return count(counts, "tableLost", "lost-before");
    return at < throttled + 2 * lost ? count(counts, "tableLost", "lost-after") : "pass";
  }
  return {
    counts,
    aws() {
      if (state.functions === undefined) return "pass";
      if (draw("kills at the registry") < rates.killedAtRegistry) state.functions["on-registry-event"].kill();
      const at = draw("registry");
      if (at < throttled) return count(counts, "awsThrottled", "throttle");
      if (at < throttled + failed) return count(counts, "awsFailed", "fail");
      return at < throttled + failed + lost ? count(counts, "awsLost", "lost") : "pass";
    },
    table(_, path) {
      const { functions } = state;
      const [, name, container] = /^\/([a-z-]+)\.(\d+)\//.exec(path) ?? [];
      if (functions === undefined || !isFunction(functions, name)) return "pass";
      const at = draw(`${name} killed`);
      if (dies(name, at) && functions[name].kill(Number(container))) {
        calls.set(name, Number.NEGATIVE_INFINITY);
        return at < rates.killed[name] / 2 ? "lost-before" : "lost-after";
      }
      return tableFate(name);
    },
    siem() {
      const { functions } = state;
      if (functions === undefined) return "taken";
      const first = firstReplies.shift();
      if (first !== undefined) return first;
      const { killed, ...replies } = rates.siem;
      const at = draw("siem killed");
      if (at < killed && functions["forward-audit"].kill()) return at < killed / 2 ? "broken" : "lost";
      let left = draw("siem");
      for (const [reply, rate] of Object.entries(replies) as [Exclude<Reply, "taken">, number][]) {
        if (left < rate) return reply;
        left -= rate;
      }
      return "taken";
    },
    begin(functions) {
      state.functions = functions;
    },
    clear() {
      delete state.functions;
    },
  };
}

function isFunction(functions: Functions, name: string | undefined): name is FunctionName {
  return name !== undefined && name in functions;
}

function count<Fate>(counts: Weather["counts"], what: keyof Weather["counts"], fate: Fate): Fate {
  counts[what] += 1;
  return fate;
}
