import { setTimeout as wait } from "node:timers/promises";
import type { AwsEvent } from "../fakes/aws/events/aws-event.ts";
import { seededFor } from "./chance.ts";
import type { Moto, Queue } from "./moto.ts";
import { deployedRules, type Rule } from "./template.ts";

/** What the bus does to events that belong to no image of which none arrives; of a hundred. */
export interface BusPlan {
  readonly seed: number;
  readonly duplicates: number;
  readonly lost: number;
  /** Those that take much longer than the others, up to `lateMs`, and so arrive in another order. */
  readonly late: number;
  readonly lateMs: number;
}

/** EventBridge between the registry and the queue: loses, doubles and reorders, as it says of itself that it may. */
export interface Bus {
  readonly counts: { told: number; lost: number; duplicated: number; delayed: number };
  /** To be given every event of the registry. */
  take(event: AwsEvent): void;
  /** Nothing that is told of this image from now on arrives. */
  lose(digest: string): void;
  /** That it was pushed arrives after all else that is told of it meanwhile. */
  delayPush(digest: string): void;
  /** Events that are on the way, and due within a second. */
  waiting(): number;
  /** All that are on the way. */
  onTheWay(): number;
  stop(): Promise<void>;
}

const TICK_MS = 100;
/** Each event takes up to so long, whatever the one before took. */
const JITTER_MS = 400;
const SOON_MS = 1_000;
/** PutEvents takes so many. */
const AT_ONCE = 10;

interface OnTheWay {
  readonly event: AwsEvent;
  readonly at: number;
}

export async function openBus(moto: Moto, queue: Queue, plan: BusPlan): Promise<Bus> {
  for (const rule of deployedRules()) await putRule(moto, rule, queue);
  const counts = { told: 0, lost: 0, duplicated: 0, delayed: 0 };
  const [lost, late] = [new Set<string>(), new Set<string>()];
  const numbers = new Map<string, () => number>();
  let waiting: OnTheWay[] = [];
  const state = { isOver: false, sending: 0 };
  const send = (event: AwsEvent, afterMs: number): void => void waiting.push({ event, at: Date.now() + afterMs });
  const drawFor = (digest: string): (() => number) => {
    const random = numbers.get(digest) ?? seededFor(plan.seed, digest);
    numbers.set(digest, random);
    return random;
  };
  async function carry(): Promise<void> {
    while (!state.isOver) {
      const now = Date.now();
      const due = waiting.filter(({ at }) => at <= now).toSorted((one, other) => one.at - other.at);
      if (due.length > 0) waiting = waiting.filter(({ at }) => at > now);
      state.sending = due.length;
      for (let at = 0; at < due.length; at += AT_ONCE)
        await moto.alone(() => moto.events("PutEvents", { Entries: due.slice(at, at + AT_ONCE).map(({ event }) => entryOf(event)) }));
      state.sending = 0;
      await wait(TICK_MS);
    }
  }
  const running = carry();
  return {
    counts,
    take(event) {
      const digest = digestOf(event) ?? "";
      const random = drawFor(digest);
      const delay = (): number => {
        if (random() * 100 >= plan.late) return random() * JITTER_MS;
        counts.delayed += 1;
        return random() * plan.lateMs;
      };
      counts.told += 1;
      if (lost.has(digest) || random() * 100 < plan.lost) {
        counts.lost += 1;
        return;
      }
      if (late.has(digest) && event["detail-type"] === "ECR Image Action") {
        late.delete(digest);
        counts.delayed += 1;
        send(event, plan.lateMs * (0.5 + random() / 2));
        return;
      }
      send(event, delay());
      if (random() * 100 >= plan.duplicates) return;
      counts.duplicated += 1;
      send(event, delay());
    },
    lose: (digest) => void lost.add(digest),
    delayPush: (digest) => void late.add(digest),
    waiting: () => waiting.filter(({ at }) => at < Date.now() + SOON_MS).length + state.sending,
    onTheWay: () => waiting.length + state.sending,
    async stop() {
      state.isOver = true;
      await running;
    },
  };
}

async function putRule(moto: Moto, { name, pattern }: Rule, queue: Queue): Promise<void> {
  await moto.events("PutRule", { Name: name, EventPattern: JSON.stringify(forMoto(pattern)) });
  await moto.events("PutTargets", { Rule: name, Targets: [{ Id: "events", Arn: queue.arn }] });
}

/** moto does not look into lists of objects: of findings, it lets those of any severity through, and those in machines; of these there are none here. */
function forMoto({ detail, ...pattern }: Rule["pattern"]): Rule["pattern"] {
  const isOfFindings = typeof detail === "object" && detail !== null && "resources" in detail;
  return isOfFindings || detail === undefined ? pattern : { ...pattern, detail };
}

function entryOf({ source, resources, detail, time, "detail-type": type }: AwsEvent): object {
  return { Source: source, DetailType: type, Resources: resources, Detail: JSON.stringify(detail), Time: Date.parse(time) / 1_000 };
}

/** Of the image that an event is about. */
function digestOf({ detail, resources }: AwsEvent): string | undefined {
  const named = detail["image-digest"];
  if (typeof named === "string") return named;
  const record = detail as { readonly responseElements?: { readonly image?: { readonly imageId?: { readonly imageDigest?: string } } } };
  return record.responseElements?.image?.imageId?.imageDigest ?? /sha256:[0-9a-f]{64}$/.exec(resources[0] ?? "")?.[0];
}
