import { closeSync, openSync, writeSync } from "node:fs";

/** As Trivy writes it, with descriptions and links of common length. @returns how many vulnerabilities */
function writeReport(file: string, size: number): number {
  const handle = openSync(file, "w");
  let written = writeSync(
    handle,
    `{"SchemaVersion":2,"CreatedAt":"2026-11-21T11:00:00Z","ArtifactName":"a","ArtifactType":"container_image","Results":[`,
  );
  written += writeSync(handle, '{"Target":"a (debian 12)","Class":"os-pkgs","Type":"debian","Vulnerabilities":[');
  let entries = 0;
  while (written < size) {
    const some = Array.from({ length: 100 }, (_, at) => JSON.stringify(vulnerability(entries + at))).join(",");
    written += writeSync(handle, entries === 0 ? some : `,${some}`);
    entries += 100;
  }
  writeSync(handle, "]}]}");
  closeSync(handle);
  return entries;
}

function vulnerability(number: number): object {
  const name = `package-${number % 900}`;
  return {
    VulnerabilityID: `CVE-2026-${10_000 + (number % 7_000)}`,
    PkgID: `${name}@1.2.${number % 40}`,
    PkgName: name,
    PkgIdentifier: {
      PURL: `pkg:deb/debian/${name}@1.2.${number % 40}?arch=amd64&distro=debian-12.5`,
      UID: (number % 900).toString(16).padStart(16, "0"),
    },
    InstalledVersion: `1.2.${number % 40}`,
    FixedVersion: number % 3 === 0 ? `1.3.${number % 40}` : "",
    Status: number % 3 === 0 ? "fixed" : "affected",
    Layer: { Digest: `sha256:${"a".repeat(64)}`, DiffID: `sha256:${"b".repeat(64)}` },
    SeveritySource: "debian",
    PrimaryURL: `https://avd.example/nvd/cve-2026-${10_000 + (number % 7_000)}`,
    Title: `A flaw in the parser of ${name} lets a document write past its buffer`,
    Description: "A flaw was found in which a crafted document makes the parser write past the end of a buffer. ".repeat(9),
    Severity: ["LOW", "MEDIUM", "HIGH", "CRITICAL"][number % 4],
    CweIDs: ["CWE-787"],
    VendorSeverity: { debian: (number % 4) + 1, nvd: 3, redhat: 2 },
    CVSS: { nvd: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", V3Score: 7.5 } },
    References: Array.from({ length: 12 }, (_, at) => `https://lists.example/archives/2026/${number}/${at}/advisory.html`),
    PublishedDate: "2026-03-01T08:15:00.123Z",
    LastModifiedDate: "2026-04-01T08:15:00.123Z",
  };
}

const [, , file = "report.json", size = "1000000"] = process.argv;
process.stdout.write(String(writeReport(file, Number(size))));
