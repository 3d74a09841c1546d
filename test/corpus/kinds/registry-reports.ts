import type { Finding } from "../../../shared/domain/finding.ts";
import type { ReadReport } from "../../../shared/ports/findings-source.ts";
import { isObject, readTime } from "../../../shared/runtime/lenient.ts";
import { acrQuarantine, QUARANTINE_DETAILS } from "../../../shared/scanners/acr-quarantine/index.ts";
import { asff, ecr, inspector2, inspector2Coverage } from "../../../shared/scanners/aws/index.ts";
import { clair, clairScanner, klar, quay } from "../../../shared/scanners/clair/index.ts";
import { containerAnalysis } from "../../../shared/scanners/container-analysis/index.ts";
import { defender } from "../../../shared/scanners/defender/index.ts";
import { harbor } from "../../../shared/scanners/harbor/index.ts";
import { type Entry, entryReports } from "./entry-reports.ts";
import { digestIn } from "./report-facts.ts";

type Members = Readonly<Record<string, unknown>>;

const members = (value: unknown): Members => (isObject(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const byId = ({ id }: Finding): string => id;
const byTitle = ({ id, title }: Finding): string => title ?? id;
const hasVersion = (findings: readonly Finding[]): boolean => findings.some(({ fix }) => fix.versions.length > 0);
const subjectOf = (read: ReadReport): unknown => ("subject" in read ? read.subject : undefined);

/** The subject of a report that could be read, where the index names just one digest that is one. */
function subject(expected: readonly unknown[], read: ReadReport): readonly (readonly [string, unknown, unknown])[] {
  const [only, ...others] = new Set(expected.map(digestIn));
  return read.kind === "report" && only !== undefined && others.length === 0 ? [["subject", only, subjectOf(read)]] : [];
}

// Service model ecr, ScanStatus.
const ECR_STATES: Readonly<Record<string, string>> = {
  COMPLETE: "report",
  ACTIVE: "report",
  FAILED: "failed",
  IN_PROGRESS: "pending",
  PENDING: "pending",
  UNSUPPORTED_IMAGE: "unsupported",
};

/** An entry of Inspector's, open. `within`: the document that has it alone. */
function inspectorEntry(entry: unknown, within: (open: Members) => unknown): Entry {
  const { status, title, severity, ...rest } = members(entry);
  const isClosed = status === "CLOSED";
  const open = { ...rest, title, severity, status: isClosed ? "ACTIVE" : status };
  return { alone: within(open), otherwise: { id: title, word: severity }, isClosed };
}

export const ecrReports = entryReports({
  readers: [ecr],
  entries(document) {
    const { imageScanFindings, nextToken: _page, NextToken: _next, ...rest } = members(document);
    const told = members(imageScanFindings);
    const alone = (findings: Members): unknown => ({
      ...rest,
      imageScanFindings: { ...told, findings: [], enhancedFindings: [], findingSeverityCounts: {}, ...findings },
    });
    return [
      ...list(told["findings"]).map((each) => ({ alone: alone({ findings: [each] }) })),
      ...list(told["enhancedFindings"]).map((each) => inspectorEntry(each, (open) => alone({ enhancedFindings: [open] }))),
    ];
  },
  name: byId,
  isFixable: hasVersion,
  more: ({ status, imageId, findings }, read) => [
    ...(findings === 0 && status === "COMPLETE" ? [] : [["state", ECR_STATES[String(status)] ?? read.kind, read.kind] as const]),
    ...subject([members(imageId)["imageDigest"]], read),
  ],
});

export const inspectorReports = entryReports({
  readers: [inspector2],
  entries(document) {
    const { findings, data } = members(document);
    const all = Array.isArray(document) ? document : list(findings ?? members(data)["findings"]);
    return all.map((each) => inspectorEntry(each, (open) => ({ findings: [open] })));
  },
  name: byId,
  isFixable: (findings) => findings.every(({ fix }) => fix.state === "fixed"),
  more: ({ types, ecrDigests }, read, entries) => [
    ...(types === undefined
      ? []
      : [
          [
            "vulnerabilities",
            members(types)["PACKAGE_VULNERABILITY"] ?? 0,
            entries.filter((findings) => findings.length > 0).length,
          ] as const,
        ]),
    ...subject(list(ecrDigests), read),
  ],
});

/** The expected states are those of the images; other resources are none of ours. */
export const coverageReports = entryReports({
  readers: [inspector2Coverage],
  entries: () => [],
  name: byId,
  isFixable: hasVersion,
  more({ resources }, read) {
    const images = list(resources)
      .map(members)
      .filter(({ type }) => /(?:container_?|docker)image$/i.test(String(type)));
    const states = images.map(({ status, reason }) => (status === "ACTIVE" && reason === "SUCCESSFUL" ? "facts" : String(reason)));
    const open = states.filter((state) => state !== "facts");
    if (images.length === 0 || open.length === 0) return [["state", images.length === 0 ? "unsupported" : "facts", read.kind]];
    return [["toldWhy", true, "why" in read && open.some((reason) => read.why.includes(reason))]];
  },
});

function asffList(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const { Findings, findings, data, detail } = members(document);
  return list(Findings ?? findings ?? members(data)["Findings"] ?? members(detail)["findings"]);
}

export const asffReports = entryReports({
  readers: [asff],
  entries: (document) =>
    asffList(document).map((each) => {
      const { ProductFields, ...rest } = members(each);
      const { "aws/inspector/FindingStatus": state, ...fields } = members(ProductFields);
      const label = members(rest["Severity"])["Label"];
      const isUnlisted = list(rest["Vulnerabilities"]).length === 0;
      const alone = { Findings: [{ ...rest, ProductFields: fields }] };
      return { alone, otherwise: { id: "", word: label ?? "null" }, isUnlisted, isClosed: state === "CLOSED" };
    }),
  name: byId,
  isFixable: hasVersion,
  named: { bySeverity: "bySeverityLabel", distinctIds: "distinctVulnerabilityIds" },
  more: ({ ecrDigests }, read) => subject(list(ecrDigests), read),
});

function occurrencesIn(document: unknown): readonly unknown[] {
  const { package_vulnerability_summary: summary, occurrences } = members(document);
  if (summary !== undefined) return Object.values(members(members(summary)["vulnerabilities"])).flatMap(list);
  return Array.isArray(document) ? document : list(occurrences ?? (isObject(document) && "vulnerability" in document ? [document] : []));
}

const GOOGLE_STATES: Readonly<Record<string, string>> = {
  PENDING: "pending",
  SCANNING: "pending",
  FINISHED_FAILED: "failed",
  FINISHED_UNSUPPORTED: "unsupported",
};

export const googleReports = entryReports({
  readers: [containerAnalysis],
  entries: (document) =>
    occurrencesIn(document)
      .filter((each) => isObject(members(each)["vulnerability"]))
      .map((each) => ({ alone: { occurrences: [each] } })),
  name: byId,
  word: ({ severities }) => severities.find(({ source }) => source === "google")?.raw,
  isFixable: (findings) => findings.some(({ fix }) => fix.state === "fixed"),
  more: ({ analysisStatus, resourceUris }, read) => [
    ...list(analysisStatus).flatMap((status) => {
      const state = GOOGLE_STATES[String(status)];
      return state === undefined ? [] : [["state", state, read.kind] as const];
    }),
    ...subject(list(resourceUris), read),
  ],
});

const DEFENDER_STATES: Readonly<Record<string, string>> = { Healthy: "not-affected", NotApplicable: "suppressed", Unhealthy: "counts" };

export const defenderReports = entryReports({
  readers: [defender],
  entries(document) {
    const { value, data } = members(document);
    return (Array.isArray(document) ? document : list(value ?? data ?? [document])).map((each) => ({ alone: [each] }));
  },
  name: byId,
  isFixable: hasVersion,
  more: ({ statusCodes, artifact }, read, entries) => [
    ...Object.entries(members(statusCodes)).map(([code, amount]) => {
      const kind = DEFENDER_STATES[code];
      return [code, amount, entries.filter(([first]) => first !== undefined && (first.status?.kind ?? "counts") === kind).length] as const;
    }),
    ...subject([members(artifact)["digest"]], read),
  ],
});

export const harborReports = entryReports({
  readers: [harbor],
  entries(document) {
    const key = Object.keys(members(document)).find((each) => each.startsWith("application/"));
    const report = members(key === undefined ? document : members(document)[key]);
    return list(report["vulnerabilities"]).map((each) => ({ alone: { ...report, vulnerabilities: [each] } }));
  },
  name: byId,
  isFixable: hasVersion,
  more: ({ scanner, generatedAt }, read) =>
    read.kind === "report"
      ? [
          ["scanner", typeof scanner === "string" ? `harbor with ${scanner}` : "harbor", read.report.scanner],
          ["scannedAt", readTime(String(generatedAt)) ?? "unknown", read.report.scannedAt],
        ]
      : [],
});

export const quayReports = entryReports({
  readers: [quay],
  entries(document) {
    const layer = members(members(members(document)["data"] ?? document)["Layer"]);
    return list(layer["Features"]).flatMap((feature) =>
      list(members(feature)["Vulnerabilities"]).map((each) => ({
        alone: { Layer: { ...layer, Features: [{ ...members(feature), Vulnerabilities: [each] }] } },
      })),
    );
  },
  name: byTitle,
  isFixable: hasVersion,
  more: ({ status }, read) =>
    status === "scanned" || status === null ? [["state", "report", read.kind]] : [["isReport", false, read.kind === "report"]],
});

/** Entries of klar, of clair-scanner, or the pairs of Clair 4. */
function clairEntries(document: unknown): readonly Entry[] {
  const { Vulnerabilities, vulnerabilities, package_vulnerabilities: pairs, ...rest } = members(document);
  if (pairs !== undefined)
    return Object.entries(members(pairs)).flatMap(([owner, ids]) =>
      list(ids).map((id) => ({
        alone: {
          ...rest,
          package_vulnerabilities: { [owner]: [id] },
          vulnerabilities: { [String(id)]: members(vulnerabilities)[String(id)] },
        },
      })),
    );
  if (Vulnerabilities !== undefined)
    return Object.entries(members(Vulnerabilities)).flatMap(([word, group]) =>
      list(group).map((each) => ({ alone: { ...rest, Vulnerabilities: { [word]: [each] } } })),
    );
  return list(vulnerabilities).map((each) => ({ alone: { ...rest, vulnerabilities: [each] } }));
}

export const clairReports = entryReports({
  readers: [clair, klar, clairScanner],
  entries: clairEntries,
  name: byTitle,
  isFixable: hasVersion,
  more: ({ manifest }, read) => subject([manifest], read),
});

/** Never a report: what is expected stands in the reason. */
export const quarantineReports = entryReports({
  readers: [acrQuarantine],
  entries: () => [],
  name: byId,
  isFixable: hasVersion,
  more(expected, read) {
    const { scanner, state, result } = QUARANTINE_DETAILS.parse(expected);
    const words = [scanner, state, ...(result?.summary ?? []).map(({ severity, count }) => `${count} ${severity}`)];
    return [
      ["state", "unsupported", read.kind],
      ["told", words, words.filter((word) => "why" in read && read.why.includes(word ?? ""))],
    ];
  },
});
