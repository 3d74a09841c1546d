import { matchesWildcard } from "./registry.ts";
import type { RepositorySettings } from "./repository.ts";

/** Whether a tag, once set, stays where it points. */
export function isImmutable({ imageTagMutability, imageTagMutabilityExclusionFilters = [] }: RepositorySettings, tag: string): boolean {
  const isExcluded = imageTagMutabilityExclusionFilters.some(({ filter }) => matchesWildcard(filter, tag));
  switch (imageTagMutability) {
    case "MUTABLE":
      return false;
    case "IMMUTABLE":
      return true;
    case "IMMUTABLE_WITH_EXCLUSION":
      return !isExcluded;
    case "MUTABLE_WITH_EXCLUSION":
      return isExcluded;
  }
}
