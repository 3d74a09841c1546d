import { csaf } from "../../../shared/scanners/csaf/index.ts";
import { cyclonedx } from "../../../shared/scanners/cyclonedx/index.ts";
import { unwrap } from "../../../shared/scanners/envelope.ts";
import { inToto } from "../../../shared/scanners/in-toto/index.ts";
import { openvex } from "../../../shared/scanners/openvex/index.ts";
import { sarif } from "../../../shared/scanners/sarif/index.ts";
import { isSuppressed, readFinding, withRules } from "../../../shared/scanners/sarif/result.ts";
import { SARIF_LOG } from "../../../shared/scanners/sarif/schema.ts";
import { spdx } from "../../../shared/scanners/spdx/index.ts";
import { commonFacts, digestIn, type Facts, type ReadCase, renamed, reportKind, tally } from "./report-facts.ts";
import { compare, type IndexedKind } from "./row.ts";

/** SARIF: every result is told, as a finding or as something in the image's content, and a log without runs as no scan. */
export const sarifLogs = reportKind(sarif, ({ read, document }) => {
  const runs = SARIF_LOG.safeParse(document).data?.runs ?? [];
  const ruled = runs.flatMap(withRules);
  const told = read.kind === "report" || read.kind === "content" ? read.report : undefined;
  const ruleIds = [...new Set(ruled.map(({ ruleId }) => ruleId))];
  return {
    runs: read.kind === "failed" ? 0 : runs.length,
    results: (told?.findings.length ?? 0) + (told?.content?.length ?? 0),
    byLevel: tally(ruled.map(({ result }) => result.level || "None")),
    distinctRuleIds: ruleIds.length,
    sampleRuleIds: ruleIds.slice(0, 3),
    suppressed: ruled.filter(isSuppressed).length,
    bySecuritySeverity: tally(ruled.map((each) => numberOf(readFinding(each)))),
  };
});

function numberOf({ severities }: ReturnType<typeof readFinding>): string {
  const claim = severities.find(({ source }) => source === "security-severity");
  if (claim === undefined) return "none";
  return claim.severity === "unknown" ? "zero" : claim.severity;
}

const STATES: Readonly<Record<string, string>> = {
  not_affected: "not-affected",
  false_positive: "not-affected",
  exploitable: "affected",
  resolved: "fixed",
  resolved_with_pedigree: "fixed",
  in_triage: "under-investigation",
};

/** CycloneDX: components are packages, vulnerabilities findings (one for each component that is affected), their analysis VEX. */
export const cyclonedxBoms = reportKind(
  cyclonedx,
  ({ read, expected }) => {
    const { findings, inventory, vex } = partsOf(read);
    const ids = [...new Set(findings.length > 0 ? findings.map(({ id }) => id) : vex.map((each) => each.ids[0] ?? ""))];
    const total = Number(expected["vulnerabilities"] ?? 0);
    return {
      componentsIncludingNested: inventory.length,
      // The index counts those of the top level.
      ...(expected["componentsTopLevel"] === inventory.length
        ? { componentsWithPurl: inventory.filter(({ purl }) => purl !== undefined).length }
        : {}),
      findingsFit: findingsFit(Math.max(findings.length, vex.length), total, expected["affects"]),
      distinctIds: ids.length,
      sampleIds: ids.slice(0, 3),
      ...(findings.length > 0 && ids.length === total ? { firstRatingSeverity: firstRatings(findings) } : {}),
      ...(total > 0 ? { analysisStates: { None: total - vex.length, ...tally(vex.map(({ status }) => status)) } } : {}),
      subject: "subject" in read ? read.subject : undefined,
    };
  },
  (expected) => ({
    ...expected,
    findingsFit: true,
    ...("analysisStates" in expected ? { analysisStates: { None: 0, ...renamed(expected["analysisStates"], STATES) } } : {}),
    ...subjectOf(expected["subject"]),
  }),
);

function partsOf(read: ReadCase["read"]) {
  const findings = read.kind === "report" ? read.report.findings : [];
  const inventory = "inventory" in read ? (read.inventory?.packages ?? []) : [];
  return { findings, inventory, vex: "vex" in read ? (read.vex ?? []) : [] };
}

