import type { ScanReport } from "../domain/evidence.ts";
import type { Finding, FixState } from "../domain/finding.ts";

/** One vulnerability in one package, as several reports tell it. */
export interface MergedFinding {
  /** The best-known id: CVE, else GHSA, else the scanner's own. */
  readonly id: string;
  /** Every other id, sorted. */
  readonly aliases: readonly string[];
  readonly package: string;
  /** Installed versions, sorted. */
  readonly versions: readonly string[];
  readonly fix: { readonly state: FixState; readonly versions: readonly string[] };
  /** All that was told; the rule decides which severity counts. */
  readonly told: readonly Told[];
}

/** One finding and the report that tells it. */
export interface Told {
  readonly finding: Finding;
  readonly report: ScanReport;
}

// What is known best comes first: a fix that one report knows exists, whatever another says.
const FIX_STATES: readonly FixState[] = ["fixed", "not-fixed", "deferred", "wont-fix", "end-of-life", "unknown"];

/**
 * Joins what several reports say of the same vulnerability in the same package, as far as one of them matters. Two findings are the same when
 * they share an id or an alias and the package's name: the scanners' words for the kind of package differ. Joining only ever grows with more
 * reports, so that one more report can never take a finding away.
 */
export function mergeFindings(reports: readonly ScanReport[], matters: (finding: Finding) => boolean): readonly MergedFinding[] {
  const all = reports.flatMap((report) => report.findings.map((finding) => ({ finding, report })));
  const names = new Set(all.filter(({ finding }) => matters(finding)).map(({ finding }) => finding.package.name));
  if (names.size === 0) return [];
  const concerned = all.filter(({ finding }) => names.has(finding.package.name));
  const packages = Map.groupBy(concerned, ({ finding }) => finding.package.name);
  return [...packages].flatMap(([name, told]) => {
    const groups = groupsOf(told).filter((group) => group.some(({ finding }) => matters(finding)));
    return groups.map((group) => merge(name, group));
  });
}

function groupsOf(told: readonly Told[]): readonly (readonly Told[])[] {
  const parents = new Map<string, string>();
  for (const { finding } of told) {
    const root = rootOf(parents, finding.id);
    for (const alias of finding.aliases) parents.set(rootOf(parents, alias), root);
  }
  return [...Map.groupBy(told, ({ finding }) => rootOf(parents, finding.id)).values()];
}

/** Follows an id to the one that stands for its group, and shortens the way for the next time. */
function rootOf(parents: Map<string, string>, id: string): string {
  let root = id;
  for (let parent = parents.get(root); parent !== undefined && parent !== root; parent = parents.get(root)) root = parent;
  for (let at = id; at !== root; ) {
    const next = parents.get(at) ?? root;
    parents.set(at, root);
    at = next;
  }
  return root;
}

function merge(name: string, told: readonly Told[]): MergedFinding {
  const findings = told.map(({ finding }) => finding);
  const [id = "", ...aliases] = sorted(findings.flatMap((finding) => [finding.id, ...finding.aliases])).sort(byFame);
  const states = findings.map((finding) => finding.fix.state);
  return {
    id,
    aliases,
    package: name,
    versions: sorted(findings.map((finding) => finding.package.version)),
    fix: {
      state: FIX_STATES.find((state) => states.includes(state)) ?? "unknown",
      versions: sorted(findings.flatMap((finding) => finding.fix.versions)),
    },
    told,
  };
}

function byFame(a: string, b: string): number {
  return fame(a) - fame(b);
}

function fame(id: string): number {
  if (id.startsWith("CVE-")) return 0;
  return id.startsWith("GHSA-") ? 1 : 2;
}

function sorted(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
