import { isObject, listOf, type Template, within } from "./template.ts";

export interface Statement {
  /** Logical name of the resource that it stands in. */
  readonly of: string;
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly unknown[];
  readonly condition: unknown;
  readonly principal: unknown;
}

/** Every statement of every policy in a template. */
export function statementsOf(template: Template): readonly Statement[] {
  return Object.entries(template.Resources).flatMap(([of, { Properties }]) =>
    [...within(Properties)].flatMap(([, value]) => (isObject(value) && "Effect" in value && "Action" in value ? [read(of, value)] : [])),
  );
}

function read(of: string, { Sid, Effect, Action, Resource, Condition, Principal }: Readonly<Record<string, unknown>>): Statement {
  const effect = String(Effect);
  const actions = listOf(Action).map(String);
  return {
    of,
    sid: typeof Sid === "string" ? Sid : "",
    effect,
    actions,
    resources: listOf(Resource),
    condition: Condition,
    principal: Principal,
  };
}

/**
 * Actions that an identity's policy can bind to no resource, and why (AWS Service Authorization Reference, "Resource types" of each action, as of
 * September 2026, where nothing else is named).
 */
const WITHOUT_RESOURCE: Readonly<Record<string, string>> = {
  "ecr:GetAuthorizationToken": "the token is for the registry as a whole",
  "ecr:DescribePullThroughCacheRules": "no resource type",
  "ecr:DescribeRegistry": "no resource type",
  "ecr:DescribeRepositoryCreationTemplates": "no resource type",
  "ecr:GetRegistryPolicy": "no resource type",
  "ecr:GetRegistryScanningConfiguration": "no resource type",
  "ecr:GetSigningConfiguration": "no resource type",
  "ecr:ListPullTimeUpdateExclusions": "no resource type",
  "ecr:RegisterPullTimeUpdateExclusion": "no resource type",
  "inspector2:BatchGetFindingDetails": "no resource type",
  "inspector2:GetClustersForImage": "no resource type",
  "inspector2:ListCoverage": "no resource type",
  "inspector2:ListFindings": "no resource type",
  "ec2:AssignPrivateIpAddresses": "Lambda asks with any resource (AWS Lambda developer guide, VPC access)",
  "ec2:CreateNetworkInterface": "Lambda asks with any resource (AWS Lambda developer guide, VPC access)",
  "ec2:DeleteNetworkInterface": "Lambda asks with any resource (AWS Lambda developer guide, VPC access)",
  "ec2:DescribeNetworkInterfaces": "no resource type",
  "ec2:DescribeSubnets": "no resource type",
  "ec2:UnassignPrivateIpAddresses": "Lambda asks with any resource (AWS Lambda developer guide, VPC access)",
};

/** A grant of more than is meant: a star among actions or resources, or anybody as principal without a condition. */
export function starFaults(template: Template): readonly string[] {
  return statementsOf(template)
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => {
      const where = `${statement.of} ${statement.sid}`;
      return [
        ...statement.actions.filter((action) => action.includes("*")).map((action) => `${where}: grants ${action}`),
        ...(isAnybody(statement) ? [`${where}: anybody may`] : []),
        ...(isOfKey(template, statement) ? [] : wideResources(statement).map((what) => `${where}: ${what}`)),
      ];
    });
}

/** Entries of the table that no policy needs any more. */
export function idleExceptions(template: Template): readonly string[] {
  const used = new Set(statementsOf(template).flatMap(({ actions }) => actions));
  return Object.keys(WITHOUT_RESOURCE).filter((action) => !used.has(action));
}

function isAnybody({ principal, condition }: Statement): boolean {
  const all = [principal, isObject(principal) ? principal["AWS"] : undefined].flatMap(listOf);
  return all.includes("*") && condition === undefined;
}

/** In a key's policy `*` is the key itself (AWS KMS developer guide, "Key policies"). */
function isOfKey({ Resources }: Template, { of }: Statement): boolean {
  return Resources[of]?.Type === "AWS::KMS::Key";
}

function wideResources({ actions, resources }: Statement): readonly string[] {
  if (resources.includes("*"))
    return actions.filter((action) => !(action in WITHOUT_RESOURCE)).map((action) => `${action} for any resource`);
  const needless = actions
    .filter((action) => action in WITHOUT_RESOURCE)
    .map((action) => `${action} takes no resource, so this grants nothing`);
  return [...needless, ...resources.filter(isWholeService).map((resource) => `${JSON.stringify(resource)} is a whole service`)];
}

function isWholeService(resource: unknown): boolean {
  const text = isObject(resource) ? resource["Fn::Sub"] : resource;
  return typeof text === "string" && /^arn:[^:]*:[^:]*:[^:]*:[^:]*:\*$/.test(text);
}