/** Between one for each vulnerability and one for each affected component. */
function findingsFit(found: number, vulnerabilities: number, affects: unknown): boolean {
  if (typeof affects !== "number") return found === vulnerabilities;
  return found >= Math.max(vulnerabilities, 0) && found <= affects + vulnerabilities;
}

function firstRatings(findings: ReadCase["findings"]): Record<string, number> {
  const firsts = new Map(findings.map((finding) => [finding.id, finding.severities[1]?.raw || "None"]).reverse() as [string, string][]);
  return tally([...firsts.values()]);
}

function subjectOf(subject: unknown): Facts {
  const { version, purl } = (subject ?? {}) as Record<string, unknown>;
  return { subject: digestIn(purl) ?? digestIn(version) ?? null };
}

/** SPDX: packages; version 3 is refused. */
export const spdxDocuments = reportKind(
  spdx,
  ({ read }) => {
    const packages = "inventory" in read ? (read.inventory?.packages ?? []) : [];
    return {
      packages: packages.length,
      packagesWithPurl: packages.filter(({ purl }) => purl !== undefined).length,
      refused: read.kind === "unsupported",
    };
  },
  (expected) => (String(expected["spdxVersion"]).startsWith("3") ? { refused: true } : { ...expected, refused: false }),
);

const STATUSES: Readonly<Record<string, string>> = { not_affected: "not-affected", under_investigation: "under-investigation" };

function vexIn({ read }: ReadCase) {
  return "vex" in read ? (read.vex ?? []) : [];
}

export const openvexDocuments = reportKind(
  openvex,
  (each) => {
    const vex = vexIn(each);
    return {
      author: vex[0]?.author,
      statements: vex.length,
      byStatus: tally(vex.map(({ status }) => status)),
      sampleIds: [...new Set(vex.map(({ ids }) => ids[0]))].slice(0, 3),
      products: vex.reduce((sum, { products }) => sum + products.length, 0),
      justifications: tally(vex.flatMap(({ justification }) => justification ?? [])),
    };
  },
  (expected) => ({ ...expected, byStatus: renamed(expected["byStatus"], STATUSES) }),
);

const PRODUCT_STATUSES: Readonly<Record<string, string>> = {
  known_not_affected: "not-affected",
  known_affected: "affected",
  first_affected: "affected",
  last_affected: "affected",
  first_fixed: "fixed",
  under_investigation: "under-investigation",
};

/** CSAF: one statement for each product that has a status. */
export const csafDocuments = reportKind(
  csaf,
  (each) => {
    const vex = vexIn(each);
    const ids = [...new Set(vex.map((statement) => statement.ids[0] ?? ""))];
    return {
      vulnerabilities: ids.length,
      sampleIds: ids.filter((id) => id.startsWith("CVE-")).slice(0, 3),
      productStatus: tally(vex.map(({ status }) => status)),
    };
  },
  ({ productStatus, ...expected }) => ({ ...expected, productStatus: renamed(withoutAdvice(productStatus), PRODUCT_STATUSES) }),
);

/** `recommended` says which product to take, nothing of the vulnerability. */
function withoutAdvice(counts: unknown): Facts {
  return Object.fromEntries(Object.entries((counts ?? {}) as Facts).filter(([name]) => name !== "recommended"));
}

const vulnerabilityLists = reportKind(inToto, ({ findings }) => ({ ...commonFacts(findings), results: findings.length }));

/** In-toto: lists of vulnerabilities by their reader, other statements by what they say of themselves. */
export const inTotoStatements: IndexedKind = async function* (cases) {
  for (const each of cases) {
    const expected = (each.expected ?? {}) as Facts;
    if (!("payloadType" in expected)) {
      yield* vulnerabilityLists([each]);
      continue;
    }
    const { statement } = unwrap(JSON.parse(new TextDecoder().decode(each.bytes)), (bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    const { predicateType, subject } = expected["statement"] as { predicateType: string; subject: { digest: unknown }[] };
    const actual = { predicateType: statement?.predicateType, subjects: statement?.subjects };
    yield compare(each.file, { predicateType, subjects: subject.map(({ digest }) => digest) }, actual);
  }
};
