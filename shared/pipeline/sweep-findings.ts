import type { ImageRecord } from "../domain/image-record.ts";
import { printImageKey, type RegistryHost } from "../domain/image-ref.ts";
import { type Duration, type Instant, instant, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { GateDeps } from "./deps.ts";
import type { Sweeping } from "./sweep-part.ts";

/** Sweeps come more often than that, and a scanner tells of a day's changes in some hundred calls. */
const WITHIN: Duration = parseDuration("1d");

/** Whether a scanner found or took back something after an image was judged, and no event told of it. */
export type IsUntold = (record: ImageRecord) => boolean;

export async function openUntold(deps: Pick<GateDeps, "findings" | "log">, registry: RegistryHost, sweeping: Sweeping): Promise<IsUntold> {
  const changedAt = await changesIn(deps, registry, sweeping);
  // What is held is looked at no more by some scanners, which then take back all that they found.
  return ({ key, hold, verdict }) =>
    hold.kind === "free" && verdict !== undefined && verdict.judgedAt < (changedAt.get(printImageKey(key)) ?? verdict.judgedAt);
}

/** By image, when it changed last. What was told before a fault counts. */
async function changesIn(
  { findings, log }: Pick<GateDeps, "findings" | "log">,
  registry: RegistryHost,
  { now, signal }: Sweeping,
): Promise<ReadonlyMap<string, Instant>> {
  const latest = new Map<string, Instant>();
  const since = instant(now - WITHIN);
  for (const source of findings)
    try {
      for await (const { image, at } of source.changedSince?.(registry, since, signal) ?? []) {
        const name = printImageKey(image);
        if ((latest.get(name) ?? 0) < at) latest.set(name, at);
      }
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      log.warn("A sweep could not ask for all findings that changed.", { registry, code: error.code, why: error.message });
    }
  return latest;
}
