import type { FindingsEvidence } from "../../domain/evidence.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { add, type Duration, instant, parseDuration } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { FindingsSource } from "../../ports/findings-source.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import { type Access, accessOf, type Surroundings, USUAL } from "./access.ts";
import { describedFindings } from "./findings-basic.ts";
import { changedFindings } from "./findings-changed.ts";
import { enhancedFindings } from "./findings-enhanced.ts";
import { openScanType } from "./scan-type.ts";
import { openService } from "./services.ts";

/** Whoever was pushed so lately may not have met the scanner yet. */
const MEETS_SCANNER_WITHIN: Duration = parseDuration("1h");

/**
 * What the registry's own scanner found: ECR's basic scanning, or Inspector's. Asked by digest; what is not known is told as what it is, for no
 * list of findings that is empty says that somebody looked.
 */
export function openFindings({ host, aws }: Pick<RegistrySettings, "host" | "aws">, surroundings: Surroundings = USUAL): FindingsSource {
  const { scanned, changedSince } = openScanned(accessOf(host, aws), surroundings);
  return {
    id: "ecr",
    async facts({ image, isIndex }, signal) {
      // An index is as good as what it names: that is asked for one by one.
      const findings = isIndex === true ? ({ kind: "absent", why: "ECR scans no index" } as const) : await scanned(image, signal);
      return { findings, content: [], inventory: { kind: "absent" }, vex: [], attestations: [] };
    },
    changedSince,
  };
}

interface Scanned extends Required<Pick<FindingsSource, "changedSince">> {
  readonly scanned: (image: ImageKey, signal?: AbortSignal) => Promise<FindingsEvidence>;
}

function openScanned(access: Access, surroundings: Surroundings): Scanned {
  const { clock } = surroundings.retry;
  const ask = openService(access, surroundings, async (config) => (await import("./scan-calls.ts")).scanCalls(config));
  const inspect = openService(access, surroundings, async (config) => (await import("./inspector-calls.ts")).inspectorCalls(config));
  const scanType = openScanType(ask, clock);
  const inspector = { place: access.place, ask: inspect, now: () => clock.now() };

  async function enhanced(image: ImageKey, signal?: AbortSignal): Promise<FindingsEvidence | "none"> {
    try {
      const found = await enhancedFindings(inspector, image, signal);
      return found === "not-covered" ? "none" : found;
    } catch (error) {
      if (!(error instanceof AdapterError) || error.code !== "forbidden") throw error;
      return withNote(await describedFindings(ask, image, true, signal), error.message);
    }
  }

  /** No scan is there: nobody looks at this image, or nobody has yet. */
  async function neverScanned({ repository, digest }: ImageKey, signal?: AbortSignal): Promise<FindingsEvidence> {
    const pushedAt = await ask(`the image ${digest}`, (calls, options) => calls.pushedAt(repository, digest, options), signal);
    const isNew = pushedAt !== undefined && clock.now() < add(instant(pushedAt.getTime()), MEETS_SCANNER_WITHIN);
    if (isNew) return { kind: "pending", why: "it was pushed lately, and the registry's scanner does not know it yet" };
    return { kind: "absent", why: "the registry's scanner does not know it" };
  }

  return {
    async scanned(image, signal) {
      const isEnhanced = (await scanType(signal)) === "ENHANCED";
      try {
        const found = isEnhanced ? await enhanced(image, signal) : await describedFindings(ask, image, false, signal);
        return found === "none" ? await neverScanned(image, signal) : found;
      } catch (error) {
        if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
        return { kind: "absent", why: "the registry does not have it there: nobody scans it" };
      }
    },
    // What basic scanning found, it found when it was asked to look.
    async *changedSince({ repository }, since, signal) {
      if ((await scanType(signal)) === "ENHANCED") yield* changedFindings(inspector, repository, since, signal);
    },
  };
}

/** ECR's own list of what Inspector found says nothing of attacks. */
function withNote(found: FindingsEvidence | "none", why: string): FindingsEvidence | "none" {
  if (found === "none") return found;
  const note = `Inspector itself could not be asked: ${why}`;
  if (found.kind === "reported") return { ...found, notes: [...(found.notes ?? []), note] };
  return { ...found, why: [found.why, note].filter((each) => each !== undefined).join("; ") };
}
