import type { FolderKind, IndexedKind } from "./row.ts";

/** What `--kind` names: entries of the index, by format, and a folder of its own. */
export interface Kind {
  readonly name: string;
  /** `kind` of the index entries. */
  readonly entry?: string;
  readonly formats?: Readonly<Record<string, () => Promise<IndexedKind>>>;
  readonly folder?: { readonly path: string; readonly load: () => Promise<FolderKind> };
}

export const kinds: readonly Kind[] = [
  {
    name: "events",
    entry: "event",
    formats: {
      "aws-cloudtrail": async () => (await import("./aws-events.ts")).awsEvents,
      "aws-ecr": async () => (await import("./aws-events.ts")).awsEvents,
      "aws-inspector2": async () => (await import("./aws-events.ts")).awsEvents,
      distribution: async () => (await import("./events.ts")).distributionEvents,
    },
    folder: { path: "registry-live", load: async () => (await import("./registry-live.ts")).registryLive },
  },
  {
    name: "findings",
    entry: "report",
    formats: {
      "acr-quarantine-details": async () => (await import("./registry-reports.ts")).quarantineReports,
      "anchore-engine": async () => (await import("./tool-reports.ts")).anchoreReports,
      anchorectl: async () => (await import("./tool-reports.ts")).anchoreReports,
      clair: async () => (await import("./registry-reports.ts")).clairReports,
      csaf: async () => (await import("./documents.ts")).csafDocuments,
      cyclonedx: async () => (await import("./documents.ts")).cyclonedxBoms,
      defender: async () => (await import("./registry-reports.ts")).defenderReports,
      dockle: async () => (await import("./tool-reports.ts")).dockleReports,
      "ecr-describe-image-scan-findings": async () => (await import("./registry-reports.ts")).ecrReports,
      "gitlab-container-scan": async () => (await import("./tool-reports.ts")).gitlabReports,
      gitleaks: async () => (await import("./tool-reports.ts")).gitleaksReports,
      "google-container-analysis": async () => (await import("./registry-reports.ts")).googleReports,
      grype: async () => (await import("./tool-reports.ts")).grypeReports,
      "harbor-report": async () => (await import("./registry-reports.ts")).harborReports,
      hadolint: async () => (await import("./tool-reports.ts")).hadolintReports,
      "inspector2-list-coverage": async () => (await import("./registry-reports.ts")).coverageReports,
      "inspector2-list-findings": async () => (await import("./registry-reports.ts")).inspectorReports,
      "in-toto": async () => (await import("./documents.ts")).inTotoStatements,
      openvex: async () => (await import("./documents.ts")).openvexDocuments,
      "osv-scanner": async () => (await import("./tool-reports.ts")).osvReports,
      "prisma-twistlock": async () => (await import("./tool-reports.ts")).prismaReports,
      "quay-secscan": async () => (await import("./registry-reports.ts")).quayReports,
      sarif: async () => (await import("./documents.ts")).sarifLogs,
      "security-hub-asff": async () => (await import("./registry-reports.ts")).asffReports,
      snyk: async () => (await import("./tool-reports.ts")).snykReports,
      spdx: async () => (await import("./documents.ts")).spdxDocuments,
      "trivy-operator": async () => (await import("./tool-reports.ts")).operatorReports,
      trivy: async () => (await import("./trivy.ts")).trivyReports,
    },
  },
  { name: "signatures", folder: { path: "signatures", load: async () => (await import("./signatures.ts")).signedImages } },
  { name: "ocsf", folder: { path: "ocsf", load: async () => (await import("./ocsf.ts")).checkOcsf } },
  { name: "osv", entry: "osv", formats: { osv: async () => (await import("./feeds.ts")).osvRecords } },
  { name: "kev", entry: "kev", formats: { kev: async () => (await import("./feeds.ts")).knownExploited } },
  { name: "epss", entry: "epss", formats: { epss: async () => (await import("./feeds.ts")).exploitPrediction } },
];
