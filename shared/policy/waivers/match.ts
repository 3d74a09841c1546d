import type { Digest } from "../../domain/digest.ts";
import type { PackageRef } from "../../domain/finding.ts";
import type { Fact } from "../rule.ts";
import { matchesGlob, type Target } from "../select.ts";
import type { WaivedImage, WaivedPackage, Waiver } from "./waiver.ts";

/** What a waiver is held against. */
export interface Waivable {
  readonly fact: Fact;
  readonly ruleId: string;
  readonly target: Target;
  /** Of the image, and of the index that it is part of. */
  readonly digests: readonly Digest[];
}

/** `version`: all fits but the installed version. */
export type Match = "yes" | "version" | "no";

/**
 * Whether a waiver is for a fact. Where several scanners tell of one finding, each has to use an id, a package and a version that are named: one more
 * report never brings a finding under a waiver.
 */
export function matchWaiver({ scope }: Waiver, { fact, ruleId, target, digests }: Waivable): Match {
  if (scope.rules !== undefined && !scope.rules.includes(ruleId)) return "no";
  if (scope.image !== undefined && !fitsImage(scope.image, target, digests)) return "no";
  if (scope.vulnerabilities !== undefined && !fitsVulnerabilities(scope.vulnerabilities, fact)) return "no";
  return scope.package === undefined ? "yes" : matchPackages(scope.package, packagesOf(fact));
}

function fitsImage({ registry, repository, tag, digest }: WaivedImage, target: Target, digests: readonly Digest[]): boolean {
  return (
    fitsAll(registry, [target.registry]) &&
    fitsAll(repository, [target.repository]) &&
    fitsAll(tag, target.tags) &&
    (digest === undefined || digest.some((named) => digests.includes(named)))
  );
}

function fitsVulnerabilities(named: readonly string[], { finding }: Fact): boolean {
  return finding?.told.every(({ id, aliases }) => named.includes(id) || aliases.some((alias) => named.includes(alias))) === true;
}

type Packaged = Pick<PackageRef, "name" | "version" | "purl" | "source">;

export function packagesOf({ finding, package: named }: Fact): readonly Packaged[] {
  return finding?.told.map(({ package: found }) => found) ?? (named === undefined ? [] : [named]);
}

function matchPackages({ name, purl, version }: WaivedPackage, packages: readonly Packaged[]): Match {
  const fits = packages.every(
    (found) =>
      (name === undefined || fitsAny(name, found.name) || (found.source !== undefined && fitsAny(name, found.source))) &&
      (purl === undefined || (found.purl !== undefined && fitsAny(purl, bare(found.purl)))),
  );
  if (!fits || packages.length === 0) return "no";
  return version === undefined || packages.every((found) => version.includes(found.version)) ? "yes" : "version";
}

/** Without version, qualifiers and subpath. Scopes are often percent-encoded, and as often not. */
function bare(purl: string): string {
  return purl
    .replace(/[?#].*$/s, "")
    .replace(/(?<=[^/])@[^/]*$/, "")
    .replace(/%40/g, "@");
}

function fitsAll(patterns: readonly string[] | undefined, texts: readonly string[]): boolean {
  return patterns === undefined || (texts.length > 0 && texts.every((text) => fitsAny(patterns, text)));
}

function fitsAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}
