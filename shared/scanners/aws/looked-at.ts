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
