import { attestationRequired } from "./attestation-required.ts";
import { baseImage } from "./built-on.ts";
import { configuration } from "./configuration.ts";
import { exploitProbability } from "./exploit-probability.ts";
import { expression } from "./expression.ts";
import { imageAge } from "./image-age.ts";
import { knownExploited } from "./known-exploited.ts";
import { licence } from "./licence.ts";
import { malware } from "./malware.ts";
import { packageBanned } from "./package-banned.ts";
import { packageRequired } from "./package-required.ts";
import { platformRequired } from "./platform-required.ts";
import { provenance } from "./provenance.ts";
import { registryAllowed } from "./registry-allowed.ts";
import { scanFreshness } from "./scan-freshness.ts";
import { secrets } from "./secrets.ts";
import { severityThreshold } from "./severity-threshold.ts";
import { signatureRequired } from "./signature-required.ts";
import { tagRules } from "./tag-rules.ts";
import { verificationSummary } from "./verification-summary.ts";

/** The only list of rules: a new one is a file and a line here. */
export const rules = {
  "severity-threshold": severityThreshold,
  "known-exploited": knownExploited,
  "exploit-probability": exploitProbability,
  "signature-required": signatureRequired,
  "scan-freshness": scanFreshness,
  "attestation-required": attestationRequired,
  provenance,
  "verification-summary": verificationSummary,
  "base-image": baseImage,
  "image-age": imageAge,
  "package-banned": packageBanned,
  "package-required": packageRequired,
  licence,
  secrets,
  malware,
  configuration,
  "platform-required": platformRequired,
  "tag-rules": tagRules,
  "registry-allowed": registryAllowed,
  expression,
} as const;
