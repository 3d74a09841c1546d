import type { Verb } from "./verb.ts";
import { brakeVerbs } from "./verbs-brake.ts";
import { gateVerbs } from "./verbs-gate.ts";
import { haltVerbs } from "./verbs-halt.ts";
import { imageVerbs } from "./verbs-image.ts";
import { policyVerbs } from "./verbs-policy.ts";
import { proposalVerbs } from "./verbs-proposal.ts";
import { takeOverVerbs } from "./verbs-takeover.ts";
import { trustVerbs } from "./verbs-trust.ts";
import { undoVerbs } from "./verbs-undo.ts";
import { usageVerbs } from "./verbs-usage.ts";
import { waiverVerbs } from "./verbs-waiver.ts";

/** The only list of verbs, in the order of the help; the code behind each is loaded when it is used. */
export const allVerbs: readonly Verb[] = [
  ...imageVerbs,
  ...undoVerbs,
  ...brakeVerbs,
  ...haltVerbs,
  ...proposalVerbs,
  ...takeOverVerbs,
  ...policyVerbs,
  ...trustVerbs,
  ...usageVerbs,
  ...waiverVerbs,
  ...gateVerbs,
];
