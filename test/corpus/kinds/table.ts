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
    formats: { distribution: async () => (await import("./events.ts")).distributionEvents },
    folder: { path: "registry-live", load: async () => (await import("./registry-live.ts")).registryLive },
  },
  {
    name: "findings",
    entry: "report",
    formats: { trivy: async () => (await import("./trivy.ts")).trivyReports },
  },
  { name: "signatures", folder: { path: "signatures", load: async () => (await import("./signatures.ts")).signedImages } },
  { name: "ocsf", folder: { path: "ocsf", load: async () => (await import("./ocsf.ts")).checkOcsf } },
  { name: "osv", entry: "osv", formats: { osv: async () => (await import("./feeds.ts")).osvRecords } },
  { name: "kev", entry: "kev", formats: { kev: async () => (await import("./feeds.ts")).knownExploited } },
  { name: "epss", entry: "epss", formats: { epss: async () => (await import("./feeds.ts")).exploitPrediction } },
];
