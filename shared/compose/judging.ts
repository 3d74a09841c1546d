import type { RegistryHost } from "../domain/image-ref.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import { readImageConfig } from "../oci/image-config.ts";
import type { JudgeDeps } from "../pipeline/deps.ts";
import type { ReportReader, ReportStore } from "../ports/findings-source.ts";
import type { ImageSource } from "../ports/image-source.ts";
import type { Log } from "../ports/log.ts";
import type { OccurrenceSource } from "../ports/occurrence-source.ts";
import { attachedReports } from "../scanners/attached.ts";
import { postedReports } from "../scanners/posted.ts";
import { reportReaders } from "../scanners/table.ts";
import { remembering } from "../signatures/remember.ts";
import { openRevocation, type RevocationSettings } from "../signatures/revocation/source.ts";
import { signatures } from "../signatures/table.ts";
import type { PolicyFile } from "./policy-file.ts";
import type { Vendors } from "./vendors.ts";

export interface JudgingSettings {
  /** Where the images of a registry are read. */
  readonly source: (host: RegistryHost) => ImageSource | undefined;
  readonly reports: Pick<ReportStore, "list">;
  /** What the registries' products know themselves; nothing where it is left out. */
  readonly vendors?: Vendors;
  readonly policy: Pick<PolicyFile, "current">;
  readonly threats: () => ThreatFacts;
  /** Without a store, answers about revocation are kept as long as the process lives. */
  readonly revocation: Omit<RevocationSettings, "log">;
  readonly log: Log;
  /** Where attestations of Binary Authorization are. */
  readonly occurrences?: OccurrenceSource | undefined;
}

/** The judging half of the gate: every report format and every signature format that is built in. */
export async function judging({
  source,
  reports,
  vendors: { scanners, ...vendors } = { scanners: [] },
  policy,
  threats,
  revocation,
  log,
  occurrences,
}: JudgingSettings): Promise<JudgeDeps & { readonly readers: () => Promise<readonly ReportReader[]> }> {
  const readers = (): Promise<readonly ReportReader[]> => loadAll(reportReaders);
  return {
    findings: [attachedReports({ source, readers }), postedReports({ reports, readers }), ...scanners],
    readConfig: readImageConfig,
    verifiers: (await loadAll(signatures)).map((verifier) => (verifier.reads === "referrers" ? remembering(verifier) : verifier)),
    policy: policy.current,
    threats,
    revocation: openRevocation({ ...revocation, log }),
    readers,
    log,
    ...vendors,
    ...(occurrences === undefined ? {} : { occurrences }),
  };
}

function loadAll<T>(table: Readonly<Record<string, () => Promise<T>>>): Promise<readonly T[]> {
  return Promise.all(Object.values(table).map((load) => load()));
}
