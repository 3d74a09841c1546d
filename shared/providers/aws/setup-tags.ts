import type { SetupFinding } from "../../domain/setup-finding.ts";
import type { SetupDemand } from "../../ports/registry-setup.ts";
import { frozen } from "./mutability.ts";
import type { RepositoryDetail } from "./setup-calls.ts";

/** Whether the gate can move the tags that the policy has it move. Marks are tags of their own, and a hold moves none. */
export function lookAtTags(
  place: string,
  settings: Pick<RepositoryDetail, "imageTagMutability" | "imageTagMutabilityExclusionFilters">,
  { movedTags, enforces }: SetupDemand,
): readonly SetupFinding[] {
  if (!enforces) return [];
  const all = movedTags.filter((tag) => frozen(settings, tag) === "all");
  const some = movedTags.filter((tag) => frozen(settings, tag) === "some");
  const next = "let the repository exclude the tags that the gate moves: IMMUTABLE_WITH_EXCLUSION";
  return [
    ...(all.length === 0
      ? []
      : [
          {
            code: "tags-frozen",
            places: [place],
            state: "mend",
            fact: `the policy moves ${all.join(", ")}, and the tag cannot be moved there`,
            next,
          } as const,
        ]),
    ...(some.length === 0
      ? []
      : [
          {
            code: "tags-frozen",
            places: [place],
            state: "unknown",
            fact: `the policy moves ${some.join(", ")}; some tags of that form cannot be moved there`,
            next,
          } as const,
        ]),
  ];
}
