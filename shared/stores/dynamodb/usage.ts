import { createHash } from "node:crypto";
import type { Digest } from "../../domain/digest.ts";
import { lastPart, type PlaceUse, type Unmatched, type UsageReport, type Workload } from "../../domain/usage.ts";
import type { KnownPlace, UsageStore } from "../../ports/usage-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { openPulls } from "./pulls.ts";

const HASH = "place";
/** Reports of places that are remembered by what they say. */
const MOST_REMEMBERED = 100;

/** What is read of every place each time; the report itself lies apart and is read once. */
interface PlaceDocument extends KnownPlace {
  /** Of the report. */
  readonly hash: string;
}

interface ReportDocument extends Pick<UsageReport, "images" | "unmatched"> {
  readonly hash: string;
}

interface Ready {
  readonly workloads: ReadonlyMap<Digest, readonly Workload[]>;
  readonly unmatched: readonly Unmatched[];
}

/** The last word of a place is one document: it takes the place of all that was said before at once, and nobody pays for what did not change. */
export function openUsage(documents: Documents): UsageStore {
  const placeKey = (place: string): Key => ({ pk: HASH, sk: place });
  const reportKey = (place: string): Key => ({ pk: `place#${place}`, sk: "report" });
  const remembered = new Map<string, Ready>();

  async function reportOf({ place, hash }: PlaceDocument): Promise<Ready> {
    const known = remembered.get(`${place} ${hash}`);
    if (known !== undefined) return known;
    const report = await documents.read<ReportDocument>(reportKey(place));
    const ready = readyOf(report);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    if (report !== undefined) remembered.set(`${place} ${report.hash}`, ready);
    return ready;
  }

  async function places(): Promise<readonly PlaceDocument[]> {
    const found: PlaceDocument[] = [];
    for await (const { body } of documents.list<PlaceDocument>({ hash: HASH })) found.push(body);
    return found;
  }

  return {
    put: ({ place, seenAt, images, unmatched }) =>
      documents.change(`place ${place}`, async (change) => {
        const known = await change.get<PlaceDocument>(placeKey(place));
        if (known !== undefined && known.seenAt > seenAt) return { kind: "older" };
        const before = await change.get<ReportDocument>(reportKey(place));
        const hash = createHash("sha256")
          .update(JSON.stringify([images, unmatched]))
          .digest("base64url");
        change.put(placeKey(place), { place, seenAt, images: images.length, unmatched: unmatched.length, hash } satisfies PlaceDocument);
        if (before?.hash !== hash) change.put(reportKey(place), { images, unmatched, hash } satisfies ReportDocument);
        const still = new Set(images.map(({ digest }) => digest));
        return { kind: "stored", ended: (before?.images ?? []).map(({ digest }) => digest).filter((digest) => !still.has(digest)) };
      }),
    async uses(digests, repositories) {
      const names = new Set(repositories.map(lastPart));
      const sorted = [...new Set(digests)].sort();
      return Promise.all((await places()).map(async (each) => useOf(each, await reportOf(each), sorted, names)));
    },
    places: async () => (await places()).map(({ place, seenAt, images, unmatched }) => ({ place, seenAt, images, unmatched })),
    forget: (place) =>
      documents.change(`place ${place}`, async (change) => {
        const known = await change.get<PlaceDocument>(placeKey(place));
        const report = await change.get<ReportDocument>(reportKey(place));
        change.remove(placeKey(place));
        change.remove(reportKey(place));
        return known === undefined ? undefined : (report?.images ?? []).map(({ digest }) => digest);
      }),
    ...openPulls(documents),
  };
}

function readyOf(report: ReportDocument | undefined): Ready {
  const workloads = new Map((report?.images ?? []).map(({ digest, workloads: some }) => [digest, some]));
  return { workloads, unmatched: report?.unmatched ?? [] };
}

/** A workload without a name may run anything; those come first, then by name. */
function useOf(
  { place, seenAt }: PlaceDocument,
  { workloads, unmatched }: Ready,
  digests: readonly Digest[],
  names: ReadonlySet<string>,
): PlaceUse {
  const nameOf = ({ repository }: Unmatched): string => (repository === undefined ? "" : lastPart(repository));
  const mayRun = unmatched.filter((each) => each.repository === undefined || names.has(nameOf(each)));
  return {
    place,
    seenAt,
    workloads: digests.flatMap((digest) => workloads.get(digest) ?? []),
    unmatched: mayRun
      .toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : Number(nameOf(one) > nameOf(other))))
      .map(({ workload }) => workload),
  };
}
