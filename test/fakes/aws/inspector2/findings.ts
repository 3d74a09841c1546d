import { type Input, optionalRecord } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal } from "../refusal.ts";
import type { RestCall, RestOperation } from "../rest.ts";
import type { RegistryState } from "../state/registry.ts";
import type { Vulnerability } from "../state/scan.ts";
import { fitsFilter, type Subject } from "./filter.ts";
import { findingArn, findingsOf, type ImageFindings, type InspectorFinding } from "./finding.ts";

const DAY_SECONDS = 86_400;

/** Of all images that enhanced scanning looked at. */
function scanned(registry: RegistryState): readonly ImageFindings[] {
  return [...registry.repositories.values()].flatMap((repository) =>
    [...repository.scans].flatMap(([digest, scan]) => {
      const image = repository.images.get(digest);
      return image === undefined || scan.type === "BASIC" ? [] : [{ registry, repository, image, scan }];
    }),
  );
}

/** As with ECR's own list, there may be nothing yet although the scan is complete. Who asks for all images looks at none of them. */
function shownFindings(of: ImageFindings, isAskedFor: boolean): readonly InspectorFinding[] {
  if (of.scan.emptyLooks === 0) return findingsOf(of);
  if (isAskedFor) of.repository.scans.set(of.image.digest, { ...of.scan, emptyLooks: of.scan.emptyLooks - 1 });
  return [];
}

/** Images that the filter could mean, so that only looks at them count as looks. */
function isMeant({ image, repository }: ImageFindings, criteria: Input): boolean {
  const { ecrImageHash, ecrImageRepositoryName } = criteria;
  const asked: Input = {
    ...(ecrImageHash === undefined ? {} : { ecrImageHash }),
    ...(ecrImageRepositoryName === undefined ? {} : { ecrImageRepositoryName }),
  };
  return fitsFilter(asked, { ecrImageHash: () => [image.digest], ecrImageRepositoryName: () => [repository.name] });
}

function subjects(finding: InspectorFinding): Readonly<Record<string, () => Subject>> {
  const [resource] = finding.resources;
  const image = resource?.details.awsEcrContainerImage;
  return {
    findingArn: () => [finding.findingArn],
    awsAccountId: () => [finding.awsAccountId],
    findingStatus: () => [finding.status],
    severity: () => [finding.severity],
    fixAvailable: () => [finding.fixAvailable],
    exploitAvailable: () => [finding.exploitAvailable],
    vulnerabilityId: () => [finding.packageVulnerabilityDetails.vulnerabilityId],
    updatedAt: () => [finding.updatedAt],
    inspectorScore: () => (finding.inspectorScore === undefined ? [] : [finding.inspectorScore]),
    epssScore: () => (finding.epss === undefined ? [] : [finding.epss.score]),
    resourceType: () => (resource === undefined ? [] : [resource.type]),
    resourceId: () => (resource === undefined ? [] : [resource.id]),
    ecrImageHash: () => [image?.imageHash ?? ""],
    ecrImageRepositoryName: () => [image?.repositoryName ?? ""],
    ecrImageRegistry: () => [image?.registry ?? ""],
    ecrImageTags: () => image?.imageTags ?? [],
    ecrImageInUseCount: () => [image?.inUseCount ?? 0],
  };
}

function list({ registry, input }: RestCall): Readonly<Record<string, unknown>> {
  const criteria = optionalRecord(input, "filterCriteria") ?? {};
  const all = scanned(registry)
    .filter((of) => isMeant(of, criteria))
    .flatMap((of) => shownFindings(of, criteria["ecrImageHash"] !== undefined));
  const fitting = all.filter((finding) => fitsFilter(criteria, subjects(finding)));
  // A hundred may be asked for; the model of the answer has room for 25.
  const { items, next } = pageOf(input, fitting, { most: 100, usual: 25, cap: 25, refusal: "ValidationException" });
  return { findings: items, ...next };
}

function details({ registry, input }: RestCall): Readonly<Record<string, unknown>> {
  const arns = input["findingArns"];
  if (!Array.isArray(arns) || arns.length < 1 || arns.length > 10) {
    throw new AwsRefusal("ValidationException", "findingArns: between 1 and 10", { members: { reason: "FIELD_VALIDATION_FAILED" } });
  }
  const known = new Map(scanned(registry).flatMap((of) => foundIn(of).map((one) => [findingArn(of, one), one] as const)));
  const asked = arns.map((arn) => ({ arn: String(arn), found: known.get(String(arn)) }));
  return {
    findingDetails: asked.flatMap(({ arn, found }) => (found === undefined ? [] : [detailOf(arn, found)])),
    errors: asked.flatMap(({ arn, found }) =>
      found === undefined ? [{ findingArn: arn, errorCode: "FINDING_DETAILS_NOT_FOUND", errorMessage: "There are no details" }] : [],
    ),
  };
}

function foundIn({ scan: { outcome, closed } }: ImageFindings): readonly Vulnerability[] {
  return [...(outcome?.kind === "found" ? outcome.vulnerabilities : []), ...closed];
}

/** The only place that knows the catalogue of known exploited vulnerabilities. */
function detailOf(arn: string, { epss, score, knownExploited }: Vulnerability): Readonly<Record<string, unknown>> {
  const cisa = knownExploited && {
    cisaData: {
      dateAdded: knownExploited.addedOn * DAY_SECONDS,
      dateDue: knownExploited.dueOn * DAY_SECONDS,
      action: "Apply updates per vendor instructions.",
    },
  };
  return {
    findingArn: arn,
    ...cisa,
    ...(epss === undefined ? {} : { epssScore: epss }),
    riskScore: Math.round((score ?? 0) * 10),
    cwes: [],
    referenceUrls: [],
    tools: [],
    ttps: [],
    evidences: [],
  };
}

export const FINDING_OPERATIONS: readonly RestOperation[] = [
  { name: "ListFindings", method: "POST", path: "/findings/list", answer: list },
  { name: "BatchGetFindingDetails", method: "POST", path: "/findings/details/batch/get", answer: details },
];
