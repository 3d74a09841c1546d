import type { FindingsSource, ReportReader, ReportStore } from "../ports/findings-source.ts";
import { answerFrom } from "./answer.ts";
import { tryReport } from "./reading.ts";

export interface PostedDeps {
  readonly reports: Pick<ReportStore, "list">;
  readonly readers: readonly ReportReader[];
}

/** Reports that were posted to the gate and are kept by the image's digest. */
export function postedReports({ reports, readers }: PostedDeps): FindingsSource {
  return {
    id: "posted",
    async facts({ image }) {
      const stored = await reports.list(image.digest);
      return answerFrom(
        stored.map(({ format, bytes, digest }) =>
          tryReport(
            {
              image: image.digest,
              bytes,
              digest,
              origin: "posted",
              place: `posted report ${digest}`,
              batch: digest,
              named: readers.find((reader) => reader.id === format),
            },
            readers,
          ),
        ),
      );
    },
  };
}
