import * as z from "zod";
import type { Digest } from "../../domain/digest.ts";
import type { Finding } from "../../domain/finding.ts";
import { type Severity, severityFromWord } from "../../domain/severity.ts";
import type { Instant } from "../../domain/time.ts";
import type { ReadReport, ReportReader } from "../../ports/findings-source.ts";
import { keptNames } from "../../runtime/kept-names.ts";
import { isObject, listOf, loose, moment, numeric, onlyDigest, short, text, whyMalformed } from "../../runtime/lenient.ts";
import { BASIC_FINDING, readBasicFinding } from "./basic.ts";
import { notesOn, readEntries, whyNotNamed } from "./entries.ts";
import { INSPECTOR_FINDING } from "./schema.ts";
import { readAwsTime } from "./time.ts";

const FINDINGS = z.object({
  imageScanCompletedAt: moment,
  vulnerabilitySourceUpdatedAt: moment,
  findingSeverityCounts: loose(z.record(z.string(), numeric)),
  findings: listOf(BASIC_FINDING),
  enhancedFindings: listOf(INSPECTOR_FINDING),
});
const NO_FINDINGS = FINDINGS.parse({});

/** Service model ecr 2015-09-21, DescribeImageScanFindings: one page of it, or all. */
export const ECR_ANSWER = z.object({
  imageId: loose(z.object({ imageDigest: text })),
  imageScanStatus: z.object({ status: z.string(), description: text }),
  imageScanFindings: FINDINGS.nullish(),
  nextToken: text,
  NextToken: text,
});
type Answer = Omit<z.output<typeof ECR_ANSWER>, "imageScanFindings"> & { readonly imageScanFindings: z.output<typeof FINDINGS> };

/** Answer of ECR's DescribeImageScanFindings, of basic and of enhanced scanning (service model ecr 2015-09-21). */
export const ecr: ReportReader = {
  id: "ecr",
  mediaTypes: [],
  keeps: keptNames(ECR_ANSWER),
  recognises: (document) =>
    isObject(document) && "imageScanStatus" in document && ("imageId" in document || "imageScanFindings" in document),
  read(document) {
    const read = ECR_ANSWER.safeParse(document);
    if (!read.success) return { kind: "malformed", why: whyMalformed("an answer of ECR's DescribeImageScanFindings", read.error.issues) };
    const answer = { ...read.data, imageScanFindings: read.data.imageScanFindings ?? NO_FINDINGS };
    return whyNotComplete(answer) ?? readFindings(answer);
  },
};

const PENDING: readonly string[] = ["IN_PROGRESS", "PENDING"];
const UNSUPPORTED: readonly string[] = ["UNSUPPORTED_IMAGE", "IMAGE_SIZE_EXCEEDED", "IMAGE_ARCHIVED"];

/** `COMPLETE`, and `ACTIVE` where Inspector looks again and again, are all that say that the findings are those of the image. */
function whyNotComplete({ imageScanStatus: { status, description }, nextToken, NextToken }: Answer): ReadReport | undefined {
  const why = `ECR says ${short(status, 100)}${description ? `: ${short(description, 300)}` : ""}`;
  if (PENDING.includes(status)) return { kind: "pending", why };
  if (UNSUPPORTED.includes(status)) return { kind: "unsupported", why };
  if (status !== "COMPLETE" && status !== "ACTIVE") return { kind: "failed", why };
  if (nextToken || NextToken) return { kind: "failed", why: "the answer is one page of several: gather them all into one list" };
  return undefined;
}

function readFindings(answer: Answer): ReadReport {
  const listed = listedIn(answer);
  const { findings, notes, subject, scannedAt } = listed;
  const unknown = whyNotWhole(listed) ?? (findings.length === 0 ? whyNotClean(answer, listed) : undefined);
  if (unknown !== undefined) return unknown;
  const databaseAt = readAwsTime(answer.imageScanFindings.vulnerabilitySourceUpdatedAt) ?? "unknown";
  return {
    kind: "report",
    report: { scanner: "ecr", scannedAt, databaseAt, findings },
    ...(subject === undefined ? {} : { subject }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

interface Listed {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly subject: Digest | undefined;
  readonly scannedAt: Instant | "unknown";
  /** Entries, also those that do not count. */
  readonly entries: number;
  /** Severities of the entries without a name. */
  readonly nameless: readonly Severity[];
  /** What ECR itself counts. */
  readonly counted: number;
}

function listedIn({ imageId, imageScanFindings: told }: Answer): Listed {
  const basic = (told.findings ?? []).map((entry) => ({ entry, finding: readBasicFinding(entry) }));
  const named = basic.flatMap(({ finding }) => finding ?? []);
  const enhanced = readEntries(told.enhancedFindings ?? []);
  const entries = basic.length + (told.enhancedFindings?.length ?? 0);
  const counted = total(told.findingSeverityCounts ?? {});
  const nameless = basic.filter(({ finding }) => finding === undefined).map(({ entry }) => severityFromWord(entry.severity ?? undefined));
  return {
    findings: [...named, ...enhanced.findings],
    notes: [...enhanced.notes, ...notesOn({ closed: 0, others: 0, nameless, images: 0 })],
    subject: onlyDigest([imageId?.imageDigest]) ?? enhanced.subject,
    scannedAt: readAwsTime(told.imageScanCompletedAt) ?? enhanced.lastSeenAt,
    entries,
    nameless: [...nameless, ...enhanced.nameless],
    counted,
  };
}

function total(counts: Readonly<Record<string, number | null | undefined>>): number {
  return Object.values(counts).reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
}

/** Something was found that is not among what was read: what is there is not the whole of it, however much it is. */
function whyNotWhole({ findings, nameless, entries, counted }: Listed): ReadReport | undefined {
  if (counted > entries) return { kind: "failed", why: `ECR counts ${counted} findings and lists ${entries}` };
  const why = whyNotNamed(nameless, findings);
  return why === undefined ? undefined : { kind: "malformed", why };
}

/**
 * An answer without findings is clean where ECR says when it looked. It says COMPLETE before the findings of an enhanced scan are there,
 * and ACTIVE from the start.
 */
function whyNotClean({ imageScanStatus: { status }, imageScanFindings: told }: Answer, listed: Listed): ReadReport | undefined {
  if (listed.entries > 0) return { kind: "unsupported", why: `no open vulnerability: ${listed.notes.join("; ")}` };
  const list = status === "ACTIVE" ? told.enhancedFindings : (told.enhancedFindings ?? told.findings);
  if (list && listed.scannedAt !== "unknown") return undefined;
  return { kind: "pending", why: `ECR says ${status}, lists no findings and does not say when it looked` };
}
