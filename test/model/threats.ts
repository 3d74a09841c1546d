import { ALL_WARES, digestOfWare, VULNERABILITY, type Ware } from "./stock.ts";

/** A catalogue that loses more than a tenth of its entries is not believed: these have nothing to do with the stock. */
const OTHERS = Array.from({ length: 9 }, (_, number) => `CVE-2025-100${number}`);

/** CISA's catalogue, with the one vulnerability of the stock or without. */
export function catalogueText(isAttacked: boolean): string {
  const ids = isAttacked ? [...OTHERS, VULNERABILITY] : OTHERS;
  const vulnerabilities = ids.map((cveID) => ({ cveID, dateAdded: "2026-02-20", knownRansomwareCampaignUse: "Unknown" }));
  return JSON.stringify({
    catalogVersion: "2026.02.28",
    dateReleased: "2026-02-28T12:00:00.0000Z",
    count: vulnerabilities.length,
    vulnerabilities,
  });
}

/** What Trivy would say of each image that is no index. */
export const REPORTS: readonly { readonly digest: string; readonly bytes: Uint8Array }[] = ALL_WARES.filter(
  ({ children }) => children.length === 0,
).map((ware) => ({ digest: digestOfWare(ware), bytes: Buffer.from(JSON.stringify(reportOn(ware))) }));

function reportOn({ name, isVulnerable }: Ware): object {
  const found = {
    VulnerabilityID: VULNERABILITY,
    PkgName: "openssl",
    InstalledVersion: "3.0.11",
    Severity: "HIGH",
    SeveritySource: "debian",
  };
  return {
    SchemaVersion: 2,
    CreatedAt: "2026-02-28T11:00:00Z",
    ArtifactName: name,
    ArtifactType: "container_image",
    Results: [{ Target: name, Class: "os-pkgs", Type: "debian", Vulnerabilities: isVulnerable ? [found] : [] }],
  };
}
