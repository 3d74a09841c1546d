import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { SweepPlace } from "../ports/sweep-store.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { queueChangedFindings } from "./sweep-findings.ts";
import type { Sweeping } from "./sweep-part.ts";
import { openRecordLook } from "./sweep-records.ts";
import { type Listing, type RepositoryLook, sweepRepository } from "./sweep-repository.ts";
import { openTakeIn } from "./take-in.ts";
import { queueConfirmed } from "./take-over.ts";

export interface SweptRegistry {
  readonly report: SweepReport["registries"][number];
  /** Its time was over before its end: a place says where the next sweep goes on. */
  readonly isLeft: boolean;
}

/** Repositories that are compared side by side: each asks its registry a few times, and all share what that allows. */
const AT_ONCE = 4;

/** One registry, repository by repository in the order of their names, from a place on. */
export async function sweepRegistry(
  deps: GateDeps,
  watched: WatchedRegistry,
  sweeping: Sweeping,
  place: SweepPlace,
): Promise<SweptRegistry> {
  const { host } = watched.registry;
  const isOver = (): boolean => sweeping.signal?.aborted === true;
  if (isOver()) return leave(deps, host, place, 0);
  await queueConfirmed(deps, host);
  const takeIn = await openTakeIn(deps, watched, sweeping.now, place.through !== undefined);
  const { names, listing, fault } = await repositoriesOf(deps, watched, sweeping.signal);
  const records = await openRecordLook(deps, watched, sweeping, fault === undefined || fault.code === "unsupported");
  const look: RepositoryLook = { deps, watched, sweeping, takeIn, records };
  const faults = fault === undefined ? [] : [wordsOf(fault)];
  let { through } = place;
  let images = 0;
  for (const group of groupsOf(names, through)) {
    const done = await Promise.all(group.map((repository) => sweepRepository(look, repository, listing(repository))));
    await takeIn?.flush();
    // What ran out of time says nothing: all of it is compared again.
    if (isOver()) return leave(deps, host, through === undefined ? {} : { through }, images);
    images += done.reduce((sum, each) => sum + each.images, 0);
    faults.push(...done.flatMap((each) => (each.fault === undefined ? [] : [wordsOf(each.fault)])));
    through = group.at(-1);
  }
  await queueChangedFindings(deps, host, sweeping);
  if (isOver()) return leave(deps, host, through === undefined ? {} : { through }, images);
  await deps.sweeps.end(host);
  const why = summaryOf(faults);
  await takeIn?.ended(why);
  if (why === undefined) return { report: { host, images }, isLeft: false };
  deps.log.warn("A sweep could not read a registry to its end.", { registry: host, why });
  return { report: { host, images, fault: why }, isLeft: false };
}

async function leave({ sweeps, log }: GateDeps, host: RegistryHost, place: SweepPlace, images: number): Promise<SweptRegistry> {
  await sweeps.leave(host, place);
  const from = place.through === undefined ? "its beginning" : `what comes after ${place.through}`;
  const fault = `the time of this sweep was over: the next one goes on with ${from}`;
  log.warn("A sweep was ended by its time.", { registry: host, why: fault });
  return { report: { host, images, fault }, isLeft: true };
}

interface Found {
  /** What the registry lists, and what images are known of. */
  readonly names: readonly Repository[];
  listing(repository: Repository): Listing;
  /** The registry did not say what it has. */
  readonly fault?: AdapterError;
}

/** One that lists no repositories at all may list what is in one. */
async function repositoriesOf({ ledger }: GateDeps, { registry }: WatchedRegistry, signal?: AbortSignal): Promise<Found> {
  const known = await ledger.repositories(registry.host);
  try {
    const listed = new Set(await Array.fromAsync(registry.repositories(signal)));
    return { names: sorted([...listed, ...known]), listing: (repository) => (listed.has(repository) ? "readable" : "gone") };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const listing: Listing = error.code === "unsupported" ? "readable" : "not-known";
    return { names: sorted(known), listing: () => listing, fault: error };
  }
}

function sorted(names: readonly Repository[]): readonly Repository[] {
  return [...new Set(names)].toSorted((one, other) => (one < other ? -1 : 1));
}

function* groupsOf(names: readonly Repository[], through: Repository | undefined): Generator<readonly Repository[]> {
  const rest = through === undefined ? names : names.filter((name) => name > through);
  for (let at = 0; at < rest.length; at += AT_ONCE) yield rest.slice(at, at + AT_ONCE);
}

function wordsOf({ message, mend }: AdapterError): string {
  return mend === undefined ? message : `${message}. ${mend}`;
}

function summaryOf([first, ...more]: readonly string[]): string | undefined {
  if (first === undefined || more.length === 0) return first;
  return `${first} (and ${more.length} more of its repositories could not be read)`;
}
