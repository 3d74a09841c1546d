import type { Tag } from "../../domain/image-ref.ts";
import type { RepositoryDetail } from "./calls.ts";

type TagSettings = Pick<RepositoryDetail, "imageTagMutability" | "imageTagMutabilityExclusionFilters">;

/** Whether a tag, once there, may not be moved. A filter has `*` for any characters. */
export function isImmutable({ imageTagMutability, imageTagMutabilityExclusionFilters = [] }: TagSettings, tag: Tag): boolean {
  const isExcluded = imageTagMutabilityExclusionFilters.some(({ filter = "" }) => matches(filter, tag));
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

/** Part by part, without going back: filters are somebody else's. */
function matches(filter: string, text: string): boolean {
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
