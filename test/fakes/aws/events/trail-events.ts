import { randomUUID } from "node:crypto";
import { type RegistryState, repositoryArn } from "../state/registry.ts";
import type { Principal, World } from "../world.ts";
import { tell } from "./envelope.ts";

export interface TrailCall {
  readonly operation: string;
  readonly repository?: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly response: Readonly<Record<string, unknown>>;
  /** Where the call came through the OCI endpoint, neither address nor agent is known. */
  readonly isInternal: boolean;
}

/** The record of a call: the only place that names who did it. */
export function tellTrail(world: World, registry: RegistryState, principal: Principal, call: TrailCall): void {
  const { operation, repository, request, response, isInternal } = call;
  const detail = {
    eventVersion: "1.11",
    userIdentity: identityOf(world, principal),
    eventTime: `${new Date(world.now()).toISOString().slice(0, 19)}Z`,
    eventSource: "ecr.amazonaws.com",
    eventName: operation,
    awsRegion: registry.region,
    sourceIPAddress: isInternal ? "AWS Internal" : "127.0.0.1",
    userAgent: isInternal ? "AWS Internal" : "aws-sdk-js",
    requestParameters: { registryId: registry.account, ...request },
    responseElements: response,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    ...(repository === undefined ? {} : { resources: [{ ARN: repositoryArn(registry, repository), accountId: registry.account }] }),
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: registry.account,
    eventCategory: "Management",
  };
  tell(world, registry, { type: "AWS API Call via CloudTrail", source: "aws.ecr", detail });
}

function identityOf(world: World, { arn, account, roleArn }: Principal): Readonly<Record<string, unknown>> {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  if (roleArn === undefined) return { type: "IAMUser", principalId: `id-of-${name}`, arn, accountId: account, userName: name };
  const userName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return {
    type: "AssumedRole",
    principalId: `id-of-${userName}:${name}`,
    arn,
    accountId: account,
    sessionContext: {
      sessionIssuer: { type: "Role", principalId: `id-of-${userName}`, arn: roleArn, accountId: account, userName },
      webIdFederationData: {},
      attributes: { creationDate: new Date(world.now()).toISOString(), mfaAuthenticated: "false" },
    },
  };
}
