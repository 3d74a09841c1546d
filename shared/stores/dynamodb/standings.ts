import { type ImageKey, parseRegistryHost, printImageKey, type RegistryHost } from "../../domain/image-ref.ts";
import type { Standing } from "../../domain/take-over.ts";
import type { RegistryCounts, StandingStore } from "../../ports/standing-store.ts";
import type { Documents } from "./documents.ts";
import { allImages } from "./image-places.ts";
import { type Key, shortHash } from "./item.ts";
import type { Requests } from "./requests.ts";

const HASH = "standing";

/** A beginning of each image's hash: 40,000 images fit into a few items. */
interface Shown {
  readonly images: readonly string[];
}

export function openStandings(requests: Requests, documents: Documents): StandingStore {
  const standingKey = (registry: string): Key => ({ pk: HASH, sk: registry });
  const shownKey = (registry: string): Key => ({ pk: `standing#${registry}`, sk: "shown" });

  async function shownIn(registry: RegistryHost): Promise<ReadonlySet<string>> {
    return new Set((await documents.read<Shown>(shownKey(registry)))?.images);
  }

  return {
    async all() {
      const found = new Map<RegistryHost, Standing>();
      for await (const { key, body } of documents.list<Standing>({ hash: HASH })) found.set(parseRegistryHost(key.sk), body);
      return found;
    },
    change: (registry, change, shown) =>
      documents.change(`standing ${registry}`, async (unit) => {
        const before = await unit.get<Standing>(standingKey(registry));
        const after = change(before);
        if (after === undefined) return before;
        unit.put(standingKey(registry), after);
        if (shown === undefined) return after;
        await unit.get(shownKey(registry));
        unit.put(shownKey(registry), { images: shown.map(shortOf) } satisfies Shown);
        return after;
      }),
    async shown(images) {
      const found: ImageKey[] = [];
      const known = new Map<RegistryHost, ReadonlySet<string>>();
      for (const image of images) {
        const here = known.get(image.registry) ?? (await shownIn(image.registry));
        known.set(image.registry, here);
        if (here.has(shortOf(image))) found.push(image);
      }
      return found;
    },
    counts: (registry) => countsOf(requests, registry),
  };
}

function shortOf(image: ImageKey): string {
  return shortHash(printImageKey(image)).slice(0, 20);
}

/** From the index alone, as it was a moment ago. */
async function countsOf(requests: Requests, registry: RegistryHost): Promise<RegistryCounts> {
  const verdicts = { compliant: 0, violating: 0, indeterminate: 0 };
  let images = 0;
  let withoutFindings = 0;
  for (const { seen } of await allImages(requests, registry)) {
    if (seen.presence !== "present") continue;
    images += 1;
    if (seen.hasNoFindings === true) withoutFindings += 1;
    if (seen.verdict !== undefined) verdicts[seen.verdict] += 1;
  }
  return { images, verdicts, withoutFindings };
}
