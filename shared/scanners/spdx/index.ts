import * as z from "zod";
import type { InventoryPackage } from "../../domain/inventory.ts";
import { quote } from "../../domain/parse-error.ts";
import { given } from "../../oci/document.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, listOf, loose, onlyDigest, readTime, short, text, whyMalformed } from "../../runtime/lenient.ts";

const PACKAGE = z.object({
  name: text,
  versionInfo: text,
  licenseConcluded: text,
  licenseDeclared: text,
  primaryPackagePurpose: text,
  packageFileName: text,
  externalRefs: loose(z.array(z.object({ referenceType: text, referenceLocator: text }))),
});
type SpdxPackage = z.output<typeof PACKAGE>;

const DOCUMENT = z.object({
  spdxVersion: z.string(),
  creationInfo: loose(z.object({ created: text, creators: loose(z.array(z.string())) })),
  packages: listOf(PACKAGE),
});

/** SPDX 2.2 and 2.3 in JSON: what an image contains. Says nothing of vulnerabilities. */
export const spdx: ReportReader = {
  id: "spdx",
  mediaTypes: ["application/spdx+json", "text/spdx+json", "application/vnd.spdx+json", "application/x-spdx+json"],
  tells: ["inventory"],
  keeps: keptNames(DOCUMENT, "@context.*"),
  recognises: (document) => isObject(document) && ("spdxVersion" in document || isThree(document)),
  read(document) {
    if (isObject(document) && isThree(document)) return unsupported("version 3");
    const read = DOCUMENT.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an SPDX document of version 2", read.error.issues) };
    const { spdxVersion, creationInfo, packages } = read.data;
    if (!/^SPDX-2\.\d+$/.test(spdxVersion)) return unsupported(quote(spdxVersion));
    if (packages === undefined || packages === null) return { kind: "malformed", why: "the document lists no packages, not even none" };
    const tools = (creationInfo?.creators ?? []).filter((creator) => creator.startsWith("Tool:"));
    return {
      kind: "facts",
      inventory: {
        format: "spdx-json",
        tool: short(tools.map((tool) => tool.slice(5).trim()).join(", "), 200),
        madeAt: readTime(creationInfo?.created) ?? "unknown",
        packages: packages.map(readPackage),
      },
      ...given("subject", onlyDigest(packages.filter(isImage).map(({ versionInfo }) => versionInfo))),
    };
  },
};

// SPDX 3 is JSON-LD.
function isThree(document: Readonly<Record<string, unknown>>): boolean {
  const version = document["spdxVersion"];
  const context = JSON.stringify(document["@context"] ?? "").slice(0, 1_000);
  return (typeof version === "string" && version.startsWith("SPDX-3")) || context.includes("spdx.org/rdf/3");
}

function unsupported(version: string): ReadReport {
  return { kind: "unsupported", why: `SPDX ${version} cannot be read, only 2.2 and 2.3: have the tool write spdx-json of version 2.3` };
}

function isImage({ primaryPackagePurpose }: SpdxPackage): boolean {
  return primaryPackagePurpose === "CONTAINER";
}

function readPackage(entry: SpdxPackage): InventoryPackage {
  const purl = short(entry.externalRefs?.find(({ referenceType }) => referenceType === "purl")?.referenceLocator, 500);
  const path = short(entry.packageFileName, 500);
  return {
    name: short(entry.name, 300),
    version: short(entry.versionInfo, 200),
    type: /^pkg:([^/]+)\//.exec(purl)?.[1] ?? "",
    ...(purl === "" ? {} : { purl }),
    ...(path === "" ? {} : { path }),
    licences: licencesOf(entry),
  };
}

// Concluded is what a reviewer found, declared is what the package's author wrote; both words for "nobody looked" say nothing.
function licencesOf({ licenseConcluded, licenseDeclared }: SpdxPackage): readonly string[] {
  const told = [licenseConcluded, licenseDeclared].map((licence) => short(licence?.trim(), 1_000));
  const [first] = told.filter((licence) => licence !== "" && licence !== "NOASSERTION" && licence !== "NONE");
  return first === undefined ? [] : [first];
}
