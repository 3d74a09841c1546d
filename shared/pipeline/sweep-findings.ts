import type { Digest } from "../domain/digest.ts";
import type { ImageRecord } from "../domain/image-record.ts";
import type { RepositoryKey } from "../domain/image-ref.ts";
import { type Duration, type Instant, instant, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { GateDeps } from "./deps.ts";
import type { Sweeping } from "./sweep-part.ts";

/** Sweeps come more often than that. */
const WITHIN: Duration = parseDuration("1d");

/** Those of which a scanner found or took back something after they were judged, and no event told of it. */
export type UntoldAmong = (records: readonly ImageRecord[]) => Promise<readonly ImageRecord[]>;

/** Scanners are asked once, and only of a repository that has something to compare: what changed in all of a registry would have to be read anew by each sweep that goes on with another. */
export function openUntold(deps: Pick<GateDeps, "findings" | "log">, repository: RepositoryKey, sweeping: Sweeping): UntoldAmong {
  let changes: ReturnType<typeof changesIn> | undefined;
  return async (records) => {
    // What is held is looked at no more by some scanners, which then take back all that they found.
    const judged = records.filter(({ hold, verdict }) => hold.kind === "free" && verdict !== undefined);
    if (judged.length === 0) return [];
    changes ??= changesIn(deps, repository, sweeping);
    const changedAt = await changes;
    return judged.filter(({ key, verdict }) => verdict !== undefined && verdict.judgedAt < (changedAt.get(key.digest) ?? verdict.judgedAt));
  };
}

/** When each changed last. What was told before a fault counts. */
async function changesIn(
  { findings, log }: Pick<GateDeps, "findings" | "log">,
  repository: RepositoryKey,
  { now, signal }: Sweeping,
): Promise<ReadonlyMap<Digest, Instant>> {
  const latest = new Map<Digest, Instant>();
  const since = instant(now - WITHIN);
  for (const source of findings)
    try {
      for await (const { digest, at } of source.changedSince?.(repository, since, signal) ?? [])
        if ((latest.get(digest) ?? 0) < at) latest.set(digest, at);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      log.warn("A sweep could not ask for all findings that changed.", { ...repository, code: error.code, why: error.message });
    }
  return latest;
}
