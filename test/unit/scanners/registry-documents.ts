import { digest } from "./given.ts";

/** Documents of registries and their scanners, each with one vulnerability and as small as their readers take them. */

export const INSPECTOR_FINDING = {
  findingArn: "arn:aws:inspector2:eu-west-1:111122223333:finding/0123456789abcdef",
  type: "PACKAGE_VULNERABILITY",
  status: "ACTIVE",
  severity: "HIGH",
  title: "CVE-2026-1 - openssl",
  firstObservedAt: "2026-11-20T08:00:00Z",
  lastObservedAt: "2026-11-21T08:00:00Z",
  fixAvailable: "YES",
  packageVulnerabilityDetails: {
    vulnerabilityId: "CVE-2026-1",
    source: "DEBIAN_CVE",
    vendorSeverity: "low",
    vulnerablePackages: [
      { name: "openssl", version: "3.0.11", epoch: 0, release: "1", packageManager: "OS", fixedInVersion: "0:3.0.14-1" },
    ],
  },
  resources: [{ type: "AWS_ECR_CONTAINER_IMAGE", id: "arn", details: { awsEcrContainerImage: { imageHash: digest(1) } } }],
};

export const ECR_FINDING = {
  name: "CVE-2026-1",
  severity: "HIGH",
  attributes: [
    { key: "package_name", value: "openssl" },
    { key: "package_version", value: "3.0.11" },
    { key: "CVSS3_SCORE", value: "7.5" },
    { key: "CVSS3_VECTOR", value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" },
  ],
};

export function ecrJson(told: object | null, status = "COMPLETE", more: object = {}): object {
  const scanned = told === null ? null : { imageScanCompletedAt: 1_795_248_000.5, vulnerabilitySourceUpdatedAt: 1_795_240_000.0, ...told };
  return {
    repositoryName: "shop/api",
    imageId: { imageDigest: digest(1) },
    imageScanStatus: { status, description: "as asked" },
    imageScanFindings: scanned,
    ...more,
  };
}

export const ASFF_FINDING = {
  SchemaVersion: "2018-10-08",
  Id: "finding/1",
  ProductArn: "arn:aws:securityhub:eu-west-1::product/aws/inspector",
  ProductName: "Inspector",
  Title: "CVE-2026-1 - openssl",
  FirstObservedAt: "2026-11-20T08:00:00Z",
  LastObservedAt: "2026-11-21T08:00:00Z",
  Severity: { Label: "HIGH", Normalized: 70 },
  ProductFields: { "aws/inspector/FindingStatus": "ACTIVE" },
  RecordState: "ACTIVE",
  Workflow: { Status: "NEW" },
  Resources: [{ Type: "AwsEcrContainerImage", Id: "arn", Details: { AwsEcrContainerImage: { ImageDigest: digest(1) } } }],
  Vulnerabilities: [
    {
      Id: "CVE-2026-1",
      FixAvailable: "YES",
      EpssScore: 0.25,
      Vendor: { Name: "REDHAT_CVE", VendorSeverity: "Important" },
      Cvss: [{ Version: "3.1", BaseScore: 7.5, Source: "NVD" }],
      VulnerablePackages: [{ Name: "openssl", Version: "3.0.7", Epoch: "1", Release: "24.el9", FixedInVersion: "1:3.0.7-25.el9" }],
    },
  ],
};

export const OCCURRENCE = {
  name: "projects/shop/locations/europe-west1/occurrences/1",
  kind: "VULNERABILITY",
  noteName: "projects/goog-vulnz/notes/CVE-2026-1",
  resourceUri: `https://europe-west1-docker.pkg.dev/shop/apps/api@${digest(1)}`,
  createTime: "2026-11-20T08:00:00.123456Z",
  vulnerability: {
    severity: "MINIMAL",
    effectiveSeverity: "HIGH",
    cvssv3: { baseScore: 7.5 },
    fixAvailable: true,
    packageIssue: [
      {
        affectedPackage: "openssl",
        affectedVersion: { kind: "NORMAL", epoch: 1, name: "3.0.11", revision: "1" },
        fixedVersion: { kind: "NORMAL", fullName: "1:3.0.14-1" },
        packageType: "OS",
      },
    ],
  },
};

export function discovery(analysisStatus: string, more: object = {}): object {
  return {
    name: "projects/shop/occurrences/2",
    kind: "DISCOVERY",
    noteName: "projects/goog-analysis/notes/PACKAGE_VULNERABILITY",
    resourceUri: OCCURRENCE.resourceUri,
    discovery: { analysisStatus, continuousAnalysis: "ACTIVE", lastScanTime: "2026-11-21T08:00:00Z", ...more },
  };
}

export const SUB_ASSESSMENT = {
  id: "/subscriptions/s/providers/Microsoft.Security/assessments/c0b7cfc6-3172-465a-b378-53c7ff2cc0d5/subassessments/1",
  type: "microsoft.security/assessments/subassessments",
  properties: {
    id: "CVE-2026-1",
    displayName: "CVE-2026-1",
    timeGenerated: "2026-11-21T08:00:00.1234567",
    status: { code: "Unhealthy", severity: "High" },
    additionalData: {
      assessedResourceType: "AzureContainerRegistryVulnerability",
      vulnerabilityDetails: {
        cveId: "CVE-2026-1",
        severity: "High",
        publishedDate: "2026-11-01T00:00:00",
        cvss: { "3.0": { base: 7.5, cvssVectorString: "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" } },
        exploitabilityAssessment: { isInExploitKit: false, exploitStepsPublished: true },
      },
      artifactDetails: { digest: digest(1) },
      softwareDetails: { packageName: "openssl", version: "3.0.11", category: "OS", fixedVersion: "3.0.14", fixStatus: "FixAvailable" },
    },
  },
};

export const HARBOR_ITEM = { id: "CVE-2026-1", package: "openssl", version: "3.0.11", fix_version: "3.0.14, 3.1.6", severity: "High" };

export function harborJson(vulnerabilities: readonly object[] | null, more: object = {}): object {
  return {
    generated_at: "2026-11-21T08:00:00.123456789Z",
    scanner: { name: "Trivy", version: "0.60" },
    severity: "None",
    vulnerabilities,
    ...more,
  };
}

export const QUAY_VULNERABILITY = {
  Name: "RHSA-2026:1: openssl security update (Important)",
  Severity: "High",
  Link: "https://access.redhat.com/errata/RHSA-2026:1 https://access.redhat.com/security/cve/CVE-2026-1001",
  FixedBy: "1:3.0.7-25.el9",
  NamespaceName: "RHEL9-rhel-9",
  Metadata: { NVD: { CVSSv3: { Score: "", Vectors: "" } } },
};

export function quayJson(vulnerabilities: readonly object[] | null, status = "scanned"): object {
  const feature = {
    Name: "openssl",
    Version: "1:3.0.7-24.el9",
    VersionFormat: "rpm",
    AddedBy: digest(9),
    Vulnerabilities: vulnerabilities,
  };
  return { status, data: { Layer: { Name: digest(1), IndexedByVersion: 4, Features: [feature] } } };
}

export const CLAIR_VULNERABILITY = {
  name: "openssl: a flaw in a parser (moderate)",
  updater: "RHEL9-rhel-9",
  issued: "2026-11-01T00:00:00Z",
  links: "https://access.redhat.com/security/cve/CVE-2026-1001",
  severity: "Moderate",
  normalized_severity: "Medium",
  fixed_in_version: "",
};

export function clairJson(vulnerability: object | undefined, more: object = {}): object {
  return {
    manifest_hash: digest(1),
    packages: { "1": { id: "1", name: "openssl-libs", version: "1:3.0.7-24.el9", kind: "binary", source: { name: "openssl" } } },
    distributions: { "7": { id: "7", did: "rhel", version: "9" } },
    environments: { "1": [{ package_db: "sqlite:var/lib/rpm", introduced_in: digest(9), distribution_id: "7" }] },
    vulnerabilities: vulnerability === undefined ? {} : { "5": vulnerability },
    package_vulnerabilities: vulnerability === undefined ? {} : { "1": ["5"] },
    enrichments: {},
    ...more,
  };
}

/** One readable document of each format with a vulnerability in it, by the reader's id. */
export const DOCUMENTS: Readonly<Record<string, object>> = {
  ecr: ecrJson({ findings: [ECR_FINDING], findingSeverityCounts: { HIGH: 1 } }),
  inspector2: { findings: [INSPECTOR_FINDING] },
  asff: { Findings: [ASFF_FINDING] },
  "container-analysis": { occurrences: [discovery("FINISHED_SUCCESS"), OCCURRENCE] },
  defender: { value: [SUB_ASSESSMENT] },
  harbor: { "application/vnd.security.vulnerability.report; version=1.1": harborJson([HARBOR_ITEM], { severity: "High" }) },
  quay: quayJson([QUAY_VULNERABILITY]),
  clair: clairJson(CLAIR_VULNERABILITY),
  klar: {
    LayerCount: 3,
    Vulnerabilities: {
      High: [{ Name: "CVE-2026-1", Severity: "High", FeatureName: "openssl", FeatureVersion: "3.0.11", FixedBy: "3.0.14" }],
    },
  },
  "clair-scanner": {
    image: "shop/api:1",
    unapproved: ["CVE-2026-1"],
    vulnerabilities: [
      {
        featurename: "openssl",
        featureversion: "3.0.11",
        vulnerability: "CVE-2026-1",
        namespace: "debian:12",
        severity: "High",
        fixedby: "",
      },
    ],
  },
};
