import { DescribeRepositoriesCommand, ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { GetSigningProfileCommand, ListSigningProfilesCommand, SignerClient } from "@aws-sdk/client-signer";
import { GetRevocationStatusCommand, SignerDataClient } from "@aws-sdk/client-signer-data";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pushImage } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, clientSettings, openAwsWorld, START } from "./aws-world.ts";

const [HUB, MEMBER] = ["123456789012", "210987654321"];
const RoleArn = `arn:aws:iam::${MEMBER}:role/moorgate`;

let world: AwsWorld;
beforeEach(async () => {
  world = await openAwsWorld({ accounts: [HUB, MEMBER], roles: [{ arn: RoleArn, externalId: "known" }] });
});
afterEach(() => world.close());

describe("a role of another account", () => {
  const assume = async (more: object = {}) => {
    const sts = new STSClient(clientSettings(world.aws));
    const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: "gate", ExternalId: "known", DurationSeconds: 900, ...more });
    try {
      return (await sts.send(command)).Credentials;
    } finally {
      sts.destroy();
    }
  };
  const asMember = async (): Promise<ECRClient> => {
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = (await assume()) ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return new ECRClient({ ...clientSettings(world.aws), credentials });
  };

  test("is had with its external id, and sees that account alone", async () => {
    world.aws.registry("eu-central-1", MEMBER).create("member/app");
    world.home.create("hub/app");
    const member = await asMember();
    const { repositories } = await member.send(new DescribeRepositoriesCommand({}));
    member.destroy();
    expect(repositories?.map(({ repositoryArn }) => repositoryArn)).toEqual([`arn:aws:ecr:eu-central-1:${MEMBER}:repository/member/app`]);
  });

  test.each([[{ ExternalId: "wrong" }], [{ ExternalId: undefined }], [{ RoleArn: `arn:aws:iam::${MEMBER}:role/other` }]])(
    "is not had with %o",
    async (wrong) => {
      await expect(assume(wrong)).rejects.toMatchObject({ name: "AccessDenied", $metadata: { httpStatusCode: 403 } });
    },
  );

  test("ends with its session", async () => {
    const member = await asMember();
    await world.aws.forward(900_000);
    await expect(member.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ name: "ExpiredTokenException" });
    member.destroy();
  });

  test("stands in the trail with its session, and a push over the other endpoint without an address", async () => {
    const registry = world.aws.registry("eu-central-1", MEMBER);
    const image = await pushImage({ ...world.served, send: registry.send }, APP, "one", "1.0");
    const member = await asMember();
    await member.send(new PutImageCommand({ repositoryName: APP, imageManifest: image.bytes, imageTag: "kept" }));
    member.destroy();
    const trail = world.aws.events.filter(({ detail }) => detail["eventName"] === "PutImage").map(({ detail }) => detail);
    expect(trail).toMatchObject([
      { sourceIPAddress: "AWS Internal", userIdentity: { type: "IAMUser", arn: `arn:aws:iam::${MEMBER}:user/pusher` } },
      {
        sourceIPAddress: "127.0.0.1",
        userIdentity: { type: "AssumedRole", sessionContext: { sessionIssuer: { arn: RoleArn } } },
        requestParameters: { repositoryName: APP, imageTag: "kept", imageManifest: image.bytes },
        responseElements: { image: { imageId: { imageDigest: image.digest, imageTag: "kept" } } },
        resources: [{ ARN: registry.arn(APP), accountId: MEMBER }],
      },
    ]);
  });

  test("has tokens for the images of its own account only", async () => {
    const member = await asMember();
    const { authorizationData } = await member.send(new GetAuthorizationTokenCommand({}));
    member.destroy();
    const headers = { authorization: `Basic ${authorizationData?.[0]?.authorizationToken ?? ""}` };
    expect((await fetch(`http://${world.aws.registry("eu-central-1", MEMBER).host}/v2/`, { headers })).status).toBe(200);
    expect((await fetch(`http://${world.home.host}/v2/`, { headers })).status).toBe(401);
    expect(authorizationData?.[0]?.expiresAt).toEqual(new Date(START + 12 * 3_600_000));
  });
});

test("images can be called as the vendor calls them, where a test finds its way from there", async () => {
  const imageHost = (account: string, region: string) => `${account}.dkr.ecr.${region}.amazonaws.com`;
  const named = await openAwsWorld({ imageHost });
  named.home.create(APP);
  const { authorizationData } = await named.ecr.send(new GetAuthorizationTokenCommand({}));
  const { repositories } = await named.ecr.send(new DescribeRepositoriesCommand({}));
  await named.close();
  expect(authorizationData?.[0]?.proxyEndpoint).toBe(`https://${HUB}.dkr.ecr.eu-central-1.amazonaws.com`);
  expect(repositories?.[0]?.repositoryUri).toBe(`${HUB}.dkr.ecr.eu-central-1.amazonaws.com/${APP}`);
});

test("who is not known to anybody is refused", async () => {
  const stranger = new ECRClient({ ...clientSettings(world.aws), credentials: { accessKeyId: "nobody", secretAccessKey: "nothing" } });
  await expect(stranger.send(new DescribeRepositoriesCommand({}))).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  stranger.destroy();
});

describe("the signer", () => {
  test("knows the profiles of the account, those that were given up only when asked", async () => {
    const signer = new SignerClient(clientSettings(world.aws));
    const arn = world.home.addProfile({ name: "release" });
    world.home.addProfile({ name: "old", status: "Canceled" });
    world.aws.registry("eu-central-1", MEMBER).addProfile({ name: "theirs" });
    expect((await signer.send(new GetSigningProfileCommand({ profileName: "release" }))).arn).toBe(arn);
    const names = async (includeCanceled: boolean) =>
      (await signer.send(new ListSigningProfilesCommand({ includeCanceled }))).profiles?.map(({ profileName }) => profileName);
    expect([await names(false), await names(true)]).toEqual([["release"], ["release", "old"]]);
    const absent = signer.send(new GetSigningProfileCommand({ profileName: "theirs" }));
    await expect(absent).rejects.toMatchObject({ name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } });
    signer.destroy();
  });

  test("names what was revoked among what it is asked for, and is busy under its own name", async () => {
    const signer = new SignerDataClient(clientSettings(world.aws));
    const jobArn = `arn:aws:signer:eu-central-1:${HUB}:/signing-jobs/1`;
    const profileVersionArn = `arn:aws:signer:eu-central-1:${HUB}:/signing-profiles/release/ABCDEFGHIJ`;
    const [platformId, certificateHashes] = ["Notation-OCI-SHA384-ECDSA", ["aa", "bb"]];
    const ask = () =>
      signer.send(
        new GetRevocationStatusCommand({ signatureTimestamp: new Date(START), platformId, profileVersionArn, jobArn, certificateHashes }),
      );
    expect((await ask()).revokedEntities).toEqual([]);
    world.aws.revoke("bb");
    world.aws.revoke(jobArn);
    expect((await ask()).revokedEntities).toEqual([jobArn, "bb"]);
    world.aws.decide = () => "throttle";
    await expect(ask()).rejects.toMatchObject({ name: "TooManyRequestsException", $metadata: { httpStatusCode: 429 } });
    signer.destroy();
  });
});
