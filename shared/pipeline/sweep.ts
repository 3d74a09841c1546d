import type { ImageRecord } from "../domain/image-record.ts";
import { type ImageKey, printImageKey, type RegistryHost } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { SweepReport } from "../ports/operator.ts";
import type { TaggedDigest } from "../ports/registry.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { judgeWork, rejudge } from "./work.ts";

type Counts = { images: number; missed: number; queued: number };
type RegistryReport = SweepReport["registries"][number];

/**
 * Every registry loses events, so what is there is compared with what is known: an image that no event announced, a tag that moved, a held
 * image that is back, an image that vanished, a verdict of another policy, an action left open. Each is queued as if an event had come.
 */
export async function sweep(deps: GateDeps, signal?: AbortSignal): Promise<SweepReport> {
  const startedAt = deps.clock.now();
  const counts: Counts = { images: 0, missed: 0, queued: 0 };
  const registries: RegistryReport[] = [];
  let gone = 0;
  for (const watched of deps.registries.values()) {
    const seen = new Set<string>();
    const report = await sweepRegistry(deps, watched, startedAt, seen, counts, signal);
    registries.push(report);
    // Absence is only proven by an inventory that was read to its end.
    gone += await sweepRecords(deps, watched.registry.host, seen, report.fault === undefined, startedAt, counts);
  }
  deps.metrics.count("moorgate_sweep_missed_events_total", {}, counts.missed);
  deps.metrics.gauge("moorgate_sweep_last_success_timestamp_seconds", Math.floor(startedAt / 1000));
  return { startedAt, ...counts, gone, registries };
}

async function sweepRegistry(
  deps: GateDeps,
  watched: WatchedRegistry,
  now: Instant,
  seen: Set<string>,
  counts: Counts,
  signal?: AbortSignal,
): Promise<RegistryReport> {
  const { host } = watched.registry;
  let images = 0;
  try {
    for await (const tagged of watched.registry.inventory(signal)) {
      images += 1;
      seen.add(`${tagged.repository}@${tagged.digest}`);
      await compare(deps, { registry: host, ...tagged }, now, counts);
    }
    counts.images += images;
    return { host, images };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    deps.log.warn("A sweep could not read a registry to its end.", { registry: host, code: error.code, why: error.message });
    return { host, images, fault: error.mend === undefined ? error.message : `${error.message}. ${error.mend}` };
  }
}

async function compare(
  deps: GateDeps,
  image: TaggedDigest & { readonly registry: RegistryHost },
  now: Instant,
  counts: Counts,
): Promise<void> {
  const { registry, repository, digest, tag } = image;
  const record = await deps.ledger.image({ registry, repository, digest });
  if (record !== undefined && record.presence === "present" && record.hold.kind === "free" && record.tags.includes(tag)) return;
  // The lists of referrers are tags too; what they hold is looked at, and they themselves are never images.
  const work = judgeWork({ registry, repository, digest, tag, origin: "sweep" }, now);
  await deps.queue.put([work], now);
  counts.queued += 1;
  if (record === undefined) counts.missed += 1;
}

/** @returns how many images are gone or lost their last tag. */
async function sweepRecords(
  deps: GateDeps,
  registry: RegistryHost,
  seen: ReadonlySet<string>,
  complete: boolean,
  now: Instant,
  counts: Counts,
): Promise<number> {
  const isStanding = standing(deps);
  let gone = 0;
  let after: string | undefined;
  do {
    const page = await deps.ledger.images({ registry, limit: 500, ...(after === undefined ? {} : { after }) });
    const vanished = page.items.filter(
      (record) =>
        complete &&
        record.presence === "present" &&
        record.hold.kind === "free" &&
        !seen.has(`${record.key.repository}@${record.key.digest}`) &&
        record.tags.length > 0,
    );
    const stale = page.items.filter((record) => record.presence === "present" && (record.pending !== undefined || !isStanding(record)));
    const keys = new Map<string, ImageKey>([...vanished, ...stale].map((record: ImageRecord) => [printImageKey(record.key), record.key]));
    if (keys.size > 0)
      await deps.queue.put(
        [...keys.values()].map((key) => rejudge(key, "sweep", now)),
        now,
      );
    gone += vanished.length;
    counts.queued += keys.size;
    after = page.next;
  } while (after !== undefined);
  return gone;
}

/** Tells whether a verdict is one of the policy in force. */
function standing(deps: GateDeps): (record: ImageRecord) => boolean {
  const { policy, sameButWaivers = [] } = deps.policy();
  const versions = new Set([policy.id.version, ...sameButWaivers]);
  return ({ verdict }) => verdict !== undefined && versions.has(verdict.policy.version);
}
