import type { KnownSeverity } from "../../domain/severity.ts";
import type { Check } from "./shape.ts";
import type { Taken } from "./taken.ts";

type VulnerabilityCheck = NonNullable<Check["vulnerabilityCheck"]>;

/** What is no longer allowed above a maximum: findings from a severity on, `all` of them, or `none`. From strict to mild. */
const ABOVE: readonly (readonly [maximum: string, from: KnownSeverity | "all" | "none", words: string])[] = [
  ["BLOCK_ALL", "all", "none at all"],
  ["MINIMAL", "low", "up to minimal"],
  ["LOW", "medium", "up to low"],
  ["MEDIUM", "high", "up to medium"],
  ["HIGH", "critical", "up to high"],
  ["CRITICAL", "none", "of any severity that is known"],
  ["ALLOW_ALL", "none", "all"],
];

const KNOWN = [
  "maximumFixableSeverity",
  "maximumUnfixableSeverity",
  "allowedCves",
  "blockedCves",
  "containerAnalysisVulnerabilityProjects",
];
const CVE = /^[A-Za-z0-9:._-]{1,256}$/;

export function explainVulnerabilities({
  maximumFixableSeverity,
  maximumUnfixableSeverity,
  allowedCves,
  blockedCves,
}: VulnerabilityCheck): string {
  const words = (maximum: string): string =>
    ABOVE.find(([name]) => name === maximum)?.[2] ?? `a limit that is not known (${JSON.stringify(maximum)})`;
  const allowed = allowedCves.length === 0 ? "" : `; passed over: ${allowedCves.join(", ")}`;
  const blocked = blockedCves.length === 0 ? "" : `; never: ${blockedCves.join(", ")}`;
  return `vulnerabilities that are allowed: with a fix ${words(maximumFixableSeverity)}, without one ${words(maximumUnfixableSeverity)}${allowed}${blocked}`;
}

/** Two limits become two rules: one for what has a fix, one for everything. */
export function takeVulnerabilities(check: VulnerabilityCheck, path: readonly (string | number)[], taken: Taken): void {
  const rank = (maximum: string): number => ABOVE.findIndex(([name]) => name === maximum);
  const [fixable, unfixable] = [rank(check.maximumFixableSeverity), rank(check.maximumUnfixableSeverity)];
  if (fixable < 0)
    taken.leaveOut([...path, "maximumFixableSeverity"], `the limit ${JSON.stringify(check.maximumFixableSeverity)} is not known`);
  else if (fixable !== unfixable) takeLimit("fixable-vulnerabilities", fixable, { ignoreUnfixed: true }, taken);
  if (unfixable < 0)
    taken.leaveOut([...path, "maximumUnfixableSeverity"], `the limit ${JSON.stringify(check.maximumUnfixableSeverity)} is not known`);
  // A rule for everything would then hold more of what has a fix than is wanted.
  else if (fixable >= 0 && unfixable < fixable && ABOVE[unfixable]?.[1] !== "none")
    taken.leaveOut([...path, "maximumUnfixableSeverity"], "no rule is for vulnerabilities without a fix alone");
  else takeLimit("vulnerabilities", unfixable, {}, taken);
  takeLists(check, path, taken);
  taken.leaveUnknown(path, check, KNOWN);
}

function takeLimit(id: string, rank: number, more: object, taken: Taken): void {
  const from = ABOVE[rank]?.[1] ?? "none";
  if (from === "none") return;
  taken.rules.push({
    id: taken.name(id),
    rule: "severity-threshold",
    level: "warn",
    ...(from === "all" ? {} : { atLeast: from }),
    ...more,
  });
}

function takeLists({ allowedCves, blockedCves }: VulnerabilityCheck, path: readonly (string | number)[], taken: Taken): void {
  if (allowedCves.length > 0)
    taken.leaveOut(
      [...path, "allowedCves"],
      `${allowedCves.join(", ")}: a waiver passes over a vulnerability, with an owner and an end (moorgate waiver add)`,
    );
  const ids = blockedCves.filter((id) => CVE.test(id));
  if (ids.length < blockedCves.length) taken.leaveOut([...path, "blockedCves"], "not all of these are ids of vulnerabilities");
  if (ids.length > 0) taken.rules.push({ id: taken.name("blocked-vulnerabilities"), rule: "severity-threshold", level: "warn", ids });
}
