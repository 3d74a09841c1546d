import { lookUp } from "../../domain/look-up.ts";

interface Status {
  readonly statusCode?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Whether Inspector has looked at the image, and goes on to. While it has not yet, or stopped to, what it does not tell is not known (service model
 * inspector2, ScanStatus).
 */
export function isLookedAt(status: Status | null | undefined): boolean {
  return status?.statusCode === "ACTIVE" && status.reason === "SUCCESSFUL";
}

/** Why Inspector does not look at an image; `refused`: it may not. */
export type Unlooked = "pending" | "unsupported" | "refused" | "failed";

// Service model inspector2, ScanStatusReason.
const REASONS: Readonly<Record<string, Unlooked>> = {
  PENDING_INITIAL_SCAN: "pending",
  PENDING_REVIVAL_SCAN: "pending",
  SCAN_IN_PROGRESS: "pending",
  // Nothing that Inspector could do differently the next time: the image is not of a kind that it reads, or it was told to pass over it.
  IMAGE_ARCHIVED: "unsupported",
  IMAGE_SIZE_EXCEEDED: "unsupported",
  INVALID_ARTIFACT: "unsupported",
  EXCLUDED_BY_TAG: "unsupported",
  NO_INVENTORY: "unsupported",
  NO_RESOURCES_FOUND: "unsupported",
  SCAN_FREQUENCY_MANUAL: "unsupported",
  ACCESS_DENIED: "refused",
  ACCESS_DENIED_TO_ENCRYPTION_KEY: "refused",
};

/** Of a status that is not looked at. A reason that is not known here is a failure: it does not say that the scan was successful. */
export function whyUnlooked(reason: string): Unlooked {
  return lookUp(REASONS, reason) ?? (reason.startsWith("UNSUPPORTED_") ? "unsupported" : "failed");
}
