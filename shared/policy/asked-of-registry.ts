import type { RegistryHost, Repository } from "../domain/image-ref.ts";
import type { Duration } from "../domain/time.ts";
import type { Policy, PolicyRule, RuleKind } from "./document.ts";
import type { Selector, Team } from "./fit.ts";
import { matchesGlob } from "./select.ts";

/** A repository, whatever image is in it. */
export interface Shelf {
  readonly registry: RegistryHost;
  readonly repository: Repository;
}

// Rules that know nothing of an image which nobody scanned. Of expressions that is not known.
const OF_SCANS: readonly RuleKind[] = ["severity-threshold", "known-exploited", "exploit-probability", "scan-freshness"];

/** Whether some image of a repository needs a report of the registry's own scanner. `perhaps`: reports that come otherwise count as well. */
export function scanAsked(policy: Policy, shelf: Shelf): "required" | "perhaps" | "none" {
  const { trustReports } = policy.findings;
  if (!trustReports.includes("registry") || !rulesOn(policy, shelf).some(({ rule }) => OF_SCANS.includes(rule))) return "none";
  return trustReports.every((from) => from === "registry") ? "required" : "perhaps";
}

/** The least age that a rule sets for the scans of some image of a repository. */
export function scanAgeAsked(policy: Policy, shelf: Shelf): Duration | undefined {
  const ages = rulesOn(policy, shelf).flatMap((rule) => (rule.rule === "scan-freshness" ? [rule.maxAge] : []));
  return ages.toSorted((a, b) => a - b)[0];
}

/** Whether some image of a repository needs a signature that the Notary Project's tools make. */
export function notationAsked(policy: Policy, shelf: Shelf): boolean {
  return rulesOn(policy, shelf).some((rule) => rule.rule === "signature-required" && rule.formats.includes("notation"));
}

/** Whether some image of a repository needs a signature, of whatever kind. */
export function signatureAsked(policy: Policy, shelf: Shelf): boolean {
  return rulesOn(policy, shelf).some(({ rule }) => rule === "signature-required");
}

/** Rules that can be for an image of a repository: by its tags and labels it may be for them. */
function rulesOn({ rules, teams }: Policy, shelf: Shelf): readonly PolicyRule[] {
  return rules.filter(({ select, layer }) =>
    [select, ...(layer === undefined ? [] : [layer.scope])].every((each) => mayFit(each, teams, shelf)),
  );
}

function mayFit({ registry, repository, team }: Selector, teams: readonly Team[], shelf: Shelf): boolean {
  const fits = (patterns: readonly string[] | undefined, text: string): boolean =>
    patterns === undefined || patterns.some((pattern) => matchesGlob(pattern, text));
  const meant = team === undefined ? [] : teams.filter(({ name }) => team.includes(name));
  const ofTeam = team === undefined || meant.some((each) => fits(each.registry, shelf.registry) && fits(each.repository, shelf.repository));
  return ofTeam && fits(registry, shelf.registry) && fits(repository, shelf.repository);
}
