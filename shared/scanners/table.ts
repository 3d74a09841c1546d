import type { ReportReader } from "../ports/findings-source.ts";

/** The only list of report formats; each is loaded when it is used. */
export const reportReaders: Readonly<Record<string, () => Promise<ReportReader>>> = {
  trivy: async () => (await import("./trivy/index.ts")).trivy,
};
