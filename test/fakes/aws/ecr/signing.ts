import { imageId, isRecord, optionalList, record, text } from "../input.ts";
import { AwsRefusal, invalidParameter } from "../refusal.ts";
import type { SigningRule } from "../state/registry.ts";
import { needImage } from "../state/repository.ts";
import { type Operation, placeOf, repositoryOf } from "./call.ts";
import { readNameFilter } from "./scanning.ts";

const putSigning: Operation = ({ registry, input }) => {
  const rules = optionalList(record(input, "signingConfiguration"), "rules", 10);
  if (rules === undefined) throw invalidParameter("rules", "Member must not be null");
  registry.signing = { rules: rules.map(readSigningRule) };
  return { signingConfiguration: registry.signing };
};

function readSigningRule(value: unknown): SigningRule {
  if (!isRecord(value)) throw invalidParameter("rules", "Member must be a structure");
  const filters = optionalList(value, "repositoryFilters", 100, 1)?.map(readNameFilter);
  return { signingProfileArn: text(value, "signingProfileArn"), ...(filters === undefined ? {} : { repositoryFilters: filters }) };
}

const getSigning: Operation = ({ registry }) => {
  if (registry.signing !== undefined) return { registryId: registry.account, signingConfiguration: registry.signing };
  throw new AwsRefusal("SigningConfigurationNotFoundException", `There is no signing configuration in registry ${registry.account}`);
};

const deleteSigning: Operation = (call) => {
  const answer = getSigning(call);
  call.registry.signing = undefined;
  return answer;
};

const signingStatus: Operation = (call) => {
  const repository = repositoryOf(call);
  const id = imageId(call.input);
  const image = needImage(repository, id, call.registry.account);
  const signingStatuses = repository.signings.get(image.digest) ?? [];
  return { ...placeOf(call, repository), imageId: { ...id, imageDigest: image.digest }, signingStatuses };
};

export const SIGNING_OPERATIONS = {
  PutSigningConfiguration: putSigning,
  GetSigningConfiguration: getSigning,
  DeleteSigningConfiguration: deleteSigning,
  DescribeImageSigningStatus: signingStatus,
} as const;
