import { isRecord, optionalChoice, optionalList, optionalTexts, record, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import type { ReplicationRule } from "../state/registry.ts";
import { seconds } from "../state/seconds.ts";
import type { Operation } from "./call.ts";
import { readNameFilter } from "./scanning.ts";

const MOST_EXCLUSIONS = 100;
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE", "CLAIR"],
  REGISTRY_POLICY_SCOPE: ["V1", "V2"],
  BLOB_MOUNTING: ["ENABLED", "DISABLED"],
};

const token: Operation = ({ authorize }) => {
  const { token: authorizationToken, expiresAt, endpoint } = authorize();
  return { authorizationData: [{ authorizationToken, expiresAt: seconds(expiresAt), proxyEndpoint: endpoint }] };
};

const describeRegistry: Operation = ({ registry }) => ({ registryId: registry.account, replicationConfiguration: registry.replication });

const putReplication: Operation = ({ registry, input }) => {
  const asked = record(input, "replicationConfiguration");
  const rules = optionalList(asked, "rules", 10);
  if (rules === undefined) throw invalidParameter("rules", "Member must not be null");
  registry.replication = { rules: rules.map(readReplicationRule) };
  return { replicationConfiguration: registry.replication };
};

function readReplicationRule(value: unknown): ReplicationRule {
  if (!isRecord(value)) throw invalidParameter("rules", "Member must be a structure");
  const destinations = (optionalList(value, "destinations", 25) ?? []).map((one) => {
    if (!isRecord(one)) throw invalidParameter("destinations", "Member must be a structure");
    return { region: text(one, "region"), registryId: text(one, "registryId") };
  });
  const filters = optionalList(value, "repositoryFilters", 100, 1)?.map(readNameFilter);
  const deletion = value["deleteReplication"];
  return {
    destinations,
    ...(filters === undefined ? {} : { repositoryFilters: filters }),
    ...(isRecord(deletion) ? { deleteReplication: { enabled: deletion["enabled"] === true } } : {}),
  };
}

const createTemplate: Operation = ({ world, registry, input }) => {
  const prefix = text(input, "prefix");
  if (optionalTexts(input, "appliedFor", 3) === undefined) throw invalidParameter("appliedFor", "Member must not be null");
  if (registry.templates.has(prefix)) throw new AwsRefusal("TemplateAlreadyExistsException", `There is a template for '${prefix}' already`);
  const at = seconds(world.now());
  const template = {
    imageTagMutability: "MUTABLE",
    encryptionConfiguration: { encryptionType: "AES256" },
    ...input,
    createdAt: at,
    updatedAt: at,
  };
  registry.templates.set(prefix, template);
  return { registryId: registry.account, repositoryCreationTemplate: template };
};

const describeTemplates: Operation = ({ registry, input }) => {
  const prefixes = optionalTexts(input, "prefixes", 100);
  const all = [...registry.templates].filter(([prefix]) => prefixes?.includes(prefix) ?? true).map(([, template]) => template);
  const { items, next } = pageOf(input, all, { most: 1000, usual: 100 });
  return { registryId: registry.account, repositoryCreationTemplates: items, ...next };
};

const describeCacheRules: Operation = ({ registry, input }) => {
  const prefixes = optionalTexts(input, "ecrRepositoryPrefixes", 100);
  const known = registry.cacheRules.map((rule) => String(rule["ecrRepositoryPrefix"]));
  const unknown = prefixes?.find((prefix) => !known.includes(prefix));
  if (unknown !== undefined) throw new AwsRefusal("PullThroughCacheRuleNotFoundException", `There is no rule for '${unknown}'`);
  const all = registry.cacheRules.filter((rule) => prefixes?.includes(String(rule["ecrRepositoryPrefix"])) ?? true);
  const { items, next } = pageOf(input, all, { most: 1000, usual: 100 });
  return { pullThroughCacheRules: items, ...next };
};

const excludePulls: Operation = ({ world, registry, input }) => {
  const principalArn = text(input, "principalArn");
  if (registry.pullExclusions.has(principalArn))
    throw new AwsRefusal("ExclusionAlreadyExistsException", `'${principalArn}' is excluded already`);
  if (registry.pullExclusions.size >= MOST_EXCLUSIONS) throw new AwsRefusal("LimitExceededException", "There are too many exclusions");
  registry.pullExclusions.set(principalArn, world.now());
  return { principalArn, createdAt: seconds(world.now()) };
};

const listExclusions: Operation = ({ registry, input }) => {
  const { items, next } = pageOf(input, [...registry.pullExclusions.keys()], { most: 1000, usual: 100 });
  return { pullTimeUpdateExclusions: items, ...next };
};

const getSetting: Operation = ({ registry, input }) => {
  const name = text(input, "name");
  const value = registry.settings.get(name);
  if (value === undefined) throw new AwsRefusal("ValidationException", `There is no account setting '${name}'`);
  return { name, value };
};

const putSetting: Operation = ({ registry, input }) => {
  const name = text(input, "name");
  const values = SETTINGS[name];
  const value = values && optionalChoice(input, "value", values);
  if (value === undefined) throw new AwsRefusal("ValidationException", `There is no account setting '${name}' with such a value`);
  registry.settings.set(name, value);
  return { name, value };
};

export const REGISTRY_OPERATIONS = {
  GetAuthorizationToken: token,
  DescribeRegistry: describeRegistry,
  PutReplicationConfiguration: putReplication,
  CreateRepositoryCreationTemplate: createTemplate,
  DescribeRepositoryCreationTemplates: describeTemplates,
  DescribePullThroughCacheRules: describeCacheRules,
  RegisterPullTimeUpdateExclusion: excludePulls,
  ListPullTimeUpdateExclusions: listExclusions,
  GetAccountSetting: getSetting,
  PutAccountSetting: putSetting,
} as const;
