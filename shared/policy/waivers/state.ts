import { type KnownSeverity, SEVERITIES } from "../../domain/severity.ts";
import type { ThreatFacts } from "../../domain/threat.ts";
import { add, type Instant, instant, printDuration, printMinute } from "../../domain/time.ts";
import type { VoidCode } from "../../domain/verdict.ts";
import { attacksOn } from "../findings/exploit.ts";
import { countsAs } from "../findings/merge.ts";
import type { FindingSettings } from "../findings/settings.ts";
import type { Fact } from "../rule.ts";
import { packagesOf } from "./match.ts";
import type { WaiverSettings } from "./settings.ts";
import type { Waiver } from "./waiver.ts";

export interface WaiverContext {
  readonly settings: WaiverSettings;
  readonly findings: FindingSettings;
  readonly threats: ThreatFacts;
  readonly now: Instant;
}

export interface Fault {
  readonly code: VoidCode;
  readonly why: string;
}

/** The severity that a waiver is measured by. */
function severityFor({ finding, severity }: Fact, { unknownSeverityAs }: FindingSettings): KnownSeverity {
  const counted = finding === undefined ? severity : countsAs(finding, unknownSeverityAs);
  if (counted === "ignore") return "negligible";
  return counted === "unknown" ? "medium" : counted;
}

/** When a waiver ends for a fact: as written, or when it has lasted as long as its severity allows. */
export function endOf({ createdAt, expiresAt }: Waiver, fact: Fact, { settings, findings }: WaiverContext): Instant {
  return instant(Math.min(expiresAt, add(createdAt, settings.longest[severityFor(fact, findings)])));
}

/** Why a waiver whose scope fits does not count; `undefined` where it does. */
export function voidBecause(waiver: Waiver, fact: Fact, context: WaiverContext): Fault | undefined {
  return ofTime(waiver, fact, context) ?? ofFacts(waiver, fact, context.threats) ?? ofSeverity(waiver, fact, context);
}

export function otherVersion({ scope }: Waiver, fact: Fact): Fault {
  const versions = [...new Set(packagesOf(fact).map(({ version }) => version))].sort();
  return { code: "package-changed", why: `the version is ${versions.join(", ")}, waived is ${(scope.package?.version ?? []).join(", ")}` };
}

function ofTime(waiver: Waiver, fact: Fact, context: WaiverContext): Fault | undefined {
  if (waiver.createdAt > context.now) return { code: "not-yet", why: `it begins ${printMinute(waiver.createdAt)}` };
  const endsAt = endOf(waiver, fact, context);
  if (endsAt > context.now) return undefined;
  const severity = severityFor(fact, context.findings);
  const longest = `, as a waiver for severity ${severity} lasts at most ${printDuration(context.settings.longest[severity])}`;
  return { code: "expired", why: `it ended ${printMinute(endsAt)}${endsAt < waiver.expiresAt ? longest : ""}` };
}

function ofFacts({ evenIfFixed, evenIfExploited }: Waiver, { finding }: Fact, threats: ThreatFacts): Fault | undefined {
  if (finding === undefined) return undefined;
  const { fix } = finding;
  if (!evenIfFixed && fix.state === "fixed")
    return {
      code: "fix-appeared",
      why: fix.versions.length === 0 ? "a fix is published" : `it is fixed in ${fix.versions.slice(0, 5).join(" or ")}`,
    };
  const attacks = evenIfExploited ? undefined : attacksOn(finding, threats);
  if (attacks === undefined) return undefined;
  return {
    code: "known-exploited",
    why: attacks === "reported" ? "a report knows of attacks" : `listed as exploited since ${printMinute(attacks.addedAt)}`,
  };
}

function ofSeverity({ severity, secondApprovedBy }: Waiver, fact: Fact, { settings, findings }: WaiverContext): Fault | undefined {
  const counted = severityFor(fact, findings);
  if (severity === undefined && fact.finding !== undefined)
    return { code: "severity-missing", why: "it names no severity up to which vulnerabilities are waived" };
  if (severity !== undefined && SEVERITIES.indexOf(counted) > SEVERITIES.indexOf(severity))
    return { code: "severity-rose", why: `the severity is ${counted}, waived is at most ${severity}` };
  if (settings.secondApprovalFor.includes(counted) && secondApprovedBy === undefined)
    return { code: "second-approval-missing", why: `severity ${counted} needs a second approval` };
  return undefined;
}
