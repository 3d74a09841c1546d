import type { ImageKey, RegistryHost } from "../domain/image-ref.ts";
import { isTakingIn, type Standing } from "../domain/take-over.ts";
import type { Instant } from "../domain/time.ts";
import type { TaggedDigest } from "../ports/registry.ts";
import type { Work } from "../ports/work-queue.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { noteFault } from "./take-over-begin.ts";
import { askUsage } from "./usage.ts";
import { groupOfRun, judgeWork } from "./work.ts";

/** Jobs of one transaction, and how often is written down how far it has come. */
const BATCH = 200;

/** The first look at all that lies in a registry: what is found is queued as one run, images in use first. */
export interface TakeIn {
  /** A tag that was met, whether or not it has to be judged. */
  passed(): void;
  add(image: TaggedDigest): Promise<void>;
  /** Queues what was added, and writes down how far it has come. */
  flush(): Promise<void>;
  ended(fault: string | undefined): Promise<void>;
}

/** @param isGoingOn the listing was begun by a sweep before. @returns `undefined`: all that lay in the registry before the gate came has been met */
export async function openTakeIn(
  deps: GateDeps,
  { registry: { host } }: WatchedRegistry,
  now: Instant,
  isGoingOn: boolean,
): Promise<TakeIn | undefined> {
  const run = await runOf(deps, host, now);
  return run === undefined ? undefined : takeInAs(deps, host, run, now, isGoingOn ? tagsOf(deps.standings.of(host)) : 0);
}

/** How many were met so far. */
function tagsOf(standing: Standing | undefined): number {
  return isTakingIn(standing) && standing.listing.kind === "reading" ? standing.listing.tags : 0;
}

function takeInAs(deps: GateDeps, host: RegistryHost, run: string, now: Instant, tagsBefore: number): TakeIn {
  let tags = tagsBefore;
  let waiting: TaggedDigest[] = [];

  async function workOf(image: TaggedDigest): Promise<Work & { readonly notBefore: Instant }> {
    const key: ImageKey = { registry: host, repository: image.repository, digest: image.digest };
    const { kind } = await askUsage(deps, { key, children: [] }, now);
    const work = judgeWork({ ...key, tag: image.tag, origin: "sweep", run, predatesGate: true }, now);
    return { ...work, group: groupOfRun(run, host, kind === "running" || kind === "pulled") };
  }

  async function flush(): Promise<void> {
    const images = waiting;
    waiting = [];
    await deps.queue.put(await Promise.all(images.map(workOf)), now);
    await deps.standings.change(host, (stored) =>
      isTakingIn(stored) && stored.listing.kind !== "read" ? { ...stored, listing: { kind: "reading", tags } } : undefined,
    );
  }

  return {
    passed() {
      tags += 1;
    },
    async add(image) {
      waiting.push(image);
      if (waiting.length >= BATCH) await flush();
    },
    flush,
    async ended(fault) {
      await flush();
      if (fault !== undefined) return noteFault(deps, host, fault);
      await deps.standings.change(host, (stored) =>
        isTakingIn(stored) && stored.listing.kind !== "read"
          ? { ...stored, listing: { kind: "read", tags, at: deps.clock.now() } }
          : undefined,
      );
    },
  };
}

/** One run for all that is met, however many sweeps it takes: the brake counts it together where the gate may act at once. */
async function runOf({ runs, standings }: GateDeps, host: RegistryHost, now: Instant): Promise<string | undefined> {
  const before = standings.of(host);
  if (before?.kind === "in-charge" && before.how === "confirmed") return before.hasUnjudged === true ? before.run : undefined;
  if (!isTakingIn(before)) return undefined;
  if (before.run !== undefined) return before.run;
  const run = await runs.begin("takeover", host, now);
  const after = await standings.change(host, (stored) => (isTakingIn(stored) && stored.run === undefined ? { ...stored, run } : undefined));
  return isTakingIn(after) ? (after.run ?? run) : run;
}
