import { createHash } from "node:crypto";
import type { StoredImage } from "../state/image.ts";
import { imageArn, type RegistryState } from "../state/registry.ts";
import { type RepositoryState, tagsOf } from "../state/repository.ts";
import type { InspectorSeverity, Scan, Vulnerability } from "../state/scan.ts";
import { seconds } from "../state/seconds.ts";

export interface ImageFindings {
  readonly registry: RegistryState;
  readonly repository: RepositoryState;
  readonly image: StoredImage;
  readonly scan: Scan;
}

/** As ListFindings has it; times in seconds since 1970. */
export interface InspectorFinding {
  readonly type: "PACKAGE_VULNERABILITY";
  readonly title: string;
  readonly description: string;
  readonly findingArn: string;
  readonly awsAccountId: string;
  readonly severity: InspectorSeverity;
  readonly status: "ACTIVE" | "SUPPRESSED" | "CLOSED";
  readonly fixAvailable: "YES" | "NO";
  readonly exploitAvailable: "YES" | "NO";
  readonly packageVulnerabilityDetails: { readonly vulnerabilityId: string } & Readonly<Record<string, unknown>>;
  readonly epss?: { readonly score: number };
  readonly inspectorScore?: number;
  readonly inspectorScoreDetails?: { readonly adjustedCvss: Readonly<Record<string, unknown>> };
  readonly firstObservedAt: number;
  readonly lastObservedAt: number;
  readonly updatedAt: number;
  readonly remediation: { readonly recommendation: { readonly text: string } };
  readonly resources: readonly FindingResource[];
}

interface FindingResource {
  readonly partition: "aws";
  readonly region: string;
  readonly provider: "AWS";
  readonly providerAccountId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly id: string;
  readonly type: "AWS_ECR_CONTAINER_IMAGE";
  readonly details: { readonly awsEcrContainerImage: EcrImageDetails } & Readonly<Record<string, unknown>>;
}

interface EcrImageDetails {
  readonly repositoryName: string;
  readonly imageHash: string;
  readonly imageTags: readonly string[];
  readonly registry: string;
  readonly inUseCount: number;
}

export function findingsOf(of: ImageFindings): readonly InspectorFinding[] {
  const { outcome, closed } = of.scan;
  const found = outcome?.kind === "found" ? outcome.vulnerabilities : [];
  return [
    ...found.map((one) => findingOf(of, one, one.isSuppressed === true ? "SUPPRESSED" : "ACTIVE")),
    ...closed.map((one) => findingOf(of, one, "CLOSED")),
  ];
}

export function findingArn({ registry, repository, image }: ImageFindings, { id, package: { name, version } }: Vulnerability): string {
  const hash = createHash("sha256").update([repository.name, image.digest, id, name, version].join(" ")).digest("hex");
  return `arn:aws:inspector2:${registry.region}:${registry.account}:finding/${hash.slice(0, 32)}`;
}

function findingOf(of: ImageFindings, one: Vulnerability, status: InspectorFinding["status"]): InspectorFinding {
  const at = seconds(of.scan.completedAt ?? of.scan.startedAt);
  return {
    type: "PACKAGE_VULNERABILITY",
    title: `${one.id} - ${one.package.name}`,
    description: `${one.id} in ${one.package.name}`,
    findingArn: findingArn(of, one),
    awsAccountId: of.registry.account,
    severity: one.severity,
    status,
    fixAvailable: one.package.fixedIn === undefined ? "NO" : "YES",
    exploitAvailable: one.hasExploit === true ? "YES" : "NO",
    firstObservedAt: at,
    lastObservedAt: at,
    updatedAt: at,
    remediation: { recommendation: { text: "None Provided" } },
    packageVulnerabilityDetails: packageDetails(one),
    ...(one.epss === undefined ? {} : { epss: { score: one.epss } }),
    ...scoreOf(one),
    resources: [resourceOf(of)],
  };
}

function scoreOf({ score, vector }: Vulnerability): Pick<InspectorFinding, "inspectorScore" | "inspectorScoreDetails"> {
  if (score === undefined) return {};
  const scored = { score, scoreSource: "NVD", cvssSource: "NVD", version: "3.1", scoringVector: vector ?? "NONE", adjustments: [] };
  return { inspectorScore: score, inspectorScoreDetails: { adjustedCvss: scored } };
}

function packageDetails({
  id,
  severity,
  package: affected,
  score,
  vector,
}: Vulnerability): InspectorFinding["packageVulnerabilityDetails"] {
  const { name, version, fixedIn, manager, arch, filePath } = affected;
  return {
    vulnerabilityId: id,
    source: "NVD",
    sourceUrl: `https://nvd.nist.gov/vuln/detail/${id}`,
    vendorSeverity: severity,
    cvss: score === undefined ? [] : [{ baseScore: score, scoringVector: vector ?? "NONE", source: "NVD", version: "3.1" }],
    referenceUrls: [],
    relatedVulnerabilities: [],
    vulnerablePackages: [
      {
        name,
        version,
        epoch: 0,
        packageManager: manager,
        ...(arch === undefined ? {} : { arch }),
        ...(fixedIn === undefined
          ? {}
          : {
              fixedInVersion: fixedIn,
              remediation: `update ${name} to ${fixedIn}`,
            }),
        ...(filePath === undefined ? {} : { filePath }),
      },
    ],
  };
}

/** The image stands there twice: under its old name, and in the form that all clouds share. */
function resourceOf({ registry, repository, image }: ImageFindings): FindingResource {
  const use = (repository.clusters.get(image.digest) ?? []).filter(({ running }) => running > 0);
  const shared = {
    repositoryName: repository.name,
    registry: registry.account,
    imageTags: tagsOf(repository, image.digest),
    architecture: "amd64",
    platform: "DEBIAN_12",
    pushedAt: seconds(image.pushedAt),
    inUseCount: use.length,
    ...(use.length === 0 ? {} : { lastInUseAt: seconds(Math.max(...use.map(({ lastInUseAt }) => lastInUseAt))) }),
  };
  return {
    id: imageArn(registry, repository.name, image.digest),
    type: "AWS_ECR_CONTAINER_IMAGE",
    details: {
      awsEcrContainerImage: {
        ...shared,
        imageHash: image.digest,
      },
      image: {
        ...shared,
        imageDigest: image.digest,
      },
    },
    partition: "aws",
    region: registry.region,
    provider: "AWS",
    providerAccountId: registry.account,
    tags: {},
  };
}

/** In events, times are text of a format of their own. */
export function eventOfFinding(finding: InspectorFinding): Readonly<Record<string, unknown>> {
  const times = ["firstObservedAt", "lastObservedAt", "updatedAt", "pushedAt", "lastInUseAt"];
  const printed = JSON.stringify(finding, (name, value: unknown) => (times.includes(name) ? printTime(Number(value)) : value));
  return JSON.parse(printed) as Readonly<Record<string, unknown>>;
}

/** `Wed Sep 04 16:55:38.411 UTC 2024` */
function printTime(at: number): string {
  const date = new Date(at * 1000);
  const text = date.toUTCString();
  return `${text.slice(0, 3)} ${text.slice(8, 11)} ${text.slice(5, 7)} ${date.toISOString().slice(11, 23)} UTC ${text.slice(12, 16)}`;
}
