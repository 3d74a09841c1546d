import { createHash, type Hash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { type Digest, parseDigest } from "../../shared/domain/digest.ts";
import type { Manifest } from "../../shared/domain/manifest.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import type { Instant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import type { ReportReader, ReportStore } from "../../shared/ports/findings-source.ts";
import { readDocument } from "../../shared/runtime/document.ts";
import { readPruned } from "../../shared/runtime/json-pruned.ts";

const LIMITS = { maxBytes: 512 * 1024 * 1024, maxDepth: 64, maxValues: 20_000_000 };
/** Longer ones are read with the members alone that readers look at. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

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
export async function shelveReports(
  shelf: ReportShelf,
  files: readonly string[],
  image: Manifest,
  readers: readonly ReportReader[],
  now: Instant,
): Promise<void> {
  for (const file of files) {
    const { document, bytes, digest } = await readFile(file, readers);
    const reader = readers.find((candidate) => candidate.recognises(document));
    if (reader === undefined)
      throw new ParseError(file, "no reader knows this report", `give the unchanged output of ${readers.map(({ id }) => id).join(", ")}`);
    const read = reader.read(document);
    if (read.kind === "malformed") throw new ParseError(file, read.why, `give the unchanged output of ${reader.id}`);
    const subject = subjectOf(file, "subject" in read ? read.subject : undefined, image);
    shelf.put(subject, { format: reader.id, bytes, digest, storedAt: now });
  }
}

interface ReadFile {
  readonly document: unknown;
  /** Of a long report what some reader looks at: it is not held as a whole. */
  readonly bytes: Uint8Array;
  /** Of the file. */
  readonly digest: Digest;
}

async function readFile(file: string, readers: readonly ReportReader[]): Promise<ReadFile> {
  const size = sizeOf(file);
  try {
    if (size > MAX_WHOLE_BYTES) return await readLong(file, readers);
    const bytes = readFileSync(file);
    return { document: readDocument(bytes, { ...LIMITS, place: file }), bytes, digest: digestOf(createHash("sha256").update(bytes)) };
  } catch (error) {
    if (error instanceof AdapterError)
      throw new ParseError(file, withoutPlace(error.message, file), error.mend ?? "give the unchanged output of the scanner");
    throw unreadable(file, error);
  }
}

async function readLong(file: string, readers: readonly ReportReader[]): Promise<ReadFile> {
  const hash = createHash("sha256");
  const keeps = new Set(readers.flatMap((reader) => reader.keeps ?? []));
  const document = await readPruned(hashed(createReadStream(file, { highWaterMark: 256 * 1024 }), hash), { ...LIMITS, keeps, place: file });
  const reader = readers.find((candidate) => candidate.recognises(document));
  if (reader !== undefined && reader.keeps === undefined)
    throw new AdapterError("too-large", `a report of ${reader.id} may have ${MAX_WHOLE_BYTES} bytes at most`);
  return { document, bytes: new TextEncoder().encode(JSON.stringify(document)), digest: digestOf(hash) };
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function digestOf(hash: Hash): Digest {
  return parseDigest(`sha256:${hash.digest("hex")}`);
}

/** A report that names no image is about the one that it was given for. */
function subjectOf(file: string, named: Digest | undefined, image: Manifest): Digest {
  if (named === undefined || named === image.digest) return image.digest;
  if (image.kind === "index" && image.manifests.some((child) => child.digest === named)) return named;
  throw new ParseError(file, `the report is about ${named}, not about this image`, "scan this image, and give that report");
}

function sizeOf(file: string): number {
  try {
    const { size } = statSync(file);
    if (size <= LIMITS.maxBytes) return size;
    throw new ParseError(file, `the report has ${size} bytes, at most ${LIMITS.maxBytes} are read`, "scan with fewer details");
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Readers begin with the place that they were given, and so does a ParseError. */
function withoutPlace(message: string, place: string): string {
  return message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
}

/** What the operating system says of a file; any other error stays as it is. */
function unreadable(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return error;
  return new ParseError(file, `the report cannot be read (${String(error.code)})`, "name a file that this user may read");
}
