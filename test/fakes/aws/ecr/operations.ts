import { tellTrail } from "../events/trail-events.ts";
import { optionalText } from "../input.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { IMAGE_LIST_OPERATIONS } from "./image-lists.ts";
import { IMAGE_OPERATIONS } from "./images.ts";
import { LIFECYCLE_OPERATIONS } from "./lifecycle.ts";
import { POLICY_OPERATIONS } from "./policies.ts";
import { REGISTRY_OPERATIONS } from "./registry-settings.ts";
import { REPOSITORY_OPERATIONS } from "./repositories.ts";
import { scanFindings } from "./scan-findings.ts";
import { SCANNING_OPERATIONS } from "./scanning.ts";
import { SIGNING_OPERATIONS } from "./signing.ts";

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...REPOSITORY_OPERATIONS,
  ...IMAGE_LIST_OPERATIONS,
  ...IMAGE_OPERATIONS,
  ...SCANNING_OPERATIONS,
  DescribeImageScanFindings: scanFindings,
  ...POLICY_OPERATIONS,
  ...LIFECYCLE_OPERATIONS,
  ...REGISTRY_OPERATIONS,
  ...SIGNING_OPERATIONS,
};

export const ECR_OPERATIONS: readonly string[] = Object.keys(OPERATIONS);

/** What changes something is in the trail; PutImage is told where images arrive, for most of them come through the other face. */
const CHANGES = /^(Create|Delete|Put|Set|BatchDelete|Update|Register|Start)/;

/** @returns undefined where there is no such operation here. @throws AwsRefusal */
export function answerEcr(name: string, call: Call): Answer | undefined {
  const operation = OPERATIONS[name];
  if (operation === undefined) return undefined;
  const answer = operation(call);
  if (CHANGES.test(name) && name !== "PutImage") {
    const repository = optionalText(call.input, "repositoryName");
    tellTrail(call.world, call.registry, call.principal, {
      operation: name,
      request: call.input,
      // As in the vendor's sample.
      response: name === "UpdateImageStorageClass" ? { image: answer } : answer,
      isInternal: false,
      ...(repository === undefined ? {} : { repository }),
    });
  }
  return answer;
}
