import type { CvssClaim, Exploit, Finding, FindingStatus, FixState, SeverityClaim } from "../../domain/finding.ts";
import { atLeast, type KnownSeverity, type Severity } from "../../domain/severity.ts";
import { type Instant, instant } from "../../domain/time.ts";
import type { FindingSettings } from "./settings.ts";
import { countedSeverity, worstOf } from "./severity-source.ts";

/** One vulnerability in one package of one image, as all reports together tell it. Each source's own words stay in `told`. */
export interface MergedFinding {
  /** The best-known id: CVE, else GHSA, else the scanner's own. */
  readonly id: string;
  /** Every other id, sorted. */
  readonly aliases: readonly string[];
  readonly package: string;
  /** Installed versions, sorted; so are all lists below. */
  readonly versions: readonly string[];
  /** Scanners' kinds: `debian`, `npm`. Two scanners may use two words for one. */
  readonly types: readonly string[];
  readonly purls: readonly string[];
  readonly paths: readonly string[];
  /** Names of the source packages that it was built from. */
  readonly sourcePackages: readonly string[];
  /** The one that counts by the policy's `findings.severityFrom`; `unknown` where nobody rated it. */
  readonly severity: Severity;
  /** Whether a report tells of it that has no rating: what another report says must not play it down. See `countsAs`. */
  readonly isUnrated: boolean;
  /** Who gave it. */
  readonly severityBy: readonly string[];
  readonly severities: readonly SeverityClaim[];
  /** Highest CVSS base score that anybody gave, 0 to 10. */
  readonly score?: number;
  readonly cvss: readonly CvssClaim[];
  /** A fix that one report knows exists, whatever another says. `availableAt`: the earliest time that anybody gave. */
  readonly fix: { readonly state: FixState; readonly versions: readonly string[]; readonly availableAt?: Instant };
  readonly title?: string;
  /** Earliest time that anybody gave. */
  readonly publishedAt?: Instant;
  /** Earliest time at which a source saw it in this image. */
  readonly firstSeenAt?: Instant;
  /** The worst that any report knows of attacks; the snapshots of KEV and EPSS outweigh it. */
  readonly exploit: Exploit;
  /** Statements that it does not count, by those whom the policy does not trust with that. Shown, never applied. */
  readonly disputed: readonly FindingStatus[];
  readonly told: readonly Finding[];
}

/**
 * Joins what several reports say of the same vulnerability in the same package. Two findings are the same when they share an id or an alias and
 * the package's name: the scanners' words for the kind of package differ, and installed versions and paths are listed. Joining only ever grows
 * with more findings, so that one more can never take another away. Nothing is joined by related ids or by advisories: readers leave them out of `aliases`.
 */
export function mergeFindings(findings: readonly Finding[], settings: FindingSettings): readonly MergedFinding[] {
  const { parents, clashes } = join(findings);
  if (!clashes) return findings.map((finding) => mergeOne(finding, settings));
  const groups = new Map<number, Set<Finding>>();
  findings.forEach((finding, index) => {
    const root = rootOf(parents, index);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, new Set([finding]));
    else group.add(finding);
  });
  return [...groups.values()].map((group) => mergeGroup([...group], settings));
}

/** What a finding counts as: the worst rating, and what is said of findings without one where a report has none. */
export function countsAs({ severity, isUnrated }: MergedFinding, unknownAs: KnownSeverity | "ignore"): KnownSeverity | "ignore" {
  if (severity === "unknown") return unknownAs;
  return isUnrated && unknownAs !== "ignore" && atLeast(unknownAs, severity) ? unknownAs : severity;
}

/** Union-find over the places of the findings; the parent of each, by place. */
function join(findings: readonly Finding[]): { readonly parents: Int32Array; readonly clashes: boolean } {
  const parents = new Int32Array(findings.length);
  const firstWith = new Map<string, number>();
  let clashes = false;
  findings.forEach((finding, index) => {
    parents[index] = index;
    for (const key of keysOf(finding)) {
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, index);
      else {
        clashes = true;
        parents[rootOf(parents, index)] = rootOf(parents, first);
      }
    }
  });
  return { parents, clashes };
}

function rootOf(parents: Int32Array, index: number): number {
  let at = index;
  for (let parent = parents[at] ?? at; parent !== at; parent = parents[at] ?? at) {
    // Halves the way for the next time.
    parents[at] = parents[parent] ?? parent;
    at = parent;
  }
  return at;
}

// What follows from one finding alone is kept beside it: images share their findings, and forty thousand images share most of them.
const KEYS = new WeakMap<Finding, readonly string[]>();
const ALONE = new WeakMap<FindingSettings, WeakMap<Finding, MergedFinding>>();

