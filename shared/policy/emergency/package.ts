import type { EmergencyFact, PackageQuery } from "../../domain/emergency.ts";
import { type ImageEvidence, reportsIn, type ScanReport } from "../../domain/evidence.ts";
import type { PackageRef } from "../../domain/finding.ts";
import { readPurl } from "../findings/purl.ts";
import { type Match, matchPackage, type PackagePattern } from "../rules/package-match.ts";

/** The patterns of `package-banned` that mean the same packages; one has to fit. */
export function patternsOf({ name, purl, versions }: PackageQuery): readonly [PackagePattern, ...PackagePattern[]] {
  const of = (pattern: PackagePattern): PackagePattern => (versions === undefined ? pattern : { ...pattern, versions });
  if (purl !== undefined) return [of({ purl: [bareOf(purl)] })];
  const [group, artifact] = name.split(":");
  if (artifact !== undefined && artifact !== "") return [of({ name: [name] }), of({ purl: [`pkg:maven/${group}/${artifact}`] })];
  // Some tools write a Maven package with its group, some without.
  return [of({ name: name.includes("/") ? [name] : [name, `*:${name}`] })];
}

/** Without encoding, as patterns are written. */
function bareOf(purl: string): string {
  const read = readPurl(purl.replace("/@", "/%40"));
  return read === undefined ? purl : `pkg:${[read.type, read.namespace, read.name].filter((part) => part !== "").join("/")}`;
}

/** Texts of which every fact about such a package holds one. */
export function hintsOf({ name, purl }: PackageQuery): readonly string[] {
  const last = (name ?? bareOf(purl)).split(/[/:]/).at(-1) ?? "";
  return [...new Set([last, encodeURIComponent(last)])];
}

/** Also by the source package that it was built from: `xz-utils` is in an image as `liblzma5`. */
function matchQuery(patterns: readonly PackagePattern[], found: PackageRef): Match {
  const { source } = found;
  const { purl: _, ...unnamed } = found;
  const forms = source === undefined || source === found.name ? [found] : [found, { ...unnamed, name: source }];
  const matches = patterns.flatMap((pattern) => forms.map((form) => matchPackage(pattern, form)));
  return matches.includes("yes") ? "yes" : matches.includes("open") ? "open" : "no";
}

/** Whether a stored fact, a package or a vulnerability in one, is about such a package. */
export function isPackage(fact: unknown, patterns: readonly PackagePattern[]): boolean {
  const found = readPackage(fact) ?? readPackage(memberOf(fact, "package"));
  return found !== undefined && matchQuery(patterns, found) !== "no";
}

function readPackage(value: unknown): PackageRef | undefined {
  const of = (name: string): string | undefined => {
    const member = memberOf(value, name);
    return typeof member === "string" ? member : undefined;
  };
  const [name, version, type, purl, source] = ["name", "version", "type", "purl", "source"].map(of);
  if (name === undefined || version === undefined || type === undefined) return undefined;
  return { name, version, type, ...(purl === undefined ? {} : { purl }), ...(source === undefined ? {} : { source }) };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Every package that is told of the image, by its SBOMs and by what scans found in it. */
export function packageFacts(
  evidence: ImageEvidence,
  patterns: readonly PackagePattern[],
): Readonly<Record<Match, readonly EmergencyFact[]>> {
  const told = [...inInventories(evidence), ...inReports(evidence)];
  const matched = told.map(({ found, ...source }) => ({
    match: matchQuery(patterns, found),
    fact: { what: printPackage(found), ...source },
  }));
  const of = (wanted: Match) => matched.flatMap(({ match, fact }) => (match === wanted ? [fact] : []));
  return { yes: of("yes"), open: of("open"), no: [] };
}

type Told = Pick<EmergencyFact, "by" | "at"> & { readonly found: PackageRef };

function inInventories({ inventory }: ImageEvidence): readonly Told[] {
  if (inventory.kind !== "reported") return [];
  return inventory.inventories.flatMap(({ packages, tool, madeAt }) =>
    packages.map((found) => ({ found, by: tool === "" ? "SBOM" : `SBOM of ${tool}`, at: madeAt })),
  );
}

function inReports({ findings }: ImageEvidence): readonly Told[] {
  return reportsIn(findings).flatMap((report) => report.findings.map((finding) => ({ found: finding.package, ...scanOf(report) })));
}

export function scanOf({ scanner, scannedAt }: ScanReport): Pick<EmergencyFact, "by" | "at"> {
  return { by: `scan of ${scanner}`, at: scannedAt };
}

export function printPackage({ name, version, source }: PackageRef): string {
  return `${name} ${version}${source === undefined || source === name ? "" : ` (of ${source})`}`;
}
