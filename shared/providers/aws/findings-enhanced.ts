import { createHash } from "node:crypto";
import * as z from "zod";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import type { FindingsEvidence } from "../../domain/evidence.ts";
import type { Finding } from "../../domain/finding.ts";
import type { ImageKey } from "../../domain/image-ref.ts";
import { add, type Duration, type Instant, parseDuration } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { whyMalformed } from "../../runtime/lenient.ts";
import { type InspectorEntries, readEntries, whyNotNamed } from "../../scanners/aws/entries.ts";
import { INSPECTOR_FINDING, type InspectorFinding } from "../../scanners/aws/schema.ts";
import { type Coverage, readCoverage } from "./coverage.ts";
import type { InspectorCalls } from "./inspector-calls.ts";
import { knownExploited } from "./known-exploited.ts";
import { pagesOf } from "./pages.ts";
import { type EcrPlace, imageArn } from "./place.ts";
import type { AskService } from "./services.ts";

/** Images of real operating systems have some thousands at most. */
const MOST_FINDINGS = 20_000;
/** After a scan its findings come to light one by one, and a list that is empty so soon says nothing. */
const SETTLES_FOR: Duration = parseDuration("5m");

export interface Enhanced {
  readonly place: EcrPlace;
  readonly ask: AskService<InspectorCalls>;
  readonly now: () => Instant;
}

/**
 * What Inspector knows of one image: first whether it looks at it at all, for an empty list says nothing of that. `not-covered`: it does not know
 * the image. @throws AdapterError
 */
export async function enhancedFindings(
  inspector: Enhanced,
  image: ImageKey,
  signal?: AbortSignal,
): Promise<FindingsEvidence | "not-covered"> {
  const arn = imageArn(inspector.place, image.repository, image.digest);
  const covered = await Array.fromAsync(
    pagesOf((next) => inspector.ask(`coverage of ${image.digest}`, (calls, options) => calls.coverage(arn, next, options), signal)),
  );
  const coverage = readCoverage(covered, arn);
  if (coverage.kind === "not-covered") return coverage.kind;
  if (coverage.kind === "open") return coverage.findings;
  const entries = await listFindings(inspector, image, signal);
  const read = readEntries(entries);
  const why = whyNotNamed(read.nameless, read.findings);
  if (why !== undefined) return { kind: "failed", why: `Inspector: ${why}` };
  return read.findings.length === 0
    ? nothingOpen(entries, read, coverage, inspector.now())
    : reported(inspector, entries, read, coverage, signal);
}

const PAGE = z.array(INSPECTOR_FINDING);

/** Of each only what is used later is kept. */
async function listFindings({ ask, place }: Enhanced, image: ImageKey, signal?: AbortSignal): Promise<readonly InspectorFinding[]> {
  const asked = { account: place.account, repository: image.repository, digest: image.digest };
  const found: InspectorFinding[] = [];
  for await (const item of pagesOf((next) =>
    ask(`findings of ${image.digest}`, (calls, options) => calls.findings(asked, next, options), signal),
  )) {
    const read = PAGE.safeParse([item]);
    if (!read.success) throw new AdapterError("malformed", whyMalformed("an answer of Inspector2's ListFindings", read.error.issues));
    found.push(...read.data);
    if (found.length > MOST_FINDINGS) throw new AdapterError("too-large", `${image.digest} has more than ${MOST_FINDINGS} findings`);
  }
  return found;
}

type Scanned = Extract<Coverage, { readonly kind: "scanned" }>;

/** That there is nothing is believed some time after the scan only, and never beside what nobody can read. */
function nothingOpen(
  entries: readonly InspectorFinding[],
  { strange, notes }: InspectorEntries,
  { scannedAt, note }: Scanned,
  now: Instant,
): FindingsEvidence {
  if (strange > 0) return { kind: "unsupported", why: `Inspector lists findings of a kind that is not known: ${notes.join("; ")}` };
  if (scannedAt === "unknown") return { kind: "pending", why: "Inspector lists no findings and does not say when it looked" };
  const until = add(scannedAt, SETTLES_FOR);
  if (now < until) return { kind: "pending", why: "Inspector has looked a moment ago, and what it found may not be listed yet", until };
  return reportOf(entries, [], scannedAt, [...notes, ...(note === undefined ? [] : [note])]);
}

async function reported(
  inspector: Enhanced,
  entries: readonly InspectorFinding[],
  { read, notes }: InspectorEntries,
  { scannedAt, note }: Scanned,
  signal?: AbortSignal,
): Promise<FindingsEvidence> {
  const known = await knownExploited(inspector.ask, entries, signal);
  const findings = read.flatMap((each) => (known.arns.has(each.entry.findingArn ?? "") ? each.findings.map(withAttack) : each.findings));
  return reportOf(entries, findings, scannedAt, [...notes, ...known.notes, ...(note === undefined ? [] : [note])]);
}

function withAttack(finding: Finding): Finding {
  return { ...finding, exploit: { ...finding.exploit, isKnownExploited: true } };
}

function reportOf(
  entries: readonly InspectorFinding[],
  findings: readonly Finding[],
  scannedAt: Instant | "unknown",
  notes: readonly string[],
): FindingsEvidence {
  const report = {
    scanner: "inspector2",
    scannedAt,
    databaseAt: "unknown",
    origin: "registry",
    digest: digestOf(entries),
    findings,
  } as const;
  return { kind: "reported", reports: [report], ...(notes.length === 0 ? {} : { notes: notes.map((each) => `Inspector: ${each}`) }) };
}

/** Of what was read, in the order in which it came. */
function digestOf(entries: readonly InspectorFinding[]): Digest {
  const hash = createHash("sha256");
  for (const entry of entries) hash.update(`${JSON.stringify(entry)}\n`);
  return parseDigest(`sha256:${hash.digest("hex")}`);
}
