import type { Random } from "../fuzz/random.ts";

/**
 * A process that can be stopped between any two of its calls to the registry or the store, and killed there. Each of these calls passes here;
 * as long as no steps are granted it waits, and after a kill for ever, as a dead process does.
 */
export interface Stage {
  readonly isDead: boolean;
  /** A point at which it may be stopped. */
  pass(): Promise<void>;
  /** Everything goes on, until `pause`. */
  open(): void;
  pause(): void;
  /** Lets it pass so many points, and waits until nothing moves any more. */
  advance(steps: number): Promise<void>;
  kill(): void;
}

/** Turns of the event loop without a sign of life after which everything waits. The store takes one to write. */
const STILL = 4;
const NEVER = new Promise<never>(() => {});

export function openStage(random: Random): Stage {
  let granted = Number.POSITIVE_INFINITY;
  let signs = 0;
  let isDead = false;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    while (waiting.length > 0 && granted > 0) {
      granted -= 1;
      waiting.splice(random.below(waiting.length), 1)[0]?.();
    }
  };
  return {
    get isDead() {
      return isDead;
    },
    async pass() {
      signs += 1;
      if (isDead) return NEVER;
      if (granted <= 0) await new Promise<void>((resolve) => void waiting.push(resolve));
      else granted -= 1;
      // Those who run at the same time take turns in every order.
      if (random.isOneIn(4)) await turn();
      signs += 1;
      return isDead ? NEVER : undefined;
    },
    open() {
      granted = Number.POSITIVE_INFINITY;
      release();
    },
    pause() {
      granted = 0;
    },
    async advance(steps) {
      granted = steps;
      release();
      for (let still = 0, before = signs; still < STILL; still = signs === before ? still + 1 : 0) {
        before = signs;
        await turn();
      }
      granted = 0;
    },
    kill() {
      isDead = true;
    },
  };
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a process sees of a store: every answer to a write is a point at which it may be stopped. */
export function staged<T extends object>(ports: T, stage: Stage): T {
  return new Proxy(ports, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "object" && value !== null ? stagedPort(value, stage) : value;
    },
  });
}

const READS: ReadonlySet<string | symbol> = new Set(
  (
    "image images counts parents carriers bearers action actions findActions journal recent head nextAt depth parked find list waiting imagesWith " +
    "now uses pulls pullsToldSince places heldSince open newest bytes applied"
  ).split(" "),
);

function stagedPort(port: object, stage: Stage): object {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given: unknown[]): unknown => {
        if (stage.isDead) return NEVER;
        const answer: unknown = Reflect.apply(value, target, given);
        return answer instanceof Promise ? after(answer, stage, READS.has(name)) : answer;
      };
    },
  });
}

async function after(answer: Promise<unknown>, stage: Stage, isRead: boolean): Promise<unknown> {
  const settled = await answer;
  if (!isRead) await stage.pass();
  return stage.isDead ? NEVER : settled;
}
