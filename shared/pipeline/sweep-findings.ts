import { printImageKey, type RegistryHost } from "../domain/image-ref.ts";
import { type Duration, instant, parseDuration } from "../domain/time.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ChangedFindings } from "../ports/findings-source.ts";
import { inPages } from "../ports/in-pages.ts";
import type { GateDeps } from "./deps.ts";
import type { Sweeping } from "./sweep-part.ts";
import { type DueWork, rejudge } from "./work.ts";

/** Sweeps come more often than that, and a scanner tells of a day's changes in some hundred calls. */
const WITHIN: Duration = parseDuration("1d");
const AT_ONCE = 20;

/** What a scanner found or took back after an image was judged, and that no event told of. */
export async function queueChangedFindings(deps: GateDeps, registry: RegistryHost, sweeping: Sweeping): Promise<void> {
  const { counts, now } = sweeping;
  for await (const some of inPages(await changedIn(deps, registry, sweeping), AT_ONCE)) {
    const work = (await Promise.all(some.map((each) => workFor(deps, each, sweeping)))).flat();
    if (work.length > 0) await deps.queue.put(work, now);
    counts.missed += work.length;
    counts.queued += work.length;
  }
}

/** Each image once, as of its last change. What was told before a fault counts. */
async function changedIn(
  { findings, log }: GateDeps,
  registry: RegistryHost,
  { now, signal }: Sweeping,
): Promise<Iterable<ChangedFindings>> {
  const latest = new Map<string, ChangedFindings>();
  const since = instant(now - WITHIN);
  for (const source of findings)
    try {
      for await (const each of source.changedSince?.(registry, since, signal) ?? []) {
        const name = printImageKey(each.image);
        if ((latest.get(name)?.at ?? 0) < each.at) latest.set(name, each);
      }
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      log.warn("A sweep could not ask for all findings that changed.", { registry, code: error.code, why: error.message });
    }
  return latest.values();
}

async function workFor({ ledger }: GateDeps, { image, at }: ChangedFindings, { now, runs }: Sweeping): Promise<readonly DueWork[]> {
  const record = await ledger.image(image);
  // What is held is looked at no more by some scanners, which then take back all that they found.
  const isJudged = record?.presence === "present" && record.hold.kind === "free" && record.verdict !== undefined;
  return isJudged && record.verdict.judgedAt < at ? [rejudge(image, "sweep", now, await runs.ofSweep())] : [];
}
