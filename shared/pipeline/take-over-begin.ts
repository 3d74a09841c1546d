import { takenOver } from "../audit/record.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { Standing } from "../domain/take-over.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Registry } from "../ports/registry.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";

type BeginDeps = Pick<GateDeps, "standings" | "registries" | "ledger" | "clock" | "log">;

/**
 * Gives every registry that was never watched a standing before anything is judged; asks no registry. One that has to be asked first is being
 * taken over until it has answered, and one that is enforced at once is so from here on.
 */
export async function beginStandings(deps: BeginDeps): Promise<void> {
  const now = deps.clock.now();
  for (const { registry, takeOver } of deps.registries.values()) {
    if (takeOver === undefined) continue;
    const before = deps.standings.of(registry.host);
    const after = await deps.standings.change(registry.host, (stored) => begun(stored, takeOver, now));
    if (before?.kind !== "in-charge" && after?.kind === "in-charge" && after.how === "at-once")
      await tellInCharge(deps, registry.host, after);
  }
}

function begun(stored: Standing | undefined, takeOver: "ask" | "at-once", since: Instant): Standing | undefined {
  if (takeOver === "at-once") {
    if (stored?.kind === "in-charge") return undefined;
    const run = stored?.run === undefined ? {} : { run: stored.run };
    return { kind: "in-charge", since, how: "at-once", listing: stored?.listing ?? { kind: "not-asked" }, ...run };
  }
  return stored === undefined ? { kind: "taking-over", since, listing: { kind: "not-asked" } } : undefined;
}

/**
 * Asks a registry that has not answered yet whether any image lies in it. None, and none was ever judged: the gate is in charge from the first push
 * on. That it does not answer is no proof of anything.
 */
export async function lookAtNew(deps: BeginDeps, { registry }: WatchedRegistry, signal?: AbortSignal): Promise<void> {
  const { host } = registry;
  if (!isOpen(deps.standings.of(host))) return;
  try {
    const isEmpty = !(await hasAny(registry, signal)) && (await deps.standings.counts(host)).images === 0;
    await (isEmpty ? takeEmpty(deps, host) : beginListing(deps, host));
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    await noteFault(deps, host, error.mend === undefined ? error.message : `${error.message}. ${error.mend}`);
  }
}

function isOpen(standing: Standing | undefined): boolean {
  return standing?.kind === "taking-over" && (standing.listing.kind === "not-asked" || standing.listing.kind === "fault");
}

async function hasAny(registry: Registry, signal?: AbortSignal): Promise<boolean> {
  for await (const repository of registry.repositories(signal)) for await (const _ of registry.inventory(repository, signal)) return true;
  return false;
}

async function takeEmpty(deps: BeginDeps, host: RegistryHost): Promise<void> {
  const since = deps.clock.now();
  const after = await deps.standings.change(host, (stored) => (isOpen(stored) ? { kind: "in-charge", since, how: "empty" } : undefined));
  if (after?.kind === "in-charge") await tellInCharge(deps, host, after);
}

async function beginListing(deps: BeginDeps, host: RegistryHost): Promise<void> {
  const after = await deps.standings.change(host, (stored) =>
    stored?.kind === "taking-over" && isOpen(stored) ? { ...stored, listing: { kind: "reading", tags: 0 } } : undefined,
  );
  if (after?.kind !== "taking-over") return;
  await tellBegun(deps, host, after.since, "images lie there already: nothing is held until somebody has seen what would be");
}

/** Written down by whoever lists a registry whose images are met for the first time. */
export async function noteFault(deps: BeginDeps, host: RegistryHost, why: string): Promise<void> {
  const before = deps.standings.of(host);
  // Asked again and again: the same answer is no news.
  if (before !== undefined && "listing" in before && before.listing.kind === "fault" && before.listing.why === why) return;
  const at = deps.clock.now();
  const after = await deps.standings.change(host, (stored) =>
    stored !== undefined && "listing" in stored && stored.listing.kind !== "read"
      ? { ...stored, listing: { kind: "fault", why, at } }
      : undefined,
  );
  deps.log.warn("A registry that is new to the gate cannot be listed.", { registry: host, why });
  if (after?.kind === "taking-over") await tellBegun(deps, host, after.since, `what lies there cannot be listed: ${why}`);
}

async function tellBegun({ ledger, clock }: BeginDeps, registry: RegistryHost, since: Instant, why: string): Promise<void> {
  await ledger.append([takenOver({ registry, since }, { state: "begun", why, at: clock.now() })]);
}

const IN_CHARGE = {
  empty: "no image lay in it: it is enforced from the first push on",
  "at-once": "the settings say so: what lies in it is enforced as it is found",
} as const;

async function tellInCharge({ ledger, clock }: BeginDeps, registry: RegistryHost, standing: Standing): Promise<void> {
  if (standing.kind !== "in-charge" || (standing.how !== "empty" && standing.how !== "at-once")) return;
  const facts = { state: "in-charge", why: IN_CHARGE[standing.how], at: clock.now() } as const;
  await ledger.append([takenOver({ registry, since: standing.since }, facts)]);
}
