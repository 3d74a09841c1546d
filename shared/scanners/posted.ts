import { setImmediate } from "node:timers/promises";
import type { Digest } from "../domain/digest.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { FindingsSource, ReportReader, ReportStore } from "../ports/findings-source.ts";
import { answerFrom } from "./answer.ts";
import { fault, MAX_WHOLE_BYTES, prune, type TriedReport, tryReport } from "./reading.ts";

export interface PostedDeps {
  readonly reports: Pick<ReportStore, "list">;
  /** Asked for where there is something to read. */
  readonly readers: () => Promise<readonly ReportReader[]>;
}

/** Reports that were posted to the gate and are kept by the image's digest. */
export function postedReports({ reports, readers }: PostedDeps): FindingsSource {
  return {
    id: "posted",
    async facts({ image }) {
      const stored = await reports.list(image.digest);
      const known = stored.length === 0 ? [] : await readers();
      const tried: TriedReport[] = [];
      for (const report of stored) tried.push(await tryPosted(image.digest, report, known));
      return answerFrom(tried);
    },
  };
}

type Posted = Awaited<ReturnType<PostedDeps["reports"]["list"]>>[number];

async function tryPosted(image: Digest, { format, bytes, digest }: Posted, readers: readonly ReportReader[]): Promise<TriedReport> {
  const place = `posted report ${digest}`;
  const named = readers.find((reader) => reader.id === format);
  try {
    const content = bytes.byteLength > MAX_WHOLE_BYTES ? await prune(pieces(bytes), readers, place) : ({ kind: "bytes", bytes } as const);
    return tryReport({ image, content, digest, origin: "posted", place, batch: digest, named }, readers);
  } catch (error) {
    if (error instanceof AdapterError) return fault({ named }, error.message);
    throw error;
  }
}

const PIECE_BYTES = 256 * 1024;

/** Other work goes on between the pieces. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    await setImmediate();
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
