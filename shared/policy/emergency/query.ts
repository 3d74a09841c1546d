import { isDigest, parseDigest } from "../../domain/digest.ts";
import type { BaseQuery, EmergencyQuery, PackageQuery } from "../../domain/emergency.ts";
import { type ImageRef, parseImageRef, printImageRef } from "../../domain/image-ref.ts";
import { ParseError, quote } from "../../domain/parse-error.ts";
import { readPurl } from "../findings/purl.ts";
import { isVersionRange } from "../rules/package-match.ts";
import { isEveryVersion } from "../rules/semantic-versions.ts";

/** One image by its name, or everything that a query finds. */
export type HoldTarget = { readonly kind: "image"; readonly ref: ImageRef } | EmergencyQuery;

const PLACE = "what to hold";
const FORMS =
  "write an image (registry/repository:tag or @sha256:...), a digest (sha256:...), a vulnerability (CVE-2021-44228), a package (log4j-core@<2.15.0, package:shop/lib, pkg:maven/org.apache.logging.log4j/log4j-core) or a base image (base:docker.io/library/debian:12)";
const MOST_LETTERS = 1_000;

/**
 * Reads what `moorgate hold` is asked for. What could be an image and a package is refused: one of the two would be held by mistake.
 * @throws ParseError
 */
export function parseHoldTarget(written: string): HoldTarget {
  const text = written.trim();
  if (text === "" || text.length > MOST_LETTERS || !/^[\x20-\x7e]+$/.test(text)) throw refuse(text, "says nothing that could be held");
  if (/^sha(?:256|512):/.test(text)) return { kind: "digest", digest: parseDigest(text, PLACE) };
  const [, prefix, rest = ""] = /^(base|id|package):(.*)$/.exec(text) ?? [];
  return prefix === undefined ? unprefixed(text) : PREFIXES[prefix === "base" || prefix === "id" ? prefix : "package"](rest);
}

const PREFIXES = { base: parseBase, id: parseId, package: parsePackage } as const;

function unprefixed(text: string): HoldTarget {
  return text.startsWith("pkg:") ? parsePackage(text) : (vulnerability(text) ?? bare(text));
}

/** The same query in one way; `parseHoldTarget` reads it back. */
export function printHoldTarget(target: HoldTarget): string {
  switch (target.kind) {
    case "image":
      return printImageRef(target.ref);
    case "digest":
      return target.digest;
    case "vulnerability":
      return vulnerability(target.id) === undefined ? `id:${target.id}` : target.id;
    case "base":
      return `base:${[target.name, target.digest].filter((part) => part !== undefined).join("@")}`;
    case "package":
      return printPackage(target);
  }
}

function printPackage({ name, purl, versions }: PackageQuery): string {
  const text = `${name ?? purl}${versions === undefined ? "" : `@${versions}`}`;
  if (purl !== undefined) return text;
  try {
    return parseHoldTarget(text).kind === "package" ? text : `package:${text}`;
  } catch {
    return `package:${text}`;
  }
}

// Prefixes of the databases that scanners take their ids from. Packages are seldom written in capitals, so these count as they stand.
const ID =
  /^(?:RUSTSEC|GO|PYSEC|OSV|MAL|DSA|DLA|DTSA|USN|RHSA|RHBA|RHEA|RLSA|ALSA|ALAS[0-9A-Z.]*|ELSA|SUSE-SU|openSUSE-SU|GLSA|CGA|SNYK|TEMP|PRISMA|NSWG-ECO|GMS|EUVD|BIT|HSEC|PSF|XRAY)-[A-Za-z0-9:._-]*[0-9][A-Za-z0-9:._-]*$/;

