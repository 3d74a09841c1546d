import * as z from "zod";
import type { Finding, FindingStatus } from "../../domain/finding.ts";
import type { ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, onlyDigest, short, whyMalformed } from "../../runtime/lenient.ts";
import { readAsffVulnerability, severityOf } from "./asff-finding.ts";
import { ASFF_FINDING, type AsffFinding, type AsffVulnerability } from "./asff-schema.ts";
import { untold } from "./asff-untold.ts";
import { type Entries, latest, notesOn, reportOf } from "./entries.ts";
import { readAwsTime } from "./time.ts";

const LIST = z.array(ASFF_FINDING);

/** Findings in the AWS Security Finding Format: the answer of Security Hub's GetFindings, its event or the detail of it, a bare list or one finding. */
export const asff: ReportReader = {
  id: "asff",
  mediaTypes: [],
  keeps: keptNames(LIST, "Findings", "findings", "data", "detail", "SchemaVersion", "ProductArn", "NextToken", "nextToken"),
  recognises(document) {
    const list = listIn(document);
    return Array.isArray(list) && list.length > 0 && list.every((entry: unknown) => isFinding(entry));
  },
  read(document) {
    const read = LIST.safeParse(listIn(document));
    if (!read.success) return { kind: "malformed", why: whyMalformed("findings in the AWS Security Finding Format", read.error.issues) };
    if (hasMore(document)) return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
    return reportOf("asff", readAll(read.data));
  },
};

/** `Findings` of the API, `data.Findings` of a recorded answer, `detail.findings` of the event, `findings` of its detail alone. */
function listIn(document: unknown): unknown {
  if (!isObject(document)) return document;
  if (isFinding(document)) return [document];
  const { data, detail } = document;
  if (isObject(detail) && "findings" in detail) return detail["findings"];
  return document["Findings"] ?? document["findings"] ?? (isObject(data) ? data["Findings"] : undefined);
}

function hasMore(document: unknown): boolean {
  if (!isObject(document)) return false;
  return [document, document["data"]].some((level) => isObject(level) && Boolean(level["NextToken"] ?? level["nextToken"]));
}

function isFinding(value: unknown): boolean {
  return isObject(value) && value["SchemaVersion"] === "2018-10-08" && "ProductArn" in value;
}

function readAll(all: readonly AsffFinding[]): Entries {
  const open = all.filter(({ ProductFields }) => ProductFields?.["aws/inspector/FindingStatus"] !== "CLOSED");
  const told = open.map((entry) => ({ entry, vulnerabilities: vulnerabilitiesOf(entry) }));
  const vulnerable = told.filter(({ vulnerabilities }) => vulnerabilities.length > 0).map(({ entry }) => entry);
  const read = told.flatMap(({ entry, vulnerabilities }) =>
    vulnerabilities.map((each) => ({ entry, findings: readAsffVulnerability(entry, each) })),
  );
  const images = new Set(vulnerable.flatMap(imagesOf));
  const nameless = read.filter(({ findings }) => findings.length === 0).map(({ entry }) => severityOf(entry));
  return {
    findings: read.flatMap(({ entry, findings }) => withStatus(findings, statusOf(entry))),
    nameless,
    notes: notesOn({
      closed: all.length - open.length,
      others: open.length - vulnerable.length,
      nameless,
      images: images.size,
    }),
    subject: onlyDigest([...images]),
    lastSeenAt: latest(open.map(({ LastObservedAt, UpdatedAt }) => readAwsTime(LastObservedAt ?? UpdatedAt))),
  };
}

// Security Hub user guide, "Types taxonomy for ASFF".
const OF_VULNERABILITY = "Software and Configuration Checks/Vulnerabilities";

/** A finding that says it is of a vulnerability is one, also where it lists none. */
function vulnerabilitiesOf(entry: AsffFinding): readonly AsffVulnerability[] {
  const listed = entry.Vulnerabilities ?? [];
  const types = [...entry.Types, ...(entry.FindingProviderFields?.Types ?? [])];
  return listed.length === 0 && types.some((type) => type.startsWith(OF_VULNERABILITY)) ? [untold(entry)] : listed;
}

function withStatus(findings: readonly Finding[], status: FindingStatus | undefined): readonly Finding[] {
  return status === undefined ? findings : findings.map((finding) => ({ ...finding, status }));
}

// Security Hub archives what is closed, what it was told to, and what was not updated for long; so an archived finding is not gone.
function statusOf({ RecordState, Workflow, ProductFields }: AsffFinding): FindingStatus | undefined {
  const workflow = Workflow?.Status ?? "";
  const by = "security hub";
  if (ProductFields?.["aws/inspector/FindingStatus"] === "SUPPRESSED") return { kind: "suppressed", by: "inspector" };
  if (workflow === "SUPPRESSED" || workflow === "RESOLVED") return { kind: "suppressed", by, why: `workflow status ${workflow}` };
  return RecordState === "ARCHIVED" ? { kind: "suppressed", by, why: "record state ARCHIVED" } : undefined;
}

function imagesOf({ Resources }: AsffFinding): readonly string[] {
  return Resources.flatMap(
    ({ Id, Details }) => Details?.AwsEcrContainerImage?.ImageDigest ?? /sha256:[0-9a-f]{64}$/.exec(short(Id, 2000))?.[0] ?? [],
  );
}
