import {
  BatchDeleteImageCommand,
  BatchGetRepositoryScanningConfigurationCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRegistryPolicyCommand,
  GetRepositoryPolicyCommand,
  GetSigningConfigurationCommand,
  LifecyclePolicyNotFoundException,
  ListPullTimeUpdateExclusionsCommand,
  RegistryPolicyNotFoundException,
  type ReplicationRule,
  type RepositoryCreationTemplate,
  type Repository as RepositoryDetail,
  RepositoryPolicyNotFoundException,
  type RepositoryScanningConfiguration,
  SigningConfigurationNotFoundException,
  type SigningRule,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import type { Repository } from "../../domain/image-ref.ts";
import type { Page } from "./calls.ts";
import type { CallOptions, ServiceConfig } from "./services.ts";

export type { ReplicationRule, RepositoryCreationTemplate, RepositoryDetail, RepositoryScanningConfiguration, SigningRule };

const PAGE = 1_000;
/** No image has it. */
const NOTHING = `sha256:${"0".repeat(64)}`;

/** What ECR is asked of how a registry is set up. Throws what the SDK throws. */
export type SetupCalls = ReturnType<typeof setupCalls>;

export function setupCalls(config: ServiceConfig) {
  const client = new ECRClient(config);
  return { ...ofRegistry(client), ...ofRepositories(client) };
}

function ofRegistry(client: ECRClient) {
  return {
    async registryPolicy(options: CallOptions): Promise<string | undefined> {
      const asked = client.send(new GetRegistryPolicyCommand({}), options);
      return (await orNothing(asked, RegistryPolicyNotFoundException))?.policyText;
    },

    async replicationRules(options: CallOptions): Promise<readonly ReplicationRule[]> {
      return (await client.send(new DescribeRegistryCommand({}), options)).replicationConfiguration?.rules ?? [];
    },

    async signingRules(options: CallOptions): Promise<readonly SigningRule[]> {
      const asked = client.send(new GetSigningConfigurationCommand({}), options);
      return (await orNothing(asked, SigningConfigurationNotFoundException))?.signingConfiguration?.rules ?? [];
    },

    async templates(nextToken: string | undefined, options: CallOptions): Promise<Page<RepositoryCreationTemplate>> {
      const answer = await client.send(new DescribeRepositoryCreationTemplatesCommand({ nextToken, maxResults: PAGE }), options);
      return { items: answer.repositoryCreationTemplates ?? [], next: answer.nextToken };
    },

    /** ARNs of those whose pulls are not counted. */
    async leftOut(nextToken: string | undefined, options: CallOptions): Promise<Page<string>> {
      const answer = await client.send(new ListPullTimeUpdateExclusionsCommand({ nextToken, maxResults: PAGE }), options);
      return { items: answer.pullTimeUpdateExclusions ?? [], next: answer.nextToken };
    },
  };
}

function ofRepositories(client: ECRClient) {
  return {
    async repositories(nextToken: string | undefined, options: CallOptions): Promise<Page<RepositoryDetail>> {
      const answer = await client.send(new DescribeRepositoriesCommand({ nextToken, maxResults: PAGE }), options);
      return { items: answer.repositories ?? [], next: answer.nextToken };
    },

    async lifecycle(repositoryName: Repository, options: CallOptions): Promise<string | undefined> {
      const asked = client.send(new GetLifecyclePolicyCommand({ repositoryName }), options);
      return (await orNothing(asked, LifecyclePolicyNotFoundException))?.lifecyclePolicyText;
    },

    async policy(repositoryName: Repository, options: CallOptions): Promise<string | undefined> {
      const asked = client.send(new GetRepositoryPolicyCommand({ repositoryName }), options);
      return (await orNothing(asked, RepositoryPolicyNotFoundException))?.policyText;
    },

    /** At most 25 at once. */
    async scanning(repositoryNames: readonly Repository[], options: CallOptions): Promise<readonly RepositoryScanningConfiguration[]> {
      const command = new BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [...repositoryNames] });
      return (await client.send(command, options)).scanningConfigurations ?? [];
    },

    /** Asks for what the gate does to hold, of an image that there is not: whoever may not hears so first. It always throws. */
    async archiveNothing(repositoryName: Repository, options: CallOptions): Promise<void> {
      const asked = { repositoryName, imageId: { imageDigest: NOTHING }, targetStorageClass: "ARCHIVE" } as const;
      await client.send(new UpdateImageStorageClassCommand(asked), options);
    },

    /** The same of a gate that moves what it holds: it ends with its deletion. */
    async deleteNothing(repositoryName: Repository, options: CallOptions): Promise<void> {
      await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: NOTHING }] }), options);
    },
  };
}

async function orNothing<Answer>(asked: Promise<Answer>, none: new (...args: never[]) => Error): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof none) return undefined;
    throw error;
  }
}
