import { createHash } from "node:crypto";
import type * as z from "zod";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import type { FindingsEvidence } from "../../domain/evidence.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { ReadReport } from "../../ports/findings-source.ts";
import { ECR_ANSWER, ecr } from "../../scanners/aws/ecr.ts";
import { pagesOf } from "./pages.ts";
import type { ScanCalls } from "./scan-calls.ts";
import type { AskService } from "./services.ts";

const MOST_FINDINGS = 20_000;

type Page = z.output<typeof ECR_ANSWER>;

/** What ECR tells of one image's scan, by whichever scanner; `none`: there was none. @throws AdapterError */
export async function describedFindings(
  ask: AskService<ScanCalls>,
  image: ImageKey,
  isEnhanced: boolean,
  signal?: AbortSignal,
): Promise<FindingsEvidence | "none"> {
  const [first, ...others] = await pages(ask, image, signal);
  if (first === undefined) return "none";
  const document = joined([first, ...others]);
  if (isEnhanced && isEmpty(document)) return { kind: "pending", why: "ECR says that the scan is complete and lists nothing yet" };
  return evidenceOf(ecr.read(document), document);
}

/** None where it was never scanned. */
async function pages(ask: AskService<ScanCalls>, { repository, digest }: ImageKey, signal?: AbortSignal): Promise<readonly Page[]> {
  const all: Page[] = [];
  let found = 0;
  for await (const page of pagesOf(async (next) => {
    const answer = await ask(`findings of ${digest}`, (calls, options) => calls.findings(repository, digest, next, options), signal);
    if (answer === undefined && next !== undefined) throw changed(digest);
    if (answer === undefined) return { items: [], next: undefined };
    const read = ECR_ANSWER.safeParse(answer);
    if (!read.success) throw new AdapterError("malformed", `findings of ${digest}: not an answer of ECR's DescribeImageScanFindings`);
    return { items: [read.data], next: read.data.nextToken ?? undefined };
  })) {
    if (!isOfSameScan(all[0] ?? page, page)) throw changed(digest);
    all.push(page);
    found += (page.imageScanFindings?.findings?.length ?? 0) + (page.imageScanFindings?.enhancedFindings?.length ?? 0);
    if (found > MOST_FINDINGS) throw new AdapterError("too-large", `${digest} has more than ${MOST_FINDINGS} findings`);
  }
  return all;
}

/** The image was scanned again, or its scan is gone, since the first page was read: asked anew there is one answer. */
function changed(digest: Digest): AdapterError {
  return new AdapterError("conflict", `the scan of ${digest} changed while its findings were read`, { retryable: true });
}

/** A page without a list, or that says of another scan, is not the rest of this one; the model lets it leave out which image it is of, and when that was scanned. */
function isOfSameScan(first: Page, page: Page): boolean {
  if (page === first) return true;
  const facts = ({ imageId, imageScanStatus, imageScanFindings }: Page) =>
    [imageId?.imageDigest, imageScanStatus.status, imageScanFindings?.imageScanCompletedAt] as const;
  const was = facts(first);
  return Boolean(page.imageScanFindings) && facts(page).every((is, at) => (is ?? was[at]) === (was[at] ?? is));
}

/** One answer, as if there were no pages. A list that no page has stays absent: that is not an empty one. */
function joined([first, ...others]: readonly [Page, ...Page[]]): Page {
  const all = [first, ...others];
  const told = all.flatMap(({ imageScanFindings }) => imageScanFindings ?? []);
  const findings = together(told.map((each) => each.findings));
  const enhancedFindings = together(told.map((each) => each.enhancedFindings));
  const [head] = told;
  const whole = { ...first, nextToken: undefined, NextToken: undefined };
  return head === undefined ? whole : { ...whole, imageScanFindings: { ...head, findings, enhancedFindings } };
}

function together<Item>(lists: readonly (readonly Item[] | null | undefined)[]): Item[] | undefined {
  const there = lists.flatMap((list) => (list ? [list] : []));
  return there.length === 0 ? undefined : there.flat();
}

/** With enhanced scanning ECR says COMPLETE before there is anything to list. */
function isEmpty(document: Page): boolean {
  const isDone = ["COMPLETE", "ACTIVE"].includes(statusOf(document));
  return isDone && (document.imageScanFindings?.findings ?? []).length + (document.imageScanFindings?.enhancedFindings ?? []).length === 0;
}

function statusOf({ imageScanStatus }: Page): string {
  return imageScanStatus.status;
}

function evidenceOf(read: ReadReport, document: Page): FindingsEvidence {
  switch (read.kind) {
    case "report": {
      const digest = parseDigest(`sha256:${createHash("sha256").update(JSON.stringify(document)).digest("hex")}`);
      const notes = read.notes === undefined ? {} : { notes: read.notes.map((note) => `ECR: ${note}`) };
      return { kind: "reported", reports: [{ ...read.report, origin: "registry", digest }], ...notes };
    }
    case "failed":
      return statusOf(document) === "SCAN_ELIGIBILITY_EXPIRED" ? { kind: "stale", why: read.why, reports: [] } : read;
    case "pending":
    case "unsupported":
      return read;
    case "malformed":
      return { kind: "failed", why: read.why };
    case "content":
    case "facts":
      return { kind: "absent" };
  }
}
