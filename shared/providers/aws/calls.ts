import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  type ECRClientConfig,
  GetAuthorizationTokenCommand,
  type ImageDetail,
  type ImageIdentifier,
  ListImageReferrersCommand,
  RegisterPullTimeUpdateExclusionCommand,
  type ReplicationRule,
  type Repository as RepositoryDetail,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import { INDEX_TYPES } from "../../domain/manifest.ts";

const PAGE = 1_000;
/** Largest page of ListImageReferrers. */
const REFERRERS_PAGE = 50;

export type { ImageDetail, ImageIdentifier, ReplicationRule, RepositoryDetail };

/** Why one image of a batch was not deleted. */
export interface DeletionFailure {
  readonly digest: string;
  readonly code: string;
}

export interface RawManifest {
  readonly digest: string;
  readonly text: string;
  readonly mediaType: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

export interface RawToken {
  /** Base64 of `AWS:password`. */
  readonly text: string;
  readonly endsAt: Date | undefined;
  /** Address of the registry that it is for. */
  readonly endpoint: string | undefined;
}

/** What is asked of the service beside the distribution protocol. Throws what the SDK throws. */
export type Calls = ReturnType<typeof callsOf>;

export function openClient(config: ECRClientConfig): ECRClient {
  return new ECRClient(config);
}

export function callsOf(client: ECRClient, abortSignal: AbortSignal) {
  return { ...registryCalls(client, { abortSignal }), ...imageCalls(client, { abortSignal }) };
}

interface Options {
  readonly abortSignal: AbortSignal;
}

function registryCalls(client: ECRClient, options: Options) {
  return {
    async token(): Promise<RawToken> {
      const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}), options);
      const [found] = authorizationData ?? [];
      return { text: found?.authorizationToken ?? "", endsAt: found?.expiresAt, endpoint: found?.proxyEndpoint };
    },

    async repositories(nextToken: string | undefined): Promise<Page<RepositoryDetail>> {
      const answer = await client.send(new DescribeRepositoriesCommand({ nextToken, maxResults: PAGE }), options);
      return { items: answer.repositories ?? [], next: answer.nextToken };
    },

    async repository(name: Repository): Promise<RepositoryDetail | undefined> {
      return (await client.send(new DescribeRepositoriesCommand({ repositoryNames: [name] }), options)).repositories?.[0];
    },

    async createRepository(
      repositoryName: Repository,
      encryptionConfiguration: RepositoryDetail["encryptionConfiguration"],
    ): Promise<void> {
      await client.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "MUTABLE", encryptionConfiguration }), options);
    },

    async replicationRules(): Promise<readonly ReplicationRule[]> {
      return (await client.send(new DescribeRegistryCommand({}), options)).replicationConfiguration?.rules ?? [];
    },

    /** Beginnings of the names of repositories that are filled from elsewhere. */
    async cachePrefixes(nextToken: string | undefined): Promise<Page<string>> {
      const answer = await client.send(new DescribePullThroughCacheRulesCommand({ nextToken, maxResults: PAGE }), options);
      const prefixes = (answer.pullThroughCacheRules ?? []).flatMap(({ ecrRepositoryPrefix }) => ecrRepositoryPrefix ?? []);
      return { items: prefixes, next: answer.nextToken };
    },

    async excludePullsOf(principalArn: string): Promise<void> {
      await client.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }), options);
    },
  };
}

function imageCalls(client: ECRClient, options: Options) {
  return {
    /** Archived ones too. */
    async image(repositoryName: Repository, imageId: ImageIdentifier): Promise<ImageDetail | undefined> {
      const command = new DescribeImagesCommand({ repositoryName, imageIds: [imageId], filter: { imageStatus: "ANY" } });
      return (await client.send(command, options)).imageDetails?.[0];
    },

    /** Those that can be pulled by a tag. */
    async activeImages(repositoryName: Repository, nextToken: string | undefined): Promise<Page<ImageDetail>> {
      const asked = { repositoryName, nextToken, maxResults: PAGE, filter: { imageStatus: "ACTIVE", tagStatus: "TAGGED" } } as const;
      const answer = await client.send(new DescribeImagesCommand(asked), options);
      return { items: answer.imageDetails ?? [], next: answer.nextToken };
    },

    /** At most 100 at once. What is not there, cannot be pulled, or is no index is left out. */
    async indexes(repositoryName: Repository, digests: readonly Digest[]): Promise<readonly RawManifest[]> {
      const imageIds = digests.map((imageDigest) => ({ imageDigest }));
      const asked = { repositoryName, imageIds, acceptedMediaTypes: [...INDEX_TYPES] };
      const { images = [] } = await client.send(new BatchGetImageCommand(asked), options);
      return images.map(({ imageId, imageManifest: text = "", imageManifestMediaType: mediaType = "" }) => {
        return { digest: imageId?.imageDigest ?? "", text, mediaType };
      });
    },

    async setStorageClass(repositoryName: Repository, imageDigest: Digest, targetStorageClass: "ARCHIVE" | "STANDARD"): Promise<void> {
      const asked = { repositoryName, imageId: { imageDigest }, targetStorageClass } as const;
      await client.send(new UpdateImageStorageClassCommand(asked), options);
    },

    /** At most 100 at once; what could not be deleted is told of one by one. */
    async deleteImages(repositoryName: Repository, imageIds: readonly ImageIdentifier[]): Promise<readonly DeletionFailure[]> {
      const { failures = [] } = await client.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [...imageIds] }), options);
      return failures.map(({ imageId, failureCode }) => ({ digest: imageId?.imageDigest ?? "", code: failureCode ?? "" }));
    },

    /** Archived ones too. */
    async referrers(repositoryName: Repository, imageDigest: Digest, nextToken: string | undefined): Promise<Page<{ digest: string }>> {
      const asked = { repositoryName, subjectId: { imageDigest }, nextToken, maxResults: REFERRERS_PAGE } as const;
      const answer = await client.send(new ListImageReferrersCommand({ ...asked, filter: { artifactStatus: "ANY" } }), options);
      return { items: (answer.referrers ?? []).map(({ digest = "" }) => ({ digest })), next: answer.nextToken };
    },
  };
}
