import {
  DescribeImageScanFindingsCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  ECRClient,
  GetRegistryScanningConfigurationCommand,
  ScanNotFoundException,
} from "@aws-sdk/client-ecr";
import type { Digest } from "../../domain/digest.ts";
import type { Repository } from "../../domain/image-ref.ts";
import { plain } from "./plain.ts";
import type { CallOptions, ServiceConfig } from "./services.ts";

/** Largest page; of an enhanced scan ECR gives a hundred whatever is asked for. */
const PAGE = 1_000;

/** What ECR is asked of scans and signatures of one image. Throws what the SDK throws. */
export type ScanCalls = ReturnType<typeof scanCalls>;

export function scanCalls(config: ServiceConfig) {
  const client = new ECRClient(config);
  return {
    /** Which scanner looks at the images of this registry. */
    async scanType(options: CallOptions): Promise<string> {
      const { scanningConfiguration } = await client.send(new GetRegistryScanningConfigurationCommand({}), options);
      return scanningConfiguration?.scanType ?? "BASIC";
    },

    /** One page of the findings of a scan, in the form that ECR gives to everybody; `undefined`: the image was never scanned. */
    async findings(repositoryName: Repository, imageDigest: Digest, nextToken: string | undefined, options: CallOptions): Promise<unknown> {
      const asked = { repositoryName, imageId: { imageDigest }, maxResults: PAGE, nextToken };
      try {
        const { $metadata: _, ...answer } = await client.send(new DescribeImageScanFindingsCommand(asked), options);
        return plain([answer])[0];
      } catch (error) {
        if (error instanceof ScanNotFoundException) return undefined;
        throw error;
      }
    },

    async pushedAt(repositoryName: Repository, imageDigest: Digest, options: CallOptions): Promise<Date | undefined> {
      const asked = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest }], filter: { imageStatus: "ANY" } });
      return (await client.send(asked, options)).imageDetails?.[0]?.imagePushedAt;
    },

    /** Of the signatures that the registry makes by itself: none where it makes none. */
    async signings(repositoryName: Repository, imageDigest: Digest, options: CallOptions): Promise<readonly Signing[]> {
      const { signingStatuses = [] } = await client.send(
        new DescribeImageSigningStatusCommand({ repositoryName, imageId: { imageDigest } }),
        options,
      );
      return signingStatuses.map(({ signingProfileArn = "", status = "", failureCode = "", failureReason = "" }) => ({
        profile: signingProfileArn,
        status,
        failure: [failureCode, failureReason].filter((word) => word !== "").join(": "),
      }));
    },
  };
}

export interface Signing {
  /** ARN of the profile that signs. */
  readonly profile: string;
  /** IN_PROGRESS, COMPLETE, FAILED. */
  readonly status: string;
  /** Empty where nothing failed. */
  readonly failure: string;
}
