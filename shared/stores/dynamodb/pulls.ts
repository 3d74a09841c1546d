import { parseRegistryHost, parseRepository } from "../../domain/image-ref.ts";
import { type Instant, instant, parseDuration } from "../../domain/time.ts";
import type { Pull } from "../../domain/usage.ts";
import type { UsageStore } from "../../ports/usage-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";

/** A cluster that starts a hundred pods pulls a hundred times. */
const NOT_SOONER = parseDuration("1m");
const KEPT = parseDuration("90d");
/** How late another process may learn what is 90 days before the newest pull: a write for each pull would cost as much as the pull itself. */
const LEARNED_EVERY = parseDuration("1h");

interface PulledAt {
  readonly at: Instant;
}

interface Told {
  readonly since: Instant;
  readonly newest: Instant;
}

const TOLD_HASH = "pulls-told";

export function openPulls(documents: Documents): Pick<UsageStore, "pulled" | "pulls" | "pullsToldSince"> {
  let newest = 0;
  const pullKey = (image: { readonly digest: string; readonly registry: string; readonly repository: string }): Key => ({
    pk: `pull#${image.digest}`,
    sk: `${image.registry}/${image.repository}`,
  });
  const toldKey = (registry: string): Key => ({ pk: TOLD_HASH, sk: registry });

  async function tell(registry: string, at: Instant): Promise<void> {
    newest = Math.max(newest, at);
    const isKnown = (told: Told | undefined): boolean => told !== undefined && at >= told.since && at < told.newest + LEARNED_EVERY;
    if (isKnown(await documents.read<Told>(toldKey(registry)))) return;
    await documents.change(`told ${registry}`, async (change) => {
      const told = await change.get<Told>(toldKey(registry));
      if (isKnown(told)) return;
      const next: Told = { since: instant(Math.min(at, told?.since ?? at)), newest: instant(Math.max(at, told?.newest ?? at)) };
      change.put(toldKey(registry), next);
    });
  }

  async function droppedBefore(): Promise<number> {
    for await (const { body } of documents.list<Told>({ hash: TOLD_HASH })) newest = Math.max(newest, body.newest);
    return newest - KEPT;
  }

  return {
    async pulled(image, at) {
      const key = pullKey(image);
      const known = await documents.read<PulledAt>(key);
      if (known !== undefined && at < known.at + NOT_SOONER) return;
      await tell(image.registry, at);
      await documents.change(`${key.pk} ${key.sk}`, async (change) => {
        const before = await change.get<PulledAt>(key);
        if (before === undefined || before.at < at) change.put(key, { at }, { endsAt: at + KEPT });
      });
    },
    pullsToldSince: async (registry) => (await documents.read<Told>(toldKey(registry)))?.since,
    async pulls(digests, since) {
      const from = Math.max(since, await droppedBefore());
      const found: Pull[] = [];
      for (const digest of [...new Set(digests)].sort()) {
        for await (const { key, body } of documents.list<PulledAt>({ hash: `pull#${digest}` })) {
          const slash = key.sk.indexOf("/");
          const image = {
            registry: parseRegistryHost(key.sk.slice(0, slash)),
            repository: parseRepository(key.sk.slice(slash + 1)),
            digest,
          };
          if (body.at >= from) found.push({ image, at: body.at });
        }
      }
      return found.toSorted((one, other) => compare(sortOf(one), sortOf(other)));
    },
  };
}

function sortOf({ image: { digest, repository, registry } }: Pull): string {
  return `${digest} ${repository} ${registry}`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
