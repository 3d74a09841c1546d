import { type Input, text } from "../input.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import { type Operation, placeOf, repositoryOf } from "./call.ts";

const LIMIT = 10_240;

function policyText(input: Input): string {
  const policy = text(input, "policyText");
  if (policy.length > LIMIT) throw invalidParameter("policyText", `Member must have length less than or equal to ${LIMIT}`);
  try {
    const document: unknown = JSON.parse(policy);
    if (typeof document === "object" && document !== null && "Statement" in document) return policy;
  } catch {
    // Refused below, as a document without statements is.
  }
  throw invalidParameter("PolicyText", "Invalid repository policy provided");
}

const setOfRepository: Operation = (call) => {
  const repository = repositoryOf(call);
  repository.policyText = policyText(call.input);
  return { ...placeOf(call, repository), policyText: repository.policyText };
};

const getOfRepository: Operation = (call) => {
  const repository = repositoryOf(call);
  if (repository.policyText === undefined) throw noPolicy(repository.name, call.registry.account);
  return { ...placeOf(call, repository), policyText: repository.policyText };
};

const deleteOfRepository: Operation = (call) => {
  const answer = getOfRepository(call);
  repositoryOf(call).policyText = undefined;
  return answer;
};

function noPolicy(name: string, account: string): AwsRefusal {
  const message = `Repository policy does not exist for the repository with name '${name}' in the registry with id '${account}'`;
  return new AwsRefusal("RepositoryPolicyNotFoundException", message);
}

const putOfRegistry: Operation = ({ registry, input }) => {
  registry.policyText = policyText(input);
  return { registryId: registry.account, policyText: registry.policyText };
};

const getOfRegistry: Operation = ({ registry }) => {
  if (registry.policyText !== undefined) return { registryId: registry.account, policyText: registry.policyText };
  throw new AwsRefusal("RegistryPolicyNotFoundException", `Registry policy does not exist in the registry with id '${registry.account}'`);
};

export const POLICY_OPERATIONS = {
  SetRepositoryPolicy: setOfRepository,
  GetRepositoryPolicy: getOfRepository,
  DeleteRepositoryPolicy: deleteOfRepository,
  PutRegistryPolicy: putOfRegistry,
  GetRegistryPolicy: getOfRegistry,
} as const;
