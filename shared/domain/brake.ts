import type { Duration } from "./time.ts";

/** Images that no run holds without asking: globs of repository and tag; without a tag, all of the repository's. */
export interface ProtectedImages {
  readonly repository: string;
  readonly tag?: string;
}

/** What one run may hold before it stops and asks. */
export interface BrakeLimits {
  readonly images: number;
  /** In the hour before, over all runs. */
  readonly perHour: number;
  /** Percent of the images that a repository serves. */
  readonly ofRepository: number;
  /** Whether it stops before the last image with a tag is taken from a repository. */
  readonly lastTag: boolean;
  /** Whether it stops where no other image with a tag that complies would be left in the repository. */
  readonly lastCompliant: boolean;
  /** Whether it stops before what somebody pulled within this time. */
  readonly pulledWithin: Duration | "off";
  readonly protected: readonly ProtectedImages[];
}

/** As it is written in the settings. */
export function printProtected({ repository, tag }: ProtectedImages): string {
  return tag === undefined ? repository : `${repository}:${tag}`;
}
