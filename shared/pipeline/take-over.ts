import { takenOver } from "../audit/record.ts";
import type { ImageKey, RegistryHost } from "../domain/image-ref.ts";
import type { Standing, TakingOver } from "../domain/take-over.ts";
import type { Instant } from "../domain/time.ts";
import type { SimulationReport } from "../policy/simulate/report.ts";
import type { ConfirmedTakeOver, PlannedTakeOver, TakeOverPlan, TakeOverRefusal, TakeOverRequest } from "../ports/take-over.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { queueImages } from "./queue-images.ts";
import { planTakeOver } from "./take-over-plan.ts";
import { openJobs } from "./take-over-status.ts";

type Plan = TakeOverPlan<SimulationReport>;

interface Taken {
  readonly watched: WatchedRegistry;
  readonly standing: TakingOver;
}

/** Shows what enforcing would do, and writes down who has seen it: only that may be confirmed. */
export async function showTakeOver(deps: GateDeps, { registry, actor }: TakeOverRequest): Promise<PlannedTakeOver<SimulationReport>> {
  const found = find(deps, registry);
  if ("why" in found) return found;
  const { watched, standing } = found;
  const plan = await planTakeOver(deps, watched, deps.clock.now());
  const objection = await notReady(deps, watched, standing);
  const seen = { at: plan.at, by: actor.name, policy: plan.policy.version, numbers: plan.numbers };
  const change = (stored: Standing | undefined): Standing | undefined => (stored?.kind === "taking-over" ? { ...stored, seen } : undefined);
  const { hold, deadline, images } = plan.numbers;
  const why = `by policy ${plan.policy.name}@${plan.policy.version.slice(0, 6)}, ${hold} of ${images} images would be held and ${deadline} get a deadline`;
  await Promise.all([
    deps.standings.change(watched.registry.host, change, plan.holds),
    deps.ledger.append([takenOver(named(watched, standing), { state: "seen", why, at: plan.at, actor: actor.name })]),
  ]);
  return { kind: "planned", plan: objection === undefined ? plan : { ...plan, objection } };
}

/** Puts the gate in charge of what was shown. All images are judged again as one run: the brake counts it, and deadlines begin. */
export async function confirmTakeOver(deps: GateDeps, { registry, actor }: TakeOverRequest): Promise<ConfirmedTakeOver> {
  const found = find(deps, registry);
  if ("why" in found) return found;
  const { watched, standing } = found;
  const { host } = watched.registry;
  const now = deps.clock.now();
  const refusal = (await notReady(deps, watched, standing)) ?? notSeen(deps, standing, host);
  if (refusal !== undefined) return refusal;
  const plan = await planTakeOver(deps, watched, now);
  const unseen = await notShown(deps, plan);
  if (unseen !== undefined) return unseen;
  const policy = plan.policy.version;
  const run = await deps.runs.begin("takeover", `${host} ${policy}`, now);
  const left = plan.unjudged > 0 ? ({ hasUnjudged: true } as const) : {};
  const confirmed: Standing = { kind: "in-charge", since: now, how: "confirmed", by: actor, policy, run, isQueueing: true, ...left };
  const change = (stored: Standing | undefined): Standing | undefined => (isSame(stored, standing) ? confirmed : undefined);
  // Asked for in one turn, so that the store writes them together.
  const [after] = await Promise.all([
    deps.standings.change(host, change),
    deps.ledger.append([takenOver(named(watched, standing), { state: "confirmed", why: actor.reason, at: now, actor: actor.name })]),
  ]);
  if (after?.kind !== "in-charge" || after.how !== "confirmed" || after.run !== run)
    return refused("somebody else changed it just now", `look again: moorgate takeover status ${host}`);
  return { kind: "confirmed", run, queued: await queueConfirmed(deps, host), numbers: plan.numbers };
}

