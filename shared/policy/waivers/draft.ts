import { add, type Instant, instant, parseDuration } from "../../domain/time.ts";
import type { Concern, Reason } from "../../domain/verdict.ts";
import type { Target } from "../select.ts";
import type { WaiverSettings } from "./settings.ts";
import type { WaivedPackage, Waiver } from "./waiver.ts";

/** What nobody but a person can say. */
export interface Decision {
  readonly owner: string;
  readonly reason: string;
  readonly approvedBy: string;
  readonly ticket?: string;
}

/** Words that have to be replaced before anybody would approve them. */
const OPEN_DECISION: Decision = {
  owner: "<team that has to act>",
  reason: "<why it can be lived with>",
  approvedBy: "<who approves it>",
};

/** The waiver that would cover a reason and nothing else: this finding in this package and version, in this repository, for this rule. */
export function draftWaiver(
  { ruleId, severity, concerns, key }: Reason,
  { registry, repository }: Pick<Target, "registry" | "repository">,
  settings: Pick<WaiverSettings, "longest">,
  now: Instant,
  decision: Decision = OPEN_DECISION,
): Omit<Waiver, "place"> {
  const known = severity === "unknown" ? "medium" : severity;
  const createdAt = startOfDay(now);
  return {
    id: idOf(concerns?.vulnerabilities[0] ?? ruleId, concerns?.package ?? key.split("|")[1] ?? ""),
    scope: {
      ...(concerns === undefined || concerns.vulnerabilities.length === 0 ? {} : { vulnerabilities: concerns.vulnerabilities }),
      ...(concerns === undefined ? {} : { package: packageOf(concerns) }),
      image: { registry: [registry], repository: [repository] },
      rules: [ruleId],
    },
    ...(concerns === undefined ? {} : { severity: known }),
    ...decision,
    createdAt,
    expiresAt: add(createdAt, settings.longest[known]),
    evenIfFixed: false,
    evenIfExploited: false,
  };
}

// Names come out of reports: a star would be a pattern, and what no package manager allows is nothing to be pasted into a file.
const PLAIN = /^[\w.@/:+~-]+$/;

function packageOf({ package: name, versions }: Concern): WaivedPackage {
  const known = versions.filter((version) => PLAIN.test(version));
  return { ...(PLAIN.test(name) ? { name: [name] } : {}), ...(known.length === 0 ? {} : { version: known }) };
}

const DAY = parseDuration("1d");

function startOfDay(now: Instant): Instant {
  return instant(now - (now % DAY));
}

/** A name as the file takes it, made of an id and a package. */
export function idOf(...parts: readonly string[]): string {
  const text = parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return text.slice(0, 63).replace(/-+$/, "") || "waiver";
}