function vulnerability(text: string): EmergencyQuery | undefined {
  if (/^cve-/i.test(text)) {
    if (/^cve-\d{4}-\d{4,19}$/i.test(text)) return { kind: "vulnerability", id: text.toUpperCase() };
    throw new ParseError(PLACE, `${quote(text)} is no CVE id`, "write it as CVE-2021-44228");
  }
  if (/^ghsa-/i.test(text)) {
    if (/^ghsa(?:-[0-9a-z]{4}){3}$/i.test(text)) return { kind: "vulnerability", id: `GHSA-${text.slice(5).toLowerCase()}` };
    throw new ParseError(PLACE, `${quote(text)} is no GHSA id`, "write it as GHSA-jfh8-c2jp-5v3q");
  }
  return ID.test(text) ? { kind: "vulnerability", id: text } : undefined;
}

function parseId(text: string): EmergencyQuery {
  const known = vulnerability(text);
  if (known !== undefined) return known;
  if (/^[A-Za-z0-9][\w:.-]{0,199}$/.test(text)) return { kind: "vulnerability", id: text };
  throw new ParseError(PLACE, `${quote(text)} is no vulnerability id`, "write it as the scanner does, for example id:CVE-2021-44228");
}

function bare(text: string): HoldTarget {
  const { name, versions } = splitVersion(text);
  const isDigested = versions !== undefined && /^sha(?:256|512):/.test(versions);
  if (text.startsWith("@") || (versions !== undefined && !isDigested)) return parsePackage(text);
  if (isDigested || /\/[^/]*:[^/]*$/.test(name)) return { kind: "image", ref: parseImageRef(text, PLACE) };
  if (name.includes("/")) throw refuse(text, "may be an image without a tag, or a package");
  if (/^[0-9a-f]{12,}$/.test(name)) throw refuse(text, "may be a digest without its algorithm");
  if (name.includes(":") && !isMavenName(name)) throw refuse(text, "may be an image without its registry, or a package");
  return parsePackage(text);
}

/** `org.apache.logging.log4j:log4j-core`; the group of nearly every artifact has a dot, the name of an image without a registry has none. */
function isMavenName(name: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)+:[A-Za-z_][\w.-]*$/.test(name);
}

/** At the last @ that no slash follows: `@babel/core@<7.0.0`. */
function splitVersion(text: string): { readonly name: string; readonly versions?: string } {
  const at = text.lastIndexOf("@");
  return at < 1 || text.indexOf("/", at) >= 0 ? { name: text } : { name: text.slice(0, at), versions: text.slice(at + 1).trim() };
}

function parsePackage(text: string): PackageQuery {
  const { name, versions: written } = splitVersion(text);
  const versions = written === undefined ? {} : { versions: parseVersions(written) };
  if (name.startsWith("pkg:")) {
    const isBare = !/[?#*]/.test(name) && readPurl(name)?.version === "";
    if (!isBare) throw new ParseError(PLACE, `${quote(name)} is no package URL without qualifiers`, FORMS);
    return { kind: "package", purl: name, ...versions };
  }
  if (!/^[A-Za-z0-9@_.][\w.@/:+~-]*$/.test(name)) throw new ParseError(PLACE, `${quote(name)} is no name of a package`, FORMS);
  return { kind: "package", name, ...versions };
}

function parseVersions(text: string): string {
  const isExact = /^[A-Za-z0-9][\w.+~:!-]*$/.test(text);
  if (text.length <= 200 && (isExact || (isVersionRange(text) && !isEveryVersion(text)))) return text;
  throw new ParseError(
    PLACE,
    `${quote(text)} is no version and no range`,
    "write one version (2.14.1), or a range: '<2.15.0', '>=2.0 <2.15'; leave it out for any version",
  );
}

function parseBase(text: string): BaseQuery {
  if (isDigest(text)) return { kind: "base", digest: text };
  const { registry, repository, tag, digest } = parseImageRef(text, PLACE);
  // As Docker Hub itself calls what it shows without a path.
  const path = registry === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository;
  const name = `${registry}/${path}${tag === undefined ? "" : `:${tag}`}`;
  return { kind: "base", name, ...(digest === undefined ? {} : { digest }) };
}

function refuse(text: string, why: string): ParseError {
  return new ParseError(PLACE, `${quote(text)} ${why}`, FORMS);
}
