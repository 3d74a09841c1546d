import { type Built, buildReferrer, type Content } from "./image.ts";

/** One package with a known weakness, as a scanner would tell it. */
export interface SampleFinding {
  readonly id: string;
  readonly title: string;
  readonly severity: "CRITICAL";
  readonly package: { readonly name: string; readonly purl: string; readonly path: string; readonly installed: string };
  readonly fixed: string;
  readonly score: number;
  readonly vector: string;
  readonly publishedAt: string;
}

/** CVE-2021-44228: remote code execution in Log4j 2, mended in 2.15.0. The sample image names the package and carries no code of it. */
export const LOG4SHELL: SampleFinding = {
  id: "CVE-2021-44228",
  title: "log4j-core: Remote code execution in Log4j 2.x when logs contain an attacker-controlled string value",
  severity: "CRITICAL",
  package: {
    name: "org.apache.logging.log4j:log4j-core",
    purl: "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
    path: "app/lib/log4j-core-2.14.1.jar",
    installed: "2.14.1",
  },
  fixed: "2.15.0",
  score: 10,
  vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
  publishedAt: "2021-12-10T10:15:09.143Z",
};

export interface ReportPlan {
  readonly image: string;
  readonly subject: Content;
  readonly findings: readonly SampleFinding[];
  /** RFC 3339. */
  readonly scannedAt: string;
}

const ARTIFACT_TYPE = "application/vnd.aquasec.trivy.report+json";

/** A vulnerability report in Trivy's JSON format (SchemaVersion 2), attached to the image that it is about. */
export function attachReport(plan: ReportPlan): Built {
  return buildReferrer({
    subject: plan.subject,
    artifactType: ARTIFACT_TYPE,
    layer: { mediaType: ARTIFACT_TYPE, bytes: Buffer.from(JSON.stringify(trivyReport(plan))) },
    annotations: { "org.opencontainers.image.created": plan.scannedAt },
  });
}

function trivyReport({ image, subject, findings, scannedAt }: ReportPlan): unknown {
  return {
    SchemaVersion: 2,
    CreatedAt: scannedAt,
    ArtifactName: image,
    ArtifactType: "container_image",
    Metadata: { OS: { Family: "debian", Name: "12.8" }, RepoDigests: [`${image.slice(0, image.lastIndexOf(":"))}@${subject.digest}`] },
    Results: [
      { Target: `${image} (debian 12.8)`, Class: "os-pkgs", Type: "debian" },
      {
        Target: "Java",
        Class: "lang-pkgs",
        Type: "jar",
        ...(findings.length === 0 ? {} : { Vulnerabilities: findings.map(vulnerability) }),
      },
    ],
  };
}

function vulnerability(finding: SampleFinding): unknown {
  return {
    VulnerabilityID: finding.id,
    PkgName: finding.package.name,
    PkgPath: finding.package.path,
    PkgIdentifier: { PURL: finding.package.purl },
    InstalledVersion: finding.package.installed,
    FixedVersion: finding.fixed,
    Status: "fixed",
    SeveritySource: "ghsa",
    PrimaryURL: `https://avd.aquasec.com/nvd/${finding.id.toLowerCase()}`,
    Title: finding.title,
    Severity: finding.severity,
    CVSS: { nvd: { V3Vector: finding.vector, V3Score: finding.score } },
    PublishedDate: finding.publishedAt,
  };
}
