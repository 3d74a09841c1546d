import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import type { SweepPlace } from "../domain/sweep.ts";
import { add, type Duration, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import { inPages } from "../ports/in-pages.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import type { Sweeping } from "./sweep-part.ts";
import { openRecordLook } from "./sweep-records.ts";
import { type Listing, type RepositoryLook, type SweptRepository, sweepRepository } from "./sweep-repository.ts";
import { openTakeIn } from "./take-in.ts";
import { queueConfirmed } from "./take-over.ts";
import { present } from "./work.ts";

export type RegistryReport = SweepReport["registries"][number];

/** Repositories that are compared side by side: each asks its registry a few times, and all share what that allows. */
const AT_ONCE = 4;

/** Sooner than this it is not written down how far it has come. */
const WRITTEN_EVERY: Duration = parseDuration("20s");
/** Who has not written for so long was killed. */
const WORKED_FOR: Duration = parseDuration("2m");

/** One registry, repository by repository in the order of their names, from a place on. */
export async function sweepRegistry(
  deps: GateDeps,
  watched: WatchedRegistry,
  sweeping: Sweeping,
  place: SweepPlace,
): Promise<RegistryReport> {
  const { host } = watched.registry;
  if (isOver(sweeping)) return leave(deps, host, place, 0);
  await queueConfirmed(deps, host);
  const takeIn = await openTakeIn(deps, watched, sweeping.now, place.through !== undefined);
  const found = await repositoriesOf(deps, watched, sweeping.signal);
  if (isOver(sweeping)) return leave(deps, host, place, 0);
  const records = await openRecordLook(deps, watched, sweeping, found.fault === undefined || hasNoCatalogue(found));
  const compared = await compareFrom({ deps, watched, sweeping, takeIn, records }, found, place);
  if (isOver(sweeping)) return leave(deps, host, compared.place, compared.images);
  const why = summaryOf([...(found.fault === undefined ? [] : [found.fault]), ...compared.faults]);
  await takeIn?.ended(why);
  return end(deps, host, compared, why);
}

async function end(
  { sweeps, log }: GateDeps,
  host: RegistryHost,
  { place, images }: Compared,
  why: string | undefined,
): Promise<RegistryReport> {
  await sweeps.end(host, place);
  if (why === undefined) return { host, images };
  log.warn("A sweep could not read a registry to its end.", { registry: host, why });
  return { host, images, fault: why };
}

function isOver({ signal }: Sweeping): boolean {
  return signal?.aborted === true;
}

interface Compared {
  readonly images: number;
  /** Of repositories that could not be read. */
  readonly faults: readonly AdapterError[];
  /** Up to here all was compared that can be. */
  readonly place: SweepPlace;
}

async function compareFrom(look: RepositoryLook, found: Found, from: SweepPlace): Promise<Compared> {
  const { through } = from;
  const rest = found.names.filter((name) => through === undefined || name > through);
  const note = noteNowAndThen(look);
  const isUnread = found.fault !== undefined && !hasNoCatalogue(found);
  let compared: Compared = { images: 0, faults: [], place: isUnread ? { ...from, hasUnread: true } : from };
  try {
    for await (const group of inPages(rest, AT_ONCE)) {
      const done = await Promise.all(group.map((repository) => sweepRepository(look, repository, found.listing(repository))));
      await look.takeIn?.flush();
      // What ran out of time says nothing: all of it is compared again.
      if (isOver(look.sweeping)) break;
      compared = joined(compared, group, done);
      await note(compared.place);
    }
  } catch (error) {
    await giveUp(look, compared.place);
    throw error;
  }
  return compared;
}

/** Nobody works on it any more, and whoever comes next need not wait until that is sure. Where this cannot be written either, he does. */
async function giveUp({ deps, watched }: RepositoryLook, place: SweepPlace): Promise<void> {
  await deps.sweeps.leave(watched.registry.host, place).catch(() => undefined);
}

function joined({ images, faults, place }: Compared, group: readonly Repository[], done: readonly SweptRepository[]): Compared {
  const more = done.flatMap(({ fault }) => fault ?? []);
  const through = group.at(-1);
  return {
    images: done.reduce((sum, each) => sum + each.images, images),
    faults: [...faults, ...more],
    place: { ...place, ...present({ through }), ...(more.length === 0 ? {} : { hasUnread: true }) },
  };
}

/** Writes down how far it has come, so that a sweep that is killed does not begin anew. */
function noteNowAndThen({ deps, watched, sweeping }: RepositoryLook): (place: SweepPlace) => Promise<void> {
  let writtenAt = sweeping.now;
  return async (place) => {
    const now = deps.clock.now();
    if (now < add(writtenAt, WRITTEN_EVERY)) return;
    writtenAt = now;
    await deps.sweeps.leave(watched.registry.host, { ...place, workedUntil: add(now, WORKED_FOR) });
  };
}

async function leave({ sweeps, log }: GateDeps, host: RegistryHost, place: SweepPlace, images: number): Promise<RegistryReport> {
  await sweeps.leave(host, place);
  const from = place.through === undefined ? "its beginning" : `what comes after ${place.through}`;
  const fault = `the time of this sweep was over: the next one goes on with ${from}`;
  log.warn("A sweep was ended by its time.", { registry: host, why: fault });
  return { host, images, fault };
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
    const found = { names: sorted(known), fault: error };
    return { ...found, listing: () => (hasNoCatalogue(found) ? "readable" : "not-known") };
  }
}

/** It is compared as far as anybody can. */
function hasNoCatalogue({ fault }: Pick<Found, "fault">): boolean {
  return fault?.code === "unsupported";
}

function sorted(names: readonly Repository[]): readonly Repository[] {
  return [...new Set(names)].toSorted((one, other) => (one < other ? -1 : 1));
}

function wordsOf({ message, mend }: AdapterError): string {
  return mend === undefined ? message : `${message}. ${mend}`;
}

function summaryOf([first, ...more]: readonly AdapterError[]): string | undefined {
  if (first === undefined || more.length === 0) return first && wordsOf(first);
  return `${wordsOf(first)} (and ${more.length} more of its repositories could not be read)`;
}
