import type { MoveAction, Outcome } from "../../shared/domain/action.ts";
import type { Deadline } from "../../shared/domain/deadline.ts";
import type { ImageRecord, StoredAction } from "../../shared/domain/image-record.ts";
import type { Instant } from "../../shared/domain/time.ts";
import { firstPushedAt } from "./past.ts";
import { DEADLINE_MS } from "./policy.ts";
import { digestOfWare, wareOf } from "./stock.ts";
import { PLACE, type World } from "./world.ts";

type Use = "running" | "not-running" | "unknown";

/** What a violating image that is served lacks: a hold, or the time that it has instead. `records`: all that the gate knows. */
export function checkWait(world: World, record: ImageRecord, records: readonly ImageRecord[]): readonly string[] {
  const { inUse } = world.rules;
  if (inUse === undefined) return ["violates and is served"];
  // The gate was killed over the last report: it may have been written down or not.
  if (world.past.uses.at(-1)?.answeredAt === undefined && world.past.uses.length > 0) return [];
  const use = useOf(world, record, records);
  if (use === "not-running") return ["violates, runs nowhere and is served"];
  if (use === "unknown" && inUse.newFor === "1d" && record.passedAt === undefined) return ["violates, is new and is served"];
  const { deadline } = record;
  if (deadline === undefined) return ["violates, is or may be in use, and has no deadline"];
  if (deadline.until <= world.clock.now() && inUse.afterwards === "hold") return ["violates, its time is over, and it is served"];
  return checkDeadline(world, record, deadline);
}

function checkDeadline({ past, clock }: World, { key }: ImageRecord, { until, isOver }: Deadline): readonly string[] {
  const now = clock.now();
  if (until > now + DEADLINE_MS) return ["has a longer deadline than the policy gives it"];
  const pushedAt = firstPushedAt(past, key.repository, key.digest);
  if (pushedAt !== undefined && until < pushedAt + DEADLINE_MS) return ["has a shorter deadline than the policy gives it"];
  return isOver === until <= now ? [] : [`has a deadline that is said to be ${isOver ? "over" : "open"}, and is not`];
}

/** By the last report of the one place: of the image, of what it consists of, and of the indexes that are known to consist of it. */
function useOf({ past, setup, clock }: World, record: ImageRecord, records: readonly ImageRecord[]): Use {
  if (!setup.knowsUse) return "unknown";
  const { digest } = record.key;
  const parents = records.filter(({ children }) => children.some((child) => child === digest)).map(({ key }) => key.digest);
  const kin = [digest, ...partsOf(digest), ...parents];
  const last = past.uses.findLast(({ answeredAt }) => answeredAt !== undefined);
  if (last === undefined) return "unknown";
  if (kin.some((each) => last.running.has(each))) return "running";
  return clock.now() - last.begunAt <= PLACE.maxAge ? "not-running" : "unknown";
}

function partsOf(digest: string): readonly string[] {
  return (wareOf(digest)?.children ?? []).map(digestOfWare);
}

/** The gate has taken away nothing that was known to run, or of which nobody could know, before its time was over. */
export function checkCuts(world: World, record: ImageRecord, actions: readonly StoredAction[]): readonly string[] {
  const { repository, digest } = record.key;
  const pushedAt = firstPushedAt(world.past, repository, digest);
  return actions.flatMap(({ action, outcome }, place) => {
    if (action.verb !== "hold" || outcome?.kind !== "applied" || isHeldBefore(actions.slice(place + 1))) return [];
    const isEarly = pushedAt !== undefined && outcome.at < pushedAt + DEADLINE_MS;
    return isEarly ? checkEarly(world, digest, action, outcome) : [];
  });
}

function checkEarly(world: World, digest: string, action: MoveAction, outcome: Outcome): readonly string[] {
  const { inUse } = world.past.policies.get(action.cause.policy ?? "") ?? {};
  if (inUse === undefined) return [];
  if (runsAllTheTime(world, digest, action, outcome)) return ["was held while it was known to run"];
  return !world.setup.knowsUse && inUse.newFor === "0s" ? ["was held although nobody knew whether it runs"] : [];
}

/** What was held and pushed again is held again. */
function isHeldBefore(earlier: readonly StoredAction[]): boolean {
  return earlier.find(({ action, outcome }) => action.verb !== "retag" && outcome?.kind === "applied")?.action.verb === "hold";
}

/** Whether it was known to run from the plan to the end of an act. */
export function runsAllTheTime({ past }: World, digest: string, { plannedAt }: Pick<MoveAction, "plannedAt">, { at }: Outcome): boolean {
  const kin = [digest, ...partsOf(digest)];
  const isSaid = (running: ReadonlySet<string>): boolean => kin.some((each) => running.has(each));
  const before = past.uses.filter(({ answeredAt }) => isBefore(answeredAt, plannedAt));
  const meanwhile = past.uses.filter(({ answeredAt, begunAt }) => !isBefore(answeredAt, plannedAt) && begunAt <= at);
  const last = before.at(-1);
  return last !== undefined && [last, ...meanwhile].every(({ running }) => isSaid(running));
}

function isBefore(one: Instant | undefined, other: Instant): boolean {
  return one !== undefined && one < other;
}
