import type { Repository } from "../../domain/image-ref.ts";
import type { SetupFinding } from "../../domain/setup-finding.ts";
import type { AskedOfRepository, SetupDemand } from "../../ports/registry-setup.ts";
import { matchesFilter } from "./mutability.ts";
import type { EcrPlace } from "./place.ts";
import type { SigningRule } from "./setup-calls.ts";

/** Whether what the registry signs with is what the policy trusts, and the other way round. */
export function lookAtSigning(
  rules: readonly SigningRule[],
  repositories: readonly Repository[],
  place: EcrPlace,
  { askedOf }: SetupDemand,
): readonly SetupFinding[] {
  return repositories.flatMap((repository) => {
    const asked = askedOf(repository);
    if (!asked.notation) return [];
    const profiles = rules.filter((rule) => isFor(rule, repository)).map(({ signingProfileArn = "" }) => signingProfileArn);
    if (profiles.length > 0 && !profiles.some((profile) => isTrusted(profile, asked))) return [notTrusted(repository, profiles)];
    return profiles.length === 0 && isTrustedHere(asked, place) ? [notSetUp(repository)] : [];
  });
}

/** Without a filter every repository is meant. */
function isFor({ repositoryFilters = [] }: SigningRule, repository: Repository): boolean {
  return repositoryFilters.length === 0 || repositoryFilters.some(({ filter = "" }) => matchesFilter(filter, repository));
}

function isTrusted(profile: string, { signingProfiles }: AskedOfRepository): boolean {
  return signingProfiles === "any" || signingProfiles.some((trusted) => trusted === profile || trusted.startsWith(`${profile}/`));
}

/** Profiles sign in their own region alone. */
function isTrustedHere({ signingProfiles }: AskedOfRepository, { region }: EcrPlace): boolean {
  return signingProfiles !== "any" && signingProfiles.some((arn) => arn.includes(`:signer:${region}:`));
}

function notTrusted(repository: Repository, profiles: readonly string[]): SetupFinding {
  return {
    code: "signing-not-trusted",
    places: [`signing of ${repository}`],
    state: "mend",
    fact: `the registry signs with ${profiles.join(", ")}, whose signatures do not count for the policy`,
    next: "name the profile among trustedIdentities in the trust policy of notation, with the store signingAuthority:aws-signer-ts",
  };
}

/** Whoever builds may sign with the profile: nothing here says it. */
function notSetUp(repository: Repository): SetupFinding {
  return {
    code: "signing-not-set-up",
    places: [`signing of ${repository}`],
    state: "unknown",
    fact: "the policy asks for a signature and trusts a profile of this region, and the registry does not sign: whether who pushes does is not known",
    next: "aws ecr put-signing-configuration, or sign with notation where it is built",
  };
}
