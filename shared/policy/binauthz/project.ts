import { placeOfImages } from "./patterns.ts";
import type { AdmissionRule, ProjectPolicy } from "./shape.ts";
import { nameOf, type Taken } from "./taken.ts";

const KNOWN = [
  "name",
  "description",
  "globalPolicyEvaluationMode",
  "admissionWhitelistPatterns",
  "defaultAdmissionRule",
  "clusterAdmissionRules",
  "kubernetesNamespaceAdmissionRules",
  "kubernetesServiceAccountAdmissionRules",
  "istioServiceIdentityAdmissionRules",
  "updateTime",
  "etag",
];
/** Whom a rule is for, by the map that it stands in. */
const NARROWER = {
  clusterAdmissionRules: "the cluster",
  kubernetesNamespaceAdmissionRules: "the namespace",
  kubernetesServiceAccountAdmissionRules: "the service account",
  istioServiceIdentityAdmissionRules: "the Istio identity",
} as const;

/** Takes over what the policy of a project demands of every image. */
export function takeProject(policy: ProjectPolicy, taken: Taken): void {
  const { defaultAdmissionRule: rule } = policy;
  taken.explained.push(`By default: ${explainRule(rule)}.`);
  takeDefault(rule, policy, taken);
  takeExemptions(policy, taken);
  for (const [map, whose] of Object.entries(NARROWER) as [keyof typeof NARROWER, string][]) {
    for (const [key, narrower] of Object.entries(policy[map])) {
      taken.explained.push(`For ${whose} ${key}: ${explainRule(narrower)}.`);
      taken.leaveOut([map, key], `${whose} ${key}: an image is judged in its registry, wherever it runs`);
    }
  }
  taken.leaveUnknown([], policy, KNOWN);
}

function explainRule({ evaluationMode, enforcementMode, requireAttestationsBy }: AdmissionRule): string {
  const logged = enforcementMode === "DRYRUN_AUDIT_LOG_ONLY" ? ", and what is against it is only logged" : "";
  switch (evaluationMode) {
    case "ALWAYS_ALLOW":
      return "every image may run";
    case "ALWAYS_DENY":
      return `no image may run${logged}`;
    case "REQUIRE_ATTESTATION":
      return `an image may run that all of these have attested: ${requireAttestationsBy.join(", ") || "nobody"}${logged}`;
    default:
      return `a mode that is not known: ${JSON.stringify(evaluationMode)}`;
  }
}

function takeDefault(rule: AdmissionRule, policy: ProjectPolicy, taken: Taken): void {
  const path = ["defaultAdmissionRule"];
  taken.leaveUnknown(path, rule, ["evaluationMode", "enforcementMode", "requireAttestationsBy"]);
  switch (rule.evaluationMode) {
    case "ALWAYS_ALLOW":
      return;
    case "REQUIRE_ATTESTATION":
      return takeAttestors(rule, taken);
    case "ALWAYS_DENY":
      return takeDenial(rule, policy, taken);
    default:
      return taken.leaveOut([...path, "evaluationMode"], `the mode ${JSON.stringify(rule.evaluationMode)} is not known`);
  }
}

const ATTESTOR = /^projects\/[a-z][-a-z0-9.:]{0,62}\/attestors\/([^/\s]{1,256})$/;

function takeAttestors({ requireAttestationsBy, enforcementMode }: AdmissionRule, taken: Taken): void {
  const path = ["defaultAdmissionRule", "requireAttestationsBy"];
  const known = requireAttestationsBy.filter((attestor) => ATTESTOR.test(attestor));
  // Without one of them the rule would be a milder one.
  if (known.length === 0 || known.length < requireAttestationsBy.length)
    return taken.leaveOut(path, "not every attestor is written as projects/PROJECT/attestors/NAME, so the rule is left out whole");
  const signers = [...new Set(known)].map((attestor) => {
    const name = taken.name(ATTESTOR.exec(attestor)?.[1] ?? "attestor");
    taken.attestors.push({ name, attestor });
    return name;
  });
  taken.rules.push({
    id: taken.name("attested"),
    rule: "signature-required",
    level: levelOf(enforcementMode),
    signers,
    need: "all",
    formats: ["binauthz"],
  });
}

function levelOf(enforcementMode: string): "warn" | "enforce" {
  return enforcementMode === "DRYRUN_AUDIT_LOG_ONLY" ? "warn" : "enforce";
}

/** Nothing but the exempt images may run: they are the places that are allowed. */
function takeDenial({ enforcementMode }: AdmissionRule, { admissionWhitelistPatterns }: ProjectPolicy, taken: Taken): void {
  const places = admissionWhitelistPatterns.map(({ namePattern }) => placeOfImages(namePattern)).filter((place) => place !== undefined);
  if (places.length === 0)
    return taken.leaveOut(
      ["defaultAdmissionRule", "evaluationMode"],
      "denying every image has no counterpart: nothing could be pulled any more",
    );
  taken.rules.push({ id: taken.name("allowed-places"), rule: "registry-allowed", level: levelOf(enforcementMode), places });
}

function takeExemptions(
  { admissionWhitelistPatterns, globalPolicyEvaluationMode, defaultAdmissionRule }: ProjectPolicy,
  taken: Taken,
): void {
  if (globalPolicyEvaluationMode === "ENABLE") {
    taken.explained.push("Images of Google's own system policy may run in any case.");
    taken.leaveOut(["globalPolicyEvaluationMode"], "which images those are is Google's to say, and is not known here");
  }
  const isDenial = defaultAdmissionRule.evaluationMode === "ALWAYS_DENY";
  for (const [index, { namePattern }] of admissionWhitelistPatterns.entries()) {
    taken.explained.push(`Exempt: ${namePattern}.`);
    const path = ["admissionWhitelistPatterns", index];
    if (!isDenial) leaveExemption(path, namePattern, taken);
    else if (placeOfImages(namePattern) === undefined) taken.leaveOut(path, `${namePattern} cannot be written as registry and repository`);
  }
}

/** A rule here selects what it is for; what it is not for stands in a narrower file. */
export function leaveExemption(path: readonly (string | number)[], pattern: string, taken: Taken): void {
  const place = placeOfImages(pattern);
  const scope = place === undefined ? "a scope for it" : `scope: { registry: ${place.registry}, repository: ${place.repository} }`;
  taken.leaveOut(
    path,
    `${pattern} is exempt; if it is in a registry that the gate watches, write a narrower file with ${scope} and the same ids`,
  );
}

/** Name of the policy in Moorgate. */
export function policyName(name: string): string {
  const [, project, , , policy] = /^projects\/([^/]+)\/(policy$|platforms\/([^/]+)\/policies\/([^/]+)$)/.exec(name) ?? [];
  return nameOf(["binauthz", project, policy].filter((part) => part !== undefined).join("-"));
}