/** Queues the images of a registry that was confirmed; once more where a crash came between. @returns how many */
export async function queueConfirmed(
  deps: Pick<GateDeps, "standings" | "ledger" | "queue" | "clock">,
  host: RegistryHost,
): Promise<number> {
  const standing = deps.standings.of(host);
  if (standing?.kind !== "in-charge" || standing.how !== "confirmed" || standing.isQueueing !== true) return 0;
  let count = 0;
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ registry: host, limit: 500, ...(after === undefined ? {} : { after }) });
    const images: readonly ImageKey[] = page.items.filter(({ presence }) => presence === "present").map(({ key }) => key);
    await queueImages(deps, standing.run, images);
    count += images.length;
    after = page.next;
  } while (after !== undefined);
  await deps.standings.change(host, (stored) => {
    if (stored?.kind !== "in-charge" || stored.how !== "confirmed") return undefined;
    const { isQueueing: _, ...rest } = stored;
    return rest;
  });
  return count;
}

function find(deps: GateDeps, registry: string): Taken | TakeOverRefusal {
  const watched = [...deps.registries.values()].find((each) => each.registry.host === registry);
  if (watched === undefined)
    return { kind: "not-found", why: `the gate does not watch ${registry}`, mend: "list those that it watches: moorgate takeover status" };
  const standing = watched.takeOver === undefined ? undefined : deps.standings.of(watched.registry.host);
  if (standing?.kind !== "taking-over") return refused("the gate is in charge there already", "nothing has to be done");
  return { watched, standing };
}

/** Why a plan is not one of all that lies there, or would not be followed. */
async function notReady(deps: GateDeps, watched: WatchedRegistry, standing: TakingOver): Promise<TakeOverRefusal | undefined> {
  const { host } = watched.registry;
  const { listing } = standing;
  if (listing.kind === "fault") return refused(`what lies there could not be listed: ${listing.why}`, UNLISTED);
  if (listing.kind !== "read")
    return refused("what lies there was not listed to its end yet", `wait, and look again: moorgate takeover status ${host}`);
  const { open } = await openJobs(deps, host, standing);
  if (open > 0) return refused(`${open} tags and images wait to be judged`, `wait, and look again: moorgate takeover status ${host}`);
  if (watched.configured === "dry-run")
    return refused(
      `${host} is in dry-run by the settings`,
      `write mode: enforce for it in moorgate.yaml and start the gate again; nothing is held before it is confirmed`,
    );
  if (deps.policy().policy.mode === "dry-run")
    return refused(
      "the policy is in dry-run",
      "write mode: enforce in the policy, then look at the plan again; nothing is held before it is confirmed",
    );
  return undefined;
}

const UNLISTED =
  "mend it and run moorgate sweep; a registry that lists nothing can only be enforced without asking (takeOver: at-once in moorgate.yaml)";

function notSeen(deps: GateDeps, { seen, listing }: TakingOver, host: RegistryHost): TakeOverRefusal | undefined {
  const look = `look at it: moorgate takeover plan ${host}`;
  if (seen === undefined) return refused("nobody has seen yet what would be held", look);
  if (seen.policy !== deps.policy().policy.id.version) return refused("another policy is in force since the plan was seen", look);
  if (listing.kind === "read" && seen.at < listing.at) return refused("the plan was seen before all that lies there was listed", look);
  return undefined;
}

const MOST_NAMED = 3;

/** Fewer holds than were shown are no objection: what was mended meanwhile is not held. */
async function notShown(deps: GateDeps, { holds, registry }: Plan): Promise<TakeOverRefusal | undefined> {
  const shown = new Set(await deps.standings.shown(holds));
  const more = holds.filter((image) => !shown.has(image));
  if (more.length === 0) return undefined;
  const names = more.slice(0, MOST_NAMED).map(({ repository, digest }) => `${repository}@${digest}`);
  const others = more.length > MOST_NAMED ? ` and ${more.length - MOST_NAMED} more` : "";
  return refused(
    `${more.length} would be held that the plan did not show: ${names.join(", ")}${others}`,
    `look at it again: moorgate takeover plan ${registry}`,
  );
}

function isSame(stored: Standing | undefined, { since, seen }: TakingOver): boolean {
  return stored?.kind === "taking-over" && stored.since === since && stored.seen?.at === seen?.at && stored.seen?.by === seen?.by;
}

function named({ registry }: WatchedRegistry, { since }: TakingOver): { readonly registry: RegistryHost; readonly since: Instant } {
  return { registry: registry.host, since };
}

function refused(why: string, mend: string): TakeOverRefusal {
  return { kind: "refused", why, mend };
}
