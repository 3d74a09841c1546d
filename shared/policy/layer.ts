import type { Selector } from "./fit.ts";

/** How narrow a file of a policy is: for everything, for a registry, for a repository, for a label or team. */
export const RANKS = ["organisation", "registry", "repository", "team"] as const;
export type Rank = (typeof RANKS)[number];

/** One file of a policy, and the images that its rules are for. */
export interface Layer {
  readonly file: string;
  readonly name: string;
  readonly rank: Rank;
  readonly scope: Selector;
}

export function rankOf({ registry, repository, tag, labels, team }: Selector): Rank {
  if (labels !== undefined || team !== undefined) return "team";
  if (repository !== undefined || tag !== undefined) return "repository";
  return registry === undefined ? "organisation" : "registry";
}
