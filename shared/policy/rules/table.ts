import { scanFreshness } from "./scan-freshness.ts";
import { severityThreshold } from "./severity-threshold.ts";
import { signatureRequired } from "./signature-required.ts";

/** The only list of rules: a new one is a file and a line here. */
export const rules = {
  "severity-threshold": severityThreshold,
  "signature-required": signatureRequired,
  "scan-freshness": scanFreshness,
} as const;
