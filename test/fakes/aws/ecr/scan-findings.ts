import { scanRuleFor } from "../acts/scan.ts";
import { basicCounts } from "../events/scan-events.ts";
import { imageId, isRecord } from "../input.ts";
import { findingsOf, type InspectorFinding } from "../inspector2/finding.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal } from "../refusal.ts";
import type { StoredImage } from "../state/image.ts";
import { needImage, type RepositoryState } from "../state/repository.ts";
import type { Scan, Vulnerability } from "../state/scan.ts";
import { seconds } from "../state/seconds.ts";
import { type Answer, type Call, type Operation, placeOf, repositoryOf } from "./call.ts";

export const scanFindings: Operation = (call) => {
  const repository = repositoryOf(call);
  const image = needImage(repository, imageId(call.input), call.registry.account);
  const place = { ...placeOf(call, repository), imageId: { ...imageId(call.input), imageDigest: image.digest } };
  if (image.status !== "ACTIVE") return { ...place, imageScanStatus: { status: "IMAGE_ARCHIVED", description: "The image is archived" } };
  const scan = repository.scans.get(image.digest);
  if (scan === undefined) {
    const message = `Image scan does not exist for the image with '${image.digest}' in the repository with name '${repository.name}'`;
    throw new AwsRefusal("ScanNotFoundException", message);
  }
  const answer = { ...place, imageScanStatus: statusOf(call, repository, scan) };
  return scan.outcome?.kind === "found" ? { ...answer, ...foundOf(call, repository, image, scan) } : answer;
};

function statusOf({ registry }: Call, repository: RepositoryState, { outcome, type }: Scan): Answer {
  const isContinuous = scanRuleFor(registry, repository).frequency === "CONTINUOUS_SCAN";
  switch (outcome?.kind) {
    case undefined:
      return type === "BASIC" ? { status: "IN_PROGRESS" } : { status: "PENDING", description: "The scan has not begun" };
    case "found":
      return type === "ENHANCED" && isContinuous
        ? { status: "ACTIVE", description: "Continuous scan is selected for image." }
        : { status: "COMPLETE", description: "The scan was completed successfully." };
    case "failed":
      return { status: "FAILED", description: outcome.reason };
    case "unsupported":
      return { status: unsupportedStatus(outcome.reason), description: `UnsupportedImageError: ${outcome.reason}` };
  }
}

/** Some reasons are statuses of their own. */
function unsupportedStatus(reason: string): string {
  const own = ["SCAN_ELIGIBILITY_EXPIRED", "FINDINGS_UNAVAILABLE", "LIMIT_EXCEEDED", "IMAGE_SIZE_EXCEEDED"];
  return own.includes(reason) ? reason : "UNSUPPORTED_IMAGE";
}

/** Complete, and yet there is nothing: neither list of findings, for as often as was set. */
function foundOf(call: Call, repository: RepositoryState, image: StoredImage, scan: Scan): Answer {
  const at = { imageScanCompletedAt: seconds(scan.completedAt ?? 0), vulnerabilitySourceUpdatedAt: seconds(scan.completedAt ?? 0) };
  if (scan.emptyLooks > 0) {
    repository.scans.set(image.digest, { ...scan, emptyLooks: scan.emptyLooks - 1 });
    return { imageScanFindings: { ...at, findingSeverityCounts: {} } };
  }
  const found = scan.outcome?.kind === "found" ? scan.outcome.vulnerabilities : [];
  if (scan.type === "BASIC") {
    const { items, next } = pageOf(call.input, found, { most: 1000, usual: 100 });
    return { imageScanFindings: { ...at, findingSeverityCounts: basicCounts(found), findings: items.map(basicFinding) }, ...next };
  }
  const active = findingsOf({ registry: call.registry, repository, image, scan }).filter(({ status }) => status === "ACTIVE");
  // The size that was asked for is ignored (boto3, thread 3449).
  const { items, next } = pageOf(call.input, active, { most: 1000, usual: 100, ignoresAsked: true });
  const bySeverity = Map.groupBy(active, ({ severity }) => severity);
  const counts = Object.fromEntries([...bySeverity].map(([name, all]) => [name, all.length]));
  return { imageScanFindings: { ...at, findingSeverityCounts: counts, enhancedFindings: items.map(enhancedFinding) }, ...next };
}

function basicFinding({ id, severity, package: affected, vector }: Vulnerability): Answer {
  const attributes = [
    { key: "package_version", value: affected.version },
    { key: "package_name", value: affected.name },
    ...(affected.fixedIn === undefined ? [] : [{ key: "fixed_in_version", value: affected.fixedIn }]),
    ...(vector === undefined ? [] : [{ key: "CVSS3_VECTOR", value: vector }]),
  ];
  const named = severity === "UNTRIAGED" ? "UNDEFINED" : severity;
  return { name: id, description: id, uri: `https://nvd.nist.gov/vuln/detail/${id}`, severity: named, attributes };
}

/** Less than Inspector itself tells: no EPSS, and scores under other names. */
function enhancedFinding(finding: InspectorFinding): Answer {
  const { epss: _, inspectorScore, inspectorScoreDetails: details, resources, packageVulnerabilityDetails, ...kept } = finding;
  const { cvssSource: __, ...cvss } = details?.adjustedCvss ?? {};
  return {
    ...kept,
    packageVulnerabilityDetails: withoutRemediation(packageVulnerabilityDetails),
    resources: resources.map(({ id, type, tags, details: { awsEcrContainerImage } }) => ({
      id,
      type,
      tags,
      details: { awsEcrContainerImage },
    })),
    ...(inspectorScore === undefined ? {} : { score: inspectorScore, scoreDetails: { cvss } }),
  };
}

function withoutRemediation({ vulnerablePackages, ...details }: InspectorFinding["packageVulnerabilityDetails"]): Answer {
  const packages = Array.isArray(vulnerablePackages) ? vulnerablePackages.filter(isRecord) : [];
  const kept = packages.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== "remediation")));
  return { ...details, vulnerablePackages: kept };
}
