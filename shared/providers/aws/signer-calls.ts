import { GetRevocationStatusCommand, SignerDataClient } from "@aws-sdk/client-signer-data";
import type { AwsSignerQuestion } from "../../ports/notation-trust.ts";
import type { CallOptions, ServiceConfig } from "./services.ts";

/** What AWS Signer is asked. Throws what the SDK throws. */
export type SignerCalls = ReturnType<typeof signerCalls>;

export function signerCalls(config: ServiceConfig) {
  const client = new SignerDataClient(config);
  return {
    /** ARNs and hashes of what was taken back. */
    async revoked(question: AwsSignerQuestion, options: CallOptions): Promise<readonly string[]> {
      const { certificateHashes, signatureTimestamp, ...asked } = question;
      const answer = await client.send(
        new GetRevocationStatusCommand({
          ...asked,
          certificateHashes: [...certificateHashes],
          signatureTimestamp: new Date(signatureTimestamp),
        }),
        options,
      );
      return answer.revokedEntities ?? [];
    },
  };
}
