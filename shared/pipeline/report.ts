import type { Digest } from "../domain/digest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { ReadReport, ReportReader } from "../ports/findings-source.ts";
import type { PostedReport } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { rejudgeAll } from "./queue-images.ts";

/** Stores a report on an image and has every place of that image judged anew. `parse` applies the caps on size and depth. */
export async function postReport(
  deps: GateDeps,
  parse: (bytes: Uint8Array) => unknown,
  subject: Digest,
  format: string | undefined,
  bytes: Uint8Array,
): Promise<PostedReport> {
  const document = parsed(parse, bytes);
  if ("problem" in document) return document.problem;
  const readers = await deps.readers();
  const reader = readers.find((candidate) => (format === undefined ? candidate.recognises(document.value) : candidate.id === format));
  if (reader === undefined)
    return malformed("no reader knows this report", `give ?format= one of ${readers.map((each) => each.id).join(", ")}`);
  const read = reader.read(document.value);
  if (read.kind === "malformed") return malformed(read.why, `post the unchanged output of ${reader.id}`);
  return store(deps, reader, read, subject, bytes);
}

function parsed(
  parse: (bytes: Uint8Array) => unknown,
  bytes: Uint8Array,
): { readonly value: unknown } | { readonly problem: PostedReport } {
  try {
    return { value: parse(bytes) };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { problem: malformed(error.message, error.mend ?? "post the unchanged output of the scanner") };
  }
}

async function store(deps: GateDeps, reader: ReportReader, read: ReadReport, subject: Digest, bytes: Uint8Array): Promise<PostedReport> {
  const now = deps.clock.now();
  // One format may carry the reports of several scanners, of which none replaces another.
  const scanner = read.kind === "report" && read.report.scanner !== reader.id ? read.report.scanner : undefined;
  const digest = await deps.reports.put({ digest: subject }, reader.id, bytes, now, scanner);
  const { items } = await deps.ledger.images({ digest: subject, limit: 500 });
  const touched = [...items, ...(await deps.ledger.parents({ digest: subject }))];
  const keys = touched.map((record) => record.key);
  await rejudgeAll(deps, keys, now);
  return { kind: "stored", digest, subject, findings: read.kind === "report" ? read.report.findings.length : 0, images: touched.length };
}

function malformed(why: string, mend: string): PostedReport {
  return { kind: "malformed", why, mend };
}
