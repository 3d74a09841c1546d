import type { Instant } from "../../domain/time.ts";
import { readTime, short } from "../../runtime/lenient.ts";
import type { Discovery, Occurrence } from "./schema.ts";

/** How far the scan is; `untold` where there is no DISCOVERY occurrence. */
export type State =
  | {
      readonly kind: "complete" | "untold";
      readonly scannedAt: Instant | "unknown";
      readonly databaseAt: Instant | "unknown";
      readonly notes: readonly string[];
    }
  | { readonly kind: "pending" | "failed" | "unsupported"; readonly why: string };

/** Of several discoveries the one that most speaks against a clean image. */
export function readState(occurrences: readonly Occurrence[]): State {
  const discoveries = occurrences.flatMap(({ discovery }) => (discovery?.analysisStatus ? [discovery] : []));
  const [first] = discoveries;
  if (first === undefined) return { kind: "untold", scannedAt: "unknown", databaseAt: "unknown", notes: [UNTOLD] };
  for (const kind of ["failed", "pending", "unsupported"] as const) {
    const such = discoveries.find((discovery) => kindOf(discovery) === kind);
    if (such !== undefined) return { kind, why: `Container Analysis says ${short(such.analysisStatus, 100)}` };
  }
  return {
    kind: "complete",
    scannedAt: readTime(first.lastScanTime) ?? "unknown",
    databaseAt: readTime(first.lastVulnerabilityUpdateTime) ?? "unknown",
    notes: discoveries.some(({ continuousAnalysis }) => continuousAnalysis === "INACTIVE") ? [INACTIVE] : [],
  };
}

const UNTOLD = "there is no DISCOVERY occurrence: it is not known whether the scan was complete";
const INACTIVE = "Container Analysis does not look at the image any more (continuous analysis is INACTIVE)";

// FINISHED_SUCCESS and COMPLETE are two names of one state. A word that we do not know does not say that the scan was successful.
function kindOf({ analysisStatus }: Discovery): "complete" | "pending" | "failed" | "unsupported" {
  switch (analysisStatus) {
    case "FINISHED_SUCCESS":
    case "COMPLETE":
      return "complete";
    case "PENDING":
    case "SCANNING":
      return "pending";
    case "FINISHED_UNSUPPORTED":
      return "unsupported";
    default:
      return "failed";
  }
}
