import { createRepository } from "../acts/create.ts";
import { isRecord, optionalChoice, optionalList, optionalRecord, optionalTexts, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import { needRepository, repositoryArn } from "../state/registry.ts";
import type { ExclusionFilter, RepositorySettings, RepositoryState } from "../state/repository.ts";
import { seconds } from "../state/seconds.ts";
import { type Answer, type Call, type Operation, placeOf, repositoryOf } from "./call.ts";

const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const MUTABILITIES = ["MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"] as const;

function show({ registry, host }: Call, { name, createdAt, settings }: RepositoryState): Answer {
  const { scanOnPush, ...shown } = settings;
  return {
    repositoryArn: repositoryArn(registry, name),
    registryId: registry.account,
    repositoryName: name,
    repositoryUri: `${host}/${name}`,
    createdAt: seconds(createdAt),
    imageScanningConfiguration: { scanOnPush },
    ...shown,
  };
}

const create: Operation = (call) => {
  const name = text(call.input, "repositoryName");
  if (!NAME.test(name) || name.length < 2 || name.length > 256)
    throw invalidParameter("repositoryName", "must satisfy the regular expression");
  const encryption = optionalRecord(call.input, "encryptionConfiguration");
  const settings: Partial<RepositorySettings> = {
    ...mutabilityOf(call),
    scanOnPush: optionalRecord(call.input, "imageScanningConfiguration")?.["scanOnPush"] === true,
    ...(encryption === undefined ? {} : { encryptionConfiguration: encryptionOf(encryption) }),
  };
  return { repository: show(call, createRepository(call.world, call.registry, name, settings)) };
};

function encryptionOf(asked: Readonly<Record<string, unknown>>): RepositorySettings["encryptionConfiguration"] {
  const kmsKey = asked["kmsKey"];
  return { encryptionType: text(asked, "encryptionType"), ...(typeof kmsKey === "string" ? { kmsKey } : {}) };
}

/** Filters belong to the kinds that exclude, and to no other. */
function mutabilityOf({ input }: Call): Partial<RepositorySettings> {
  const kind = optionalChoice(input, "imageTagMutability", MUTABILITIES);
  const filters = optionalList(input, "imageTagMutabilityExclusionFilters", 5, 1)?.map(readFilter);
  if ((kind?.endsWith("_WITH_EXCLUSION") === true) !== (filters !== undefined)) {
    throw invalidParameter("imageTagMutabilityExclusionFilters", "exclusion filters go with a mutability with exclusion, and only with it");
  }
  return {
    ...(kind === undefined ? {} : { imageTagMutability: kind }),
    ...(filters === undefined ? {} : { imageTagMutabilityExclusionFilters: filters }),
  };
}

function readFilter(value: unknown): ExclusionFilter {
  if (!isRecord(value)) throw invalidParameter("imageTagMutabilityExclusionFilters", "Member must be a structure");
  const filter = text(value, "filter");
  if (!/^[0-9a-zA-Z._*-]{1,128}$/.test(filter)) throw invalidParameter("filter", "must satisfy the regular expression");
  return { filterType: text(value, "filterType"), filter };
}

const remove: Operation = (call) => {
  const repository = repositoryOf(call);
  if (repository.images.size > 0 && call.input["force"] !== true) {
    const place = `The repository with name '${repository.name}' in registry with id '${call.registry.account}'`;
    throw new AwsRefusal("RepositoryNotEmptyException", `${place} cannot be deleted because it still contains images`);
  }
  call.registry.repositories.delete(repository.name);
  return { repository: show(call, repository) };
};

const describe: Operation = (call) => {
  const names = optionalTexts(call.input, "repositoryNames", 100);
  const asked = names?.map((name) => needRepository(call.registry, name));
  const all = asked ?? [...call.registry.repositories.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = pageOf(call.input, all, { most: 1000, usual: 100 });
  return { repositories: items.map((one) => show(call, one)), ...next };
};

const putMutability: Operation = (call) => {
  const repository = repositoryOf(call);
  text(call.input, "imageTagMutability");
  const { imageTagMutabilityExclusionFilters: _, ...kept } = repository.settings;
  repository.settings = { ...kept, ...mutabilityOf(call) };
  const { imageTagMutability, imageTagMutabilityExclusionFilters } = repository.settings;
  const filters = imageTagMutabilityExclusionFilters === undefined ? {} : { imageTagMutabilityExclusionFilters };
  return { ...placeOf(call, repository), imageTagMutability, ...filters };
};

export const REPOSITORY_OPERATIONS = {
  CreateRepository: create,
  DeleteRepository: remove,
  DescribeRepositories: describe,
  PutImageTagMutability: putMutability,
} as const;
