import { add, type Duration, type Instant, parseDuration, printInstant } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { TrustRootStatus } from "../ports/gate-status.ts";
import type { Log } from "../ports/log.ts";
import { readKept } from "./kept.ts";
import { folderOf, type Mirror, sourceOf } from "./mirror.ts";
import { updateMirror } from "./update.ts";

/** The trusted roots that a policy takes from mirrors, kept in a folder that several processes may share. */
export interface TrustRoots {
  /** Asks each mirror of which nothing was read yet. @throws AdapterError of the first that gives nothing */
  begin(now: Instant, signal?: AbortSignal): Promise<void>;
  /** Asks each mirror whose time has come. Keeps the last good root on any fault. */
  refresh(now: Instant, signal?: AbortSignal): Promise<void>;
  status(): readonly TrustRootStatus[];
}

const RETRY: Duration = parseDuration("5m");

interface Trouble {
  readonly why: string;
  readonly retryAt: Instant;
}

/** `mirrors`: those of the policy as it is now. */
export function openTrustRoots({ log }: { readonly log: Log }, keptIn: string, mirrors: () => readonly Mirror[]): TrustRoots {
  const troubles = new Map<string, Trouble>();

  async function renew(mirror: Mirror, now: Instant, signal?: AbortSignal): Promise<void> {
    const folder = folderOf(mirror, keptIn);
    const { name, every } = mirror;
    try {
      await updateMirror(mirror, folder, now, signal);
      troubles.delete(folder);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      if (troubles.get(folder)?.why !== error.message)
        log.warn("A trusted root could not be read from its mirror; the last good one, where there is one, stays in use.", {
          sigstore: name,
          why: error.message,
        });
      troubles.set(folder, { why: error.message, retryAt: add(now, every < RETRY ? every : RETRY) });
      throw error;
    }
  }

  // Once for each end.
  const ended = new Map<string, Instant>();
  function tellOfEnd({ name, url }: Mirror, expiresAt: Instant | undefined, now: Instant): void {
    if (expiresAt === undefined || expiresAt >= now || ended.get(name) === expiresAt) return;
    ended.set(name, expiresAt);
    log.error("A mirror's word for a trusted root has ended. The root stays in use; keys withdrawn since then are not known.", {
      sigstore: name,
      source: sourceOf({ url }),
      endedAt: printInstant(expiresAt),
    });
  }

  return {
    async begin(now, signal) {
      for (const mirror of mirrors()) {
        if (readKept(folderOf(mirror, keptIn))?.trustedRoot === undefined) await renew(mirror, now, signal);
      }
    },
    async refresh(now, signal) {
      for (const mirror of mirrors()) {
        const folder = folderOf(mirror, keptIn);
        if (now < dueAt(mirror, folder, troubles.get(folder), now)) continue;
        await renew(mirror, now, signal).catch(ignoreTold);
        tellOfEnd(
          mirror,
          orUndefined(() => readKept(folder)?.expiresAt),
          now,
        );
      }
    },
    status: () => mirrors().map((mirror) => statusOf(mirror, keptIn, troubles.get(folderOf(mirror, keptIn)))),
  };
}

function dueAt({ every }: Mirror, folder: string, trouble: Trouble | undefined, now: Instant): Instant {
  if (trouble !== undefined) return trouble.retryAt;
  const checkedAt = orUndefined(() => readKept(folder)?.checkedAt);
  return checkedAt === undefined ? now : add(checkedAt, every);
}

/** Of a mirror as it is kept, whoever asked it last. */
export function statusOf(mirror: Mirror, keptIn: string, trouble?: Pick<Trouble, "why">): TrustRootStatus {
  const { name } = mirror;
  const source = sourceOf(mirror);
  try {
    const kept = readKept(folderOf(mirror, keptIn));
    return {
      name,
      source,
      isRead: kept?.trustedRoot !== undefined,
      ...(kept?.checkedAt === undefined ? {} : { checkedAt: kept.checkedAt }),
      ...(kept?.expiresAt === undefined ? {} : { expiresAt: kept.expiresAt }),
      ...(trouble === undefined ? {} : { fault: trouble.why }),
    };
  } catch (error) {
    if (error instanceof AdapterError) return { name, source, isRead: false, fault: error.message };
    throw error;
  }
}

/** What is damaged is asked for, which then tells so. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

/** It was logged and stands in the status. */
function ignoreTold(error: unknown): void {
  if (!(error instanceof AdapterError)) throw error;
}