function keysOf(finding: Finding): readonly string[] {
  const known = KEYS.get(finding);
  if (known !== undefined) return known;
  const keys = [finding.id, ...finding.aliases].map((id) => `${finding.package.name}\n${id}`);
  const distinct = keys.length === 1 ? keys : [...new Set(keys)];
  KEYS.set(finding, distinct);
  return distinct;
}

function mergeOne(finding: Finding, settings: FindingSettings): MergedFinding {
  let known = ALONE.get(settings);
  if (known === undefined) {
    known = new WeakMap();
    ALONE.set(settings, known);
  }
  const before = known.get(finding);
  if (before !== undefined) return before;
  const merged = merge([finding], settings);
  known.set(finding, merged);
  return merged;
}

function mergeGroup(told: readonly Finding[], settings: FindingSettings): MergedFinding {
  const [only, ...others] = told;
  return only !== undefined && others.length === 0 ? mergeOne(only, settings) : merge(told, settings);
}

// What is known best comes first: a fix that one report knows exists, whatever another says.
const FIX_STATES: readonly FixState[] = ["fixed", "not-fixed", "deferred", "wont-fix", "end-of-life", "unknown"];

function merge(told: readonly Finding[], settings: FindingSettings): MergedFinding {
  const [id = "", ...aliases] = sorted(told.flatMap((finding) => [finding.id, ...finding.aliases])).sort(byFame);
  const ratings = told.map((finding) => countedSeverity(finding, settings.severityFrom));
  const counted = worstOf(ratings);
  const packages = told.map((finding) => finding.package);
  const score = greatest(told.map((finding) => finding.score));
  const title = told.find((finding) => finding.title !== undefined)?.title;
  return {
    id,
    aliases,
    package: packages[0]?.name ?? "",
    versions: sorted(packages.map(({ version }) => version)),
    types: sorted(packages.map(({ type }) => type)),
    purls: sorted(packages.map(({ purl }) => purl)),
    paths: sorted(packages.map(({ path }) => path)),
    sourcePackages: sorted(packages.map(({ source }) => source)),
    severity: counted?.severity ?? "unknown",
    isUnrated: ratings.some(({ severity }) => severity === "unknown"),
    severityBy: counted?.by ?? [],
    severities: told.flatMap(({ severities }) => severities),
    ...(score === undefined ? {} : { score }),
    cvss: told.flatMap(({ cvss }) => cvss ?? []),
    fix: fixOf(told),
    ...(title === undefined ? {} : { title }),
    ...timesOf(told),
    exploit: exploitOf(told),
    disputed: told.flatMap(({ status }) => (status === undefined ? [] : [status])),
    told,
  };
}

function fixOf(told: readonly Finding[]): MergedFinding["fix"] {
  const states = told.map(({ fix }) => fix.state);
  const availableAt = earliest(told.map(({ fix }) => fix.availableAt));
  return {
    state: FIX_STATES.find((state) => states.includes(state)) ?? "unknown",
    versions: sorted(told.flatMap(({ fix }) => fix.versions)),
    ...(availableAt === undefined ? {} : { availableAt }),
  };
}

function timesOf(told: readonly Finding[]): Pick<MergedFinding, "publishedAt" | "firstSeenAt"> {
  const publishedAt = earliest(told.map((finding) => finding.publishedAt));
  const firstSeenAt = earliest(told.map((finding) => finding.firstSeenAt));
  return { ...(publishedAt === undefined ? {} : { publishedAt }), ...(firstSeenAt === undefined ? {} : { firstSeenAt }) };
}

function exploitOf(told: readonly Finding[]): Exploit {
  const facts = told.flatMap(({ exploit }) => exploit ?? []);
  const known = facts.flatMap(({ isKnownExploited }) => isKnownExploited ?? []);
  const probability = greatest(facts.map((fact) => fact.probability));
  const percentile = greatest(facts.map((fact) => fact.percentile));
  return {
    ...(known.length === 0 ? {} : { isKnownExploited: known.includes(true) }),
    ...(probability === undefined ? {} : { probability }),
    ...(percentile === undefined ? {} : { percentile }),
  };
}

function greatest(numbers: readonly (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function earliest(times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : instant(Math.min(...known));
}

function byFame(a: string, b: string): number {
  return fame(a) - fame(b);
}

function fame(id: string): number {
  if (id.startsWith("CVE-")) return 0;
  return id.startsWith("GHSA-") ? 1 : 2;
}

function sorted(words: readonly (string | undefined)[]): string[] {
  return [...new Set(words.filter((word) => word !== undefined && word !== ""))].filter((word) => word !== undefined).sort();
}
