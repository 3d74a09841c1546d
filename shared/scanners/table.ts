import type { ReportReader } from "../ports/findings-source.ts";

/** The only list of report formats; each is loaded when it is used. */
export const reportReaders: Readonly<Record<string, () => Promise<ReportReader>>> = {
  ecr: async () => (await import("./aws/index.ts")).ecr,
  inspector2: async () => (await import("./aws/index.ts")).inspector2,
  "inspector2-coverage": async () => (await import("./aws/index.ts")).inspector2Coverage,
  asff: async () => (await import("./aws/index.ts")).asff,
  clair: async () => (await import("./clair/index.ts")).clair,
  quay: async () => (await import("./clair/index.ts")).quay,
  klar: async () => (await import("./clair/index.ts")).klar,
  "clair-scanner": async () => (await import("./clair/index.ts")).clairScanner,
  csaf: async () => (await import("./csaf/index.ts")).csaf,
  cyclonedx: async () => (await import("./cyclonedx/index.ts")).cyclonedx,
  grype: async () => (await import("./grype/index.ts")).grype,
  "in-toto": async () => (await import("./in-toto/index.ts")).inToto,
  openvex: async () => (await import("./openvex/index.ts")).openvex,
  sarif: async () => (await import("./sarif/index.ts")).sarif,
  spdx: async () => (await import("./spdx/index.ts")).spdx,
  trivy: async () => (await import("./trivy/index.ts")).trivy,
};
