import type { AwsEvent } from "./events/aws-event.ts";
import type { StoredImage } from "./state/image.ts";
import type { RegistryState } from "./state/registry.ts";
import type { ScanOutcome } from "./state/scan.ts";

/** How the vendor behaves where it is not the same each time. Set at any moment. */
export interface Controls {
  /** How long a restore from the archive takes. 20 minutes at most, says the vendor. */
  restoreForMs: number;
  /** Instead of a time: how many looks at a restored image still find it ACTIVATING. */
  restoreLooks: number;
  scanForMs: number;
  replicateForMs: number;
  signForMs: number;
  /** How many calls of DescribeImages after a change of a repository still show it as it was. */
  describeLag: number;
  /** How often findings are asked for in vain after a scan is complete (seen with enhanced scanning). */
  emptyFindingsLooks: number;
  /** How often a lifecycle preview is still in progress. */
  previewLooks: number;
  /** PutImage calls a second before it throttles: 10 at the vendor. Absent: as many as come. */
  putImagePerSecond: number | undefined;
  /** What BatchGetImage calls an archived image; which of the two the vendor says is not documented. */
  archivedFailure: "ImageNotFound" | "ImageInaccessible";
  /** What the scanner of the registry finds in an image. */
  scanner: (image: StoredImage, repository: string) => ScanOutcome;
  /** What becomes of a managed signature. */
  signer: (
    image: StoredImage,
  ) => { readonly status: "COMPLETE" } | { readonly status: "FAILED"; readonly code: string; readonly reason: string };
}

export function defaultControls(): Controls {
  return {
    restoreForMs: 0,
    restoreLooks: 0,
    scanForMs: 0,
    replicateForMs: 0,
    signForMs: 0,
    describeLag: 0,
    emptyFindingsLooks: 0,
    previewLooks: 0,
    putImagePerSecond: undefined,
    archivedFailure: "ImageNotFound",
    scanner: () => ({ kind: "found", vulnerabilities: [] }),
    signer: () => ({ status: "COMPLETE" }),
  };
}

/** Who calls. */
export interface Principal {
  readonly arn: string;
  readonly account: string;
  /** The role behind a session. */
  readonly roleArn?: string;
}

/** What all parts of the fake share. */
export interface World {
  readonly controls: Controls;
  /** Milliseconds since 1970. */
  now(): number;
  tell(event: AwsEvent): void;
  /** Does something once its time has come: at the next call, or when the clock is put forward. */
  later(afterMs: number, work: () => void | Promise<void>): void;
  registry(account: string, region: string): RegistryState;
}
