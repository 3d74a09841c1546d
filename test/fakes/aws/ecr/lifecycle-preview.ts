import type { StoredImage } from "../state/image.ts";
import { matchesWildcard } from "../state/registry.ts";
import { type RepositoryState, tagsOf } from "../state/repository.ts";
import type { LifecycleRule } from "./lifecycle-rules.ts";

export interface Previewed {
  readonly image: StoredImage;
  readonly tags: readonly string[];
  readonly rule: LifecycleRule;
}

const DAY_MS = 86_400_000;

/** What the rules would do now; an image belongs to the first rule that chooses it. */
export function preview(repository: RepositoryState, rules: readonly LifecycleRule[], now: number): readonly Previewed[] {
  const taken = new Set<string>();
  const found: Previewed[] = [];
  for (const rule of rules) {
    const chosen = [...repository.images.values()]
      .filter(({ digest }) => !taken.has(digest))
      .filter((image) => isSelected(rule, image, tagsOf(repository, image.digest)));
    for (const { digest } of chosen) taken.add(digest);
    for (const image of overdue(rule, chosen, now)) found.push({ image, tags: tagsOf(repository, image.digest), rule });
  }
  return found;
}

/** Every pattern has to match, each by any of the tags. */
function isSelected({ selection }: LifecycleRule, image: StoredImage, tags: readonly string[]): boolean {
  const { tagStatus, tagPatternList = [], tagPrefixList = [], storageClass = "standard" } = selection;
  if ((image.status === "ARCHIVED") !== (storageClass === "archive")) return false;
  if (tagStatus === "untagged") return tags.length === 0;
  if (tagStatus === "any") return true;
  const patterns = [...tagPatternList, ...tagPrefixList.map((prefix) => `${prefix}*`)];
  return tags.length > 0 && patterns.every((pattern) => tags.some((tag) => matchesWildcard(pattern, tag)));
}

/** A restore makes an image young again. */
function overdue({ selection }: LifecycleRule, chosen: readonly StoredImage[], now: number): readonly StoredImage[] {
  const { countType, countNumber } = selection;
  const born = ({ pushedAt, activatedAt }: StoredImage): number => Math.max(pushedAt, activatedAt ?? 0);
  const isOld = (at: number): boolean => now - at > countNumber * DAY_MS;
  switch (countType) {
    case "imageCountMoreThan":
      return chosen.toSorted((a, b) => born(b) - born(a)).slice(countNumber);
    case "sinceImagePushed":
      return chosen.filter((image) => isOld(born(image)));
    case "sinceImagePulled":
      return chosen.filter((image) => isOld(Math.max(born(image), image.pulledAt ?? 0)));
    case "sinceImageTransitioned":
      return chosen.filter(({ archivedAt }) => archivedAt !== undefined && isOld(archivedAt));
  }
}
