import { isIndexType } from "../../../../shared/domain/manifest.ts";
import { changeScanner, scanRuleFor, startScan } from "../acts/scan.ts";
import { imageId, isRecord, optionalChoice, optionalList, optionalTexts, text } from "../input.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import { type NameFilter, repositoryArn, type ScanningConfiguration } from "../state/registry.ts";
import { needImage } from "../state/repository.ts";
import { type Operation, placeOf, repositoryOf } from "./call.ts";

const DAY_MS = 86_400_000;

const start: Operation = (call) => {
  const { world, registry } = call;
  const repository = repositoryOf(call);
  const image = needImage(repository, imageId(call.input), registry.account);
  if (registry.scanning.scanType === "ENHANCED") throw new AwsRefusal("ValidationException", "This feature is disabled");
  if (image.status !== "ACTIVE") throw new AwsRefusal("ImageArchivedException", "An archived image cannot be scanned");
  if (isIndexType(image.mediaType)) throw new AwsRefusal("UnsupportedImageTypeException", "A manifest list cannot be scanned");
  const before = repository.scans.get(image.digest);
  if (before !== undefined && world.now() - before.startedAt < DAY_MS) {
    throw new AwsRefusal("LimitExceededException", "The scan quota per image has been exceeded. Wait and try again.");
  }
  startScan(world, registry, repository, image);
  const named = { ...imageId(call.input), imageDigest: image.digest };
  return { ...placeOf(call, repository), imageId: named, imageScanStatus: { status: "IN_PROGRESS" } };
};

const getConfiguration: Operation = ({ registry }) => ({ registryId: registry.account, scanningConfiguration: registry.scanning });

const putConfiguration: Operation = ({ world, registry, input }) => {
  const scanType = optionalChoice(input, "scanType", ["BASIC", "ENHANCED"]) ?? "BASIC";
  const rules = (optionalList(input, "rules", 2) ?? []).map(readRule);
  if (scanType === "BASIC" && rules.some((rule) => rule.scanFrequency === "CONTINUOUS_SCAN")) {
    throw invalidParameter("rules", "Basic scanning does not support continuous scan");
  }
  changeScanner(world, registry, { scanType, rules });
  return { registryScanningConfiguration: registry.scanning };
};

function readRule(value: unknown): ScanningConfiguration["rules"][number] {
  if (!isRecord(value)) throw invalidParameter("rules", "Member must be a structure");
  const scanFrequency = optionalChoice(value, "scanFrequency", ["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"]);
  const filters = optionalList(value, "repositoryFilters", 100);
  if (scanFrequency === undefined || filters === undefined) throw invalidParameter("rules", "Member must not be null");
  return { scanFrequency, repositoryFilters: filters.map(readNameFilter) };
}

export function readNameFilter(value: unknown): NameFilter {
  if (!isRecord(value)) throw invalidParameter("repositoryFilters", "Member must be a structure");
  return { filter: text(value, "filter"), filterType: text(value, "filterType") };
}

const ofRepositories: Operation = ({ registry, input }) => {
  const names = optionalTexts(input, "repositoryNames", 25);
  if (names === undefined) throw invalidParameter("repositoryNames", "Member must not be null");
  const known = names.flatMap((name) => registry.repositories.get(name) ?? []);
  const unknown = names.filter((name) => !registry.repositories.has(name));
  return {
    scanningConfigurations: known.map((repository) => {
      const { frequency, applied } = scanRuleFor(registry, repository);
      const arn = repositoryArn(registry, repository.name);
      const scanOnPush = frequency !== "MANUAL";
      return { repositoryArn: arn, repositoryName: repository.name, scanOnPush, scanFrequency: frequency, appliedScanFilters: applied };
    }),
    failures: unknown.map((name) => ({
      repositoryName: name,
      failureCode: "REPOSITORY_NOT_FOUND",
      failureReason: "There is no such repository",
    })),
  };
};

export const SCANNING_OPERATIONS = {
  StartImageScan: start,
  GetRegistryScanningConfiguration: getConfiguration,
  PutRegistryScanningConfiguration: putConfiguration,
  BatchGetRepositoryScanningConfiguration: ofRepositories,
} as const;
