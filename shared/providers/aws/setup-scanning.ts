import type { Repository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import { printDuration } from "../../domain/time.ts";
import type { SetupDemand } from "../../ports/registry-setup.ts";

/** Whether the registry looks at images as often as the policy asks. `frequency` as ECR says it: MANUAL also where nothing looks at all. */
export function lookAtScanning(repository: Repository, frequency: string, { askedOf }: SetupDemand): readonly SetupFinding[] {
  const { scan, scanMaxAge } = askedOf(repository);
  const places = [`scanning of ${repository}`];
  const [state, unless] =
    scan === "required" ? (["mend", ""] as const) : (["unknown", "; whether reports come otherwise is not known"] as const);
  if (scan === "none") return [];
  if (frequency === "MANUAL")
    return [
      {
        code: "scan-off",
        places,
        state,
        fact: `nothing scans what is pushed, and the policy asks for the report of a scan${unless}`,
        next: "aws ecr put-registry-scanning-configuration with a rule for the repository, or take registry out of findings.trustReports",
      },
    ];
  if (frequency === "SCAN_ON_PUSH" && scanMaxAge !== undefined)
    return [
      {
        code: "scan-once",
        places,
        state,
        fact: `images are scanned once, as they are pushed, and the policy asks for a scan of the last ${printDuration(scanMaxAge)}${unless}`,
        next: "let a rule of enhanced scanning be CONTINUOUS_SCAN",
      },
    ];
  return [];
}
