import {
  BatchGetFindingDetailsCommand,
  GetClustersForImageCommand,
  Inspector2Client,
  ListCoverageCommand,
  ListFindingsCommand,
} from "@aws-sdk/client-inspector2";
import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import type { Page } from "./calls.ts";
import { plain } from "./plain.ts";
import type { CallOptions, ServiceConfig } from "./services.ts";

/** Largest page of ListFindings, and of what is covered: one image has an entry or two. */
const PAGE = 100;

/** What Inspector is asked of one image, in its own words. Throws what the SDK throws. */
export type InspectorCalls = ReturnType<typeof inspectorCalls>;

export interface AskedImage {
  readonly account: string;
  readonly repository: Repository;
  readonly digest: Digest;
}

export function inspectorCalls(config: ServiceConfig) {
  const client = new Inspector2Client(config);
  return {
    async coverage(imageArn: string, nextToken: string | undefined, options: CallOptions): Promise<Page<unknown>> {
      const asked = { filterCriteria: { resourceId: [equals(imageArn)] }, maxResults: PAGE, nextToken };
      const answer = await client.send(new ListCoverageCommand(asked), options);
      return { items: plain(answer.coveredResources ?? []), next: answer.nextToken };
    },

    /** Clusters of ECS and EKS that run it or did. */
    async clusters(imageArn: string, nextToken: string | undefined, options: CallOptions): Promise<Page<unknown>> {
      const asked = { filter: { resourceId: imageArn }, maxResults: PAGE, nextToken };
      const answer = await client.send(new GetClustersForImageCommand(asked), options);
      return { items: plain(answer.cluster ?? []), next: answer.nextToken };
    },

    /** Those that are open or suppressed: it closes all findings of an image that it stops to look at. */
    async findings(
      { account, repository, digest }: AskedImage,
      nextToken: string | undefined,
      options: CallOptions,
    ): Promise<Page<unknown>> {
      const filterCriteria = {
        ecrImageHash: [equals(digest)],
        ecrImageRepositoryName: [equals(repository)],
        ecrImageRegistry: [equals(account)],
        findingStatus: [equals("ACTIVE"), equals("SUPPRESSED")],
      };
      const answer = await client.send(new ListFindingsCommand({ filterCriteria, maxResults: PAGE, nextToken }), options);
      return { items: plain(answer.findings ?? []), next: answer.nextToken };
    },

    /** Of all images of a repository, in whatever state they are now. */
    async changed(
      { account, repository }: Omit<AskedImage, "digest">,
      since: number,
      nextToken: string | undefined,
      options: CallOptions,
    ): Promise<Page<unknown>> {
      const filterCriteria = {
        ecrImageRepositoryName: [equals(repository)],
        ecrImageRegistry: [equals(account)],
        updatedAt: [{ startInclusive: new Date(since) }],
      };
      const answer = await client.send(new ListFindingsCommand({ filterCriteria, maxResults: PAGE, nextToken }), options);
      return { items: plain(answer.findings ?? []), next: answer.nextToken };
    },

    /** Ten at once at most. `refusals`: why there is nothing of some of them, in its own words. */
    async details(
      findingArns: readonly string[],
      options: CallOptions,
    ): Promise<{ readonly details: readonly unknown[]; readonly refusals: readonly string[] }> {
      const answer = await client.send(new BatchGetFindingDetailsCommand({ findingArns: [...findingArns] }), options);
      const refusals = (answer.errors ?? []).flatMap(({ errorCode }) => errorCode ?? []);
      return { details: plain(answer.findingDetails ?? []), refusals };
    },
  };
}

function equals(value: string): { readonly comparison: "EQUALS"; readonly value: string } {
  return { comparison: "EQUALS", value };
}
