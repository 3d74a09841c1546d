import type { Tag } from "../../domain/image-ref.ts";
import type { RepositoryDetail } from "./calls.ts";

type TagSettings = Pick<RepositoryDetail, "imageTagMutability" | "imageTagMutabilityExclusionFilters">;

/** Whether a tag, once there, may not be moved. A filter has `*` for any characters. */
export function isImmutable({ imageTagMutability, imageTagMutabilityExclusionFilters = [] }: TagSettings, tag: Tag): boolean {
  const isExcluded = imageTagMutabilityExclusionFilters.some(({ filter = "" }) => matchesFilter(filter, tag));
  switch (imageTagMutability) {
    case "IMMUTABLE":
      return true;
    case "IMMUTABLE_WITH_EXCLUSION":
      return !isExcluded;
    case "MUTABLE_WITH_EXCLUSION":
      return isExcluded;
    default:
      return false;
  }
}

/** How many of the tags that a pattern means may not be moved, as far as one filter alone tells. `*` in a pattern is fitted only by a `*` of a filter. */
export function frozen(
  { imageTagMutability, imageTagMutabilityExclusionFilters = [] }: TagSettings,
  pattern: string,
): "all" | "some" | "none" {
  const isExcluded = imageTagMutabilityExclusionFilters.some(({ filter = "" }) => matchesFilter(filter, pattern));
  const rest = pattern.includes("*") ? "some" : undefined;
  switch (imageTagMutability) {
    case "IMMUTABLE":
      return "all";
    case "IMMUTABLE_WITH_EXCLUSION":
      return isExcluded ? "none" : (rest ?? "all");
    case "MUTABLE_WITH_EXCLUSION":
      return isExcluded ? "all" : (rest ?? "none");
    default:
      return "none";
  }
}

/** Part by part, without going back: filters are somebody else's. */
export function matchesFilter(filter: string, text: string): boolean {
  const [first = "", ...rest] = filter.split("*");
  if (!text.startsWith(first)) return false;
  const last = rest.pop();
  if (last === undefined) return text === first;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}
