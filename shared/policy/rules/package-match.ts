import * as z from "zod";
import type { InventoryEvidence } from "../../domain/evidence.ts";
import type { PackageRef } from "../../domain/finding.ts";
import { closed } from "../field.ts";
import { readPurl } from "../findings/purl.ts";
import type { Fact } from "../rule.ts";
import { unknown } from "./fact.ts";
import { fits, globs } from "./globs.ts";
import { isRange, isSemanticVersion, matchRange } from "./semantic-versions.ts";
import { matchNumbers } from "./version-numbers.ts";

/** Which packages are meant. Every field that is given has to fit. */
export const packagePattern = () =>
  closed({
    name: globs("Names of packages; * for any text.").optional(),
    purl: globs(
      "Package URLs such as pkg:npm/left-pad or pkg:deb/*/openssl, without qualifiers; without a version, any version is meant.",
    ).optional(),
    type: globs("Kinds of package: the purl's type (deb, npm, golang) or the scanner's own word.").optional(),
    versions: z
      .string()
      .max(200)
      .optional()
      .describe(
        "A range (>=1.0.0 <1.2.3), for kinds that use semantic versions and for those ordered by numbers (maven, pypi, gem, nuget, composer); for all others one exact version. Left out: every version.",
      ),
  }).refine(({ name, purl }) => name !== undefined || purl !== undefined, { error: "name the packages by name or purl" });

export type PackagePattern = z.output<ReturnType<typeof packagePattern>>;

/** `open`: its version cannot be compared with a range, or its purl is not known. */
export type Match = "yes" | "no" | "open";

export function matchPackage({ name, purl, type, versions }: PackagePattern, found: PackageRef): Match {
  if (name !== undefined && !fits(name, found.name)) return "no";
  if (type !== undefined && !fits(type, found.type) && !fits(type, typeOf(found))) return "no";
  const byPurl = purl === undefined ? "yes" : matchPurl(purl, found);
  if (byPurl === "no") return "no";
  const byVersion = versions === undefined ? "yes" : matchVersion(versions, found);
  if (byVersion === "no") return "no";
  return byPurl === "yes" && byVersion === "yes" ? "yes" : "open";
}

/** `npm` of `pkg:npm/left-pad@1.0.0`; empty without a purl. */
function typeOf({ purl }: PackageRef): string {
  return (purl === undefined ? undefined : readPurl(purl)?.type) ?? "";
}

function matchPurl(patterns: readonly string[], { purl, name }: PackageRef): Match {
  const read = purl === undefined ? undefined : readPurl(purl);
  // Without a purl its last part is all that can be compared; a package of another name is certainly not meant.
  if (read === undefined) return patterns.some((pattern) => fits([lastPart(pattern)], name)) ? "open" : "no";
  const bare = `pkg:${[read.type, read.namespace, read.name].filter((part) => part !== "").join("/")}`;
  return patterns.some((pattern) => fits([pattern], withoutVersion(pattern) === pattern ? bare : `${bare}@${read.version}`)) ? "yes" : "no";
}

function withoutVersion(purl: string): string {
  return purl.replace(/(?<=[^/])@[^/]*$/, "");
}

function lastPart(pattern: string): string {
  return withoutVersion(pattern).split("/").at(-1) ?? "";
}

// Kinds whose registries demand semantic versions, by the purl's type and by the scanners' words.
const SEMVER_TYPES: ReadonlySet<string> = new Set(
  "npm node-pkg yarn pnpm golang gomod gobinary go-module cargo rustbinary rust-crate hex pub swift".split(" "),
);

// Kinds that order versions by their leading numbers first, and take 2.15 and 2.15.0 for the same; what follows the numbers each orders in its own way.
const NUMBERED_TYPES: ReadonlySet<string> = new Set(
  "maven jar pom gradle java-archive pypi python-pkg python pip gem gemspec bundler nuget dotnet-core dotnet composer php-composer".split(
    " ",
  ),
);

/** Whether the text is a range, and not one version. */
export function isVersionRange(versions: string): boolean {
  return isRange(versions) && !isSemanticVersion(versions) && /[<>=^~*|\s]/.test(versions);
}

function matchVersion(versions: string, found: PackageRef): Match {
  if (found.version === versions) return "yes";
  const isOf = (types: ReadonlySet<string>): boolean => types.has(typeOf(found)) || types.has(found.type);
  if (!isOf(SEMVER_TYPES)) {
    if (!isVersionRange(versions)) return "no";
    return isOf(NUMBERED_TYPES) ? matchNumbers(versions, found.version) : "open";
  }
  return isRange(versions) ? matchRange(versions, found.version) : "no";
}

type Inventories = Extract<InventoryEvidence, { readonly kind: "reported" }>["inventories"];

/** The image's inventories, or why there are none. */
export function inventoriesOf(evidence: InventoryEvidence): Inventories | Fact {
  switch (evidence.kind) {
    case "reported":
      return evidence.inventories;
    case "absent":
      return unknown("inventory", "nobody has told what is in it: there is no SBOM", "attach an SBOM (SPDX or CycloneDX) to the image");
    case "failed":
      return unknown("inventory", `its SBOM could not be read: ${evidence.why}`, "attach an SBOM that can be read");
    case "unavailable":
      return unknown(
        "inventory",
        `could not ask for its SBOM: ${evidence.why}`,
        "make the place of the SBOMs reachable; it is asked again",
      );
    default:
      return evidence satisfies never;
  }
}

export function isFact(value: Inventories | Fact): value is Fact {
  return "status" in value;
}
