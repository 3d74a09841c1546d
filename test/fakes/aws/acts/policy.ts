import { AwsRefusal } from "../refusal.ts";
import { type RegistryState, repositoryArn } from "../state/registry.ts";
import type { RepositoryState } from "../state/repository.ts";
import type { Principal } from "../world.ts";

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Denials of the repository's and the registry's policies. Everybody in the account is allowed whatever is not denied.
 * @throws AwsRefusal AccessDeniedException
 */
export function refuseDenied(registry: RegistryState, repository: RepositoryState, action: string, by: Principal): void {
  const statements = [repository.policyText, registry.policyText].flatMap((text) => (text === undefined ? [] : statementsOf(text)));
  if (!statements.some((statement) => denies(statement, action, by))) return;
  const resource = repositoryArn(registry, repository.name);
  const message = `User: ${by.arn} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a resource-based policy`;
  throw new AwsRefusal("AccessDeniedException", message);
}

function statementsOf(text: string): readonly Statement[] {
  const { Statement: statements = [] } = JSON.parse(text) as { Statement?: Statement | readonly Statement[] };
  return Array.isArray(statements) ? (statements as readonly Statement[]) : [statements as Statement];
}

function denies(
  { Effect, Principal: principals, Action: actions, Condition: conditions = {} }: Statement,
  action: string,
  by: Principal,
): boolean {
  const named = typeof principals === "object" && principals !== null && "AWS" in principals ? texts(principals.AWS) : texts(principals);
  const isMeant = named.includes("*") || namesOf(by).some((name) => named.includes(name));
  return Effect === "Deny" && isMeant && texts(actions).some((one) => fits(one, action)) && isConditionMet(conditions, by);
}

/** The conditions that can except somebody from a denial; any other is taken as met. */
function isConditionMet(conditions: NonNullable<Statement["Condition"]>, by: Principal): boolean {
  return Object.entries(conditions).every(([operator, keys]) => {
    const isNegative = ["ArnNotLike", "ArnNotEquals", "StringNotLike", "StringNotEquals"].includes(operator);
    const excepted = texts(keys["aws:PrincipalArn"]);
    return !isNegative || !namesOf(by).some((name) => excepted.some((pattern) => fits(pattern, name)));
  });
}

function namesOf({ arn, account, roleArn }: Principal): readonly string[] {
  return [arn, account, `arn:aws:iam::${account}:root`, ...(roleArn === undefined ? [] : [roleArn])];
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}

function fits(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const source = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${source}$`).test(text.toLowerCase());
}
