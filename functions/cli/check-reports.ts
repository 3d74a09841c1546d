import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import type { Manifest } from "../../shared/domain/manifest.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { Instant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ReportReader, ReportStore } from "../../shared/ports/findings-source.ts";
import { readDocument } from "../../shared/runtime/document.ts";

const LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 64 };

type StoredReport = Awaited<ReturnType<ReportStore["list"]>>[number];

/** Reports of one command line, kept while it runs. */
export interface ReportShelf extends Pick<ReportStore, "list"> {
  put(subject: Digest, report: StoredReport): void;
}

export function openReportShelf(): ReportShelf {
  const kept: { readonly subject: Digest; readonly report: StoredReport }[] = [];
  return {
    put: (subject, report) => void kept.push({ subject, report }),
    list: async (digest) => kept.filter(({ subject }) => subject === digest).map(({ report }) => report),
  };
}

/**
 * Puts each file on the shelf under the image that it is about: the one that is checked, or the platform of it that the report names.
 * @throws ParseError on a file that no reader knows, or that is about another image.
 */
export function shelveReports(
  shelf: ReportShelf,
  files: readonly string[],
  image: Manifest,
  readers: readonly ReportReader[],
  now: Instant,
): void {
  for (const file of files) {
    const bytes = readBytes(file);
    const document = parseFile(bytes, file);
    const reader = readers.find((candidate) => candidate.recognises(document));
    if (reader === undefined)
      throw new ParseError(
        file,
        "no reader knows this report",
        `give the unchanged JSON output of ${readers.map(({ id }) => id).join(", ")}`,
      );
    const read = reader.read(document);
    if (read.kind === "malformed") throw new ParseError(file, read.why, `give the unchanged output of ${reader.id}`);
    const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    shelf.put(subjectOf(file, "subject" in read ? read.subject : undefined, image), {
      format: reader.id,
      bytes,
      digest,
      storedAt: now,
    });
  }
}

/** A report that names no image is about the one that it was given for. */
function subjectOf(file: string, named: Digest | undefined, image: Manifest): Digest {
  if (named === undefined || named === image.digest) return image.digest;
  if (image.kind === "index" && image.manifests.some((child) => child.digest === named)) return named;
  throw new ParseError(file, `the report is about ${named}, not about this image`, "scan this image, and give that report");
}

function parseFile(bytes: Uint8Array, file: string): unknown {
  try {
    return readDocument(bytes, { ...LIMITS, place: file });
  } catch (error) {
    if (error instanceof AdapterError) throw new ParseError(file, error.message, error.mend ?? "give the unchanged output of the scanner");
    throw error;
  }
}

function readBytes(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > LIMITS.maxBytes)
      throw new ParseError(file, `the report has ${size} bytes, at most ${LIMITS.maxBytes} are read`, "scan with fewer details");
    return readFileSync(file);
  } catch (error) {
    if (error instanceof ParseError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(file, `the report cannot be read (${code})`, "name a file that this user may read");
  }
}
