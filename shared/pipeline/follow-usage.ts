import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import { printImageKey } from "../domain/image-ref.ts";
import type { GateDeps } from "./deps.ts";
import { queueImages } from "./queue-images.ts";
import { askUsage, type UsageDeps } from "./usage.ts";

export type FollowUsageDeps = UsageDeps & Pick<GateDeps, "queue" | "runs" | "clock">;

const HOUR = 3_600_000;
const MOST_REPOSITORIES = 500;

/**
 * Has images judged again that have a deadline because they were in use, and are not any more. Those of one hour are one run: a place that says
 * by mistake that it runs nothing would have everything held, and the brake stops that.
 * @param ended what some place ran, and runs no more
 * @returns how many
 */
export async function followUsage(deps: FollowUsageDeps, ended: readonly Digest[]): Promise<number> {
  const now = deps.clock.now();
  const images: ImageRecord[] = [];
  for (const record of await withDeadline(deps, ended)) {
    if ((await askUsage(deps, record, now)).kind === "not-running") images.push(record);
  }
  if (images.length === 0) return 0;
  const run = await deps.runs.begin("usage", String(Math.floor(now / HOUR)), now);
  await queueImages(
    deps,
    run,
    images.map(({ key }) => key),
  );
  return images.length;
}

/** Images that are these, consist of them, or are a part of them. */
async function withDeadline({ ledger }: FollowUsageDeps, digests: readonly Digest[]): Promise<Iterable<ImageRecord>> {
  const found = new Map<string, ImageRecord>();
  for (const digest of digests) {
    const own = await recordsOf(ledger, digest);
    const parts = new Set(own.flatMap(({ children }) => children));
    const children = await Promise.all([...parts].map((child) => recordsOf(ledger, child)));
    for (const record of [...own, ...children.flat(), ...(await ledger.parents({ digest }))]) {
      if (record.presence === "present" && record.deadline !== undefined) found.set(printImageKey(record.key), record);
    }
  }
  return found.values();
}

async function recordsOf(ledger: GateDeps["ledger"], digest: Digest): Promise<readonly ImageRecord[]> {
  return (await ledger.images({ digest, limit: MOST_REPOSITORIES })).items;
}
