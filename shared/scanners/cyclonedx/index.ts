import type { Digest } from "../../domain/digest.ts";
import type { Inventory } from "../../domain/inventory.ts";
import type { Instant } from "../../domain/time.ts";
import { given } from "../../oci/document.ts";
import type { AlsoTold, ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { count, isObject, onlyDigest, readLooseTime, short, whyMalformed } from "../../runtime/lenient.ts";
import { allComponents, packageOf, propertyOf, readPackage } from "./component.ts";
import { CYCLONEDX_BOM, type CycloneBom, type CycloneComponent } from "./schema.ts";
import { readVex } from "./vex.ts";
import { readFindings } from "./vulnerability.ts";
import { fromXml } from "./xml.ts";

/**
 * CycloneDX 1.2 to 1.7 in JSON, and in XML. The components are an inventory, the vulnerabilities a report, their analysis VEX. An empty list
 * of vulnerabilities is no clean report: tools write it also when they were asked for an SBOM alone.
 */
export const cyclonedx: ReportReader = {
  id: "cyclonedx",
  mediaTypes: ["application/vnd.cyclonedx+json", "application/vnd.cyclonedx+xml", "application/cyclonedx+json"],
  tells: ["report", "inventory", "vex"],
  keeps: keptNames(CYCLONEDX_BOM, "bomFormat", "sbom"),
  recognises(document) {
    const bom = bomIn(document);
    return isObject(bom) && (bom["bomFormat"] === "CycloneDX" || isObject(bom["bom"]));
  },
  read(whole) {
    const document = bomIn(whole);
    const isXml = isObject(document) && isObject(document["bom"]) && !("bomFormat" in document);
    const read = CYCLONEDX_BOM.safeParse(isXml && isObject(document["bom"]) ? fromXml(document["bom"]) : document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("a CycloneDX BOM", read.error.issues) };
    return readBom(read.data, isXml ? "cyclonedx-xml" : "cyclonedx-json");
  },
};

/** Amazon Inspector's ScanSbom, and what its plugins for CI write, have it in `sbom`. */
function bomIn(document: unknown): unknown {
  const inner = isObject(document) && !("bomFormat" in document) ? document["sbom"] : undefined;
  return isObject(inner) && inner["bomFormat"] === "CycloneDX" ? inner : document;
}

function readBom(bom: CycloneBom, format: string): ReadReport {
  const components = allComponents(bom.components ?? []);
  const made = { tool: toolOf(bom), madeAt: timeOf(bom) };
  const vulnerabilities = bom.vulnerabilities ?? [];
  const byRef = new Map([...components, ...rootOf(bom)].map((component) => [component["bom-ref"], component]));
  const author = authorOf(bom);
  const findings = vulnerabilities.flatMap((entry) =>
    readFindings(
      entry,
      entry.affects.map(({ ref }) => ({ ref, package: packageAt(byRef, ref) })),
      author,
    ),
  );
  const vex = vulnerabilities.flatMap((entry) => readVex(entry, (ref) => nameAt(byRef, ref), { author, saidAt: made.madeAt }));
  const nameless = vulnerabilities.filter(({ id }) => id.trim() === "").length;
  const told: AlsoTold = {
    ...inventoryOf(components, format, made),
    ...(vex.length === 0 ? {} : { vex }),
    ...given("subject", subjectOf(bom)),
    ...(nameless === 0 ? {} : { notes: [`${count(nameless, "vulnerability", "vulnerabilities")} without an id left out`] }),
  };
  const isVexAlone = components.length === 0 && vulnerabilities.every(({ analysis }) => (analysis?.state ?? "") !== "");
  if (findings.length === 0 && vulnerabilities.length > 0) return { kind: "malformed", why: "no vulnerability in the document has an id" };
  if (isVexAlone || findings.length === 0) return { kind: "facts", ...told };
  return { kind: "report", report: { scanner: scannerOf(made.tool), scannedAt: made.madeAt, databaseAt: "unknown", findings }, ...told };
}

function inventoryOf(
  components: readonly CycloneComponent[],
  format: string,
  made: Pick<Inventory, "tool" | "madeAt">,
): Pick<AlsoTold, "inventory"> {
  return components.length === 0 ? {} : { inventory: { format, ...made, packages: components.map(readPackage) } };
}

function rootOf({ metadata }: CycloneBom): readonly CycloneComponent[] {
  return metadata?.component ? [metadata.component] : [];
}

/** A reference into another BOM (`urn:cdx:serial/version#ref`) ends in the reference itself. */
function at(byRef: ReadonlyMap<string, CycloneComponent>, ref: string): CycloneComponent | undefined {
  return byRef.get(ref) ?? byRef.get(ref.slice(ref.indexOf("#") + 1));
}

function packageAt(byRef: ReadonlyMap<string, CycloneComponent>, ref: string) {
  const component = at(byRef, ref);
  return component === undefined ? { name: short(ref, 300), version: "", type: "" } : packageOf(component);
}

function nameAt(byRef: ReadonlyMap<string, CycloneComponent>, ref: string): string {
  return short(at(byRef, ref)?.purl || ref, 500);
}

function toolOf({ metadata }: CycloneBom): string {
  const tools = metadata?.tools ?? [];
  const list = "components" in tools ? tools.components : tools;
  return short(
    list
      .map(({ name, version }) => `${name} ${version}`.trim())
      .filter((tool) => tool !== "")
      .join(", "),
    200,
  );
}

/** The name that other formats of the same tool go by. */
function scannerOf(tool: string): string {
  return short(tool.split(/[ ,]/)[0]?.toLowerCase() || "cyclonedx", 100);
}

function authorOf(bom: CycloneBom): string {
  return short(bom.metadata?.supplier.name || bom.metadata?.authors[0]?.name || scannerOf(toolOf(bom)), 200);
}

function timeOf({ metadata }: CycloneBom): Instant | "unknown" {
  return readLooseTime(metadata?.timestamp) ?? "unknown";
}

/** The image by its purl (`pkg:oci/name@sha256%3A...`), by its version, or by what Trivy writes. */
function subjectOf({ metadata }: CycloneBom): Digest | undefined {
  const component = metadata?.component;
  if (!component) return undefined;
  const purl = component.purl.split("?")[0]?.replace(/%3A/gi, ":");
  return onlyDigest([propertyOf(component, "aquasecurity:trivy:RepoDigest")]) ?? onlyDigest([purl]) ?? onlyDigest([component.version]);
}
