import { type Access, type AwsKeys, callLimit, endpointOf, type Surroundings } from "./access.ts";

/** Name under which the role's calls are in CloudTrail. */
const SESSION = "moorgate";

/** Keys of a role, taken anew by the SDK some minutes before they end. @throws what the SDK throws */
export function takenRole(access: Access, role: string, surroundings: Surroundings): () => Promise<AwsKeys> {
  const { place, externalId } = access;
  const { keys } = surroundings;
  return async () => {
    const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
    const client = new STSClient({
      region: place.region,
      maxAttempts: 1,
      customUserAgent: [["moorgate"]],
      ...endpointOf(access),
      ...(keys === undefined ? {} : { credentials: keys }),
    });
    try {
      const asked = { RoleArn: role, RoleSessionName: SESSION, ...(externalId === undefined ? {} : { ExternalId: externalId }) };
      const { Credentials } = await client.send(new AssumeRoleCommand(asked), { abortSignal: callLimit(surroundings) });
      return {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
        ...(Credentials?.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
      };
    } finally {
      client.destroy();
    }
  };
}
