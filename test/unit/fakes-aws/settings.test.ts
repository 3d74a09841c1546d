import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DeleteSigningConfigurationCommand,
  DescribeImageSigningStatusCommand,
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  GetAccountSettingCommand,
  GetLifecyclePolicyCommand,
  GetRegistryPolicyCommand,
  GetRepositoryPolicyCommand,
  GetSigningConfigurationCommand,
  PutAccountSettingCommand,
  PutImageTagMutabilityCommand,
  PutRegistryPolicyCommand,
  PutSigningConfigurationCommand,
  RegisterPullTimeUpdateExclusionCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { describeBytes, pushImage } from "../../fakes/pusher.ts";
import { APP, type AwsWorld, openAwsWorld } from "./aws-world.ts";

let world: AwsWorld;
beforeEach(async () => {
  world = await openAwsWorld();
});
afterEach(() => world.close());

const repositoryName = APP;
const pull = async () => (await world.served.send("GET", `/v2/${APP}/manifests/1.0`)).status;

describe("repositories", () => {
  test("are made once, and deleted with images only by force", async () => {
    const { repository } = await world.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    expect(repository).toMatchObject({
      repositoryArn: world.home.arn(APP),
      imageTagMutability: "MUTABLE",
      repositoryUri: `${world.home.host}/${APP}`,
    });
    await expect(world.ecr.send(new CreateRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
      name: "RepositoryAlreadyExistsException",
    });
    await pushImage(world.served, APP, "one", "1.0");
    const refused = world.ecr.send(new DeleteRepositoryCommand({ repositoryName }));
    await expect(refused).rejects.toMatchObject({ name: "RepositoryNotEmptyException" });
    await world.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    expect((await world.ecr.send(new DescribeRepositoriesCommand({}))).repositories).toEqual([]);
  });

  test("take exclusion filters with a mutability that excludes, and only with it", async () => {
    await world.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    const imageTagMutabilityExclusionFilters = [{ filterType: "WILDCARD" as const, filter: "quarantine-*" }];
    const put = (imageTagMutability: "IMMUTABLE" | "IMMUTABLE_WITH_EXCLUSION", filters: object) =>
      world.ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability, ...filters }));
    await expect(put("IMMUTABLE", { imageTagMutabilityExclusionFilters })).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(put("IMMUTABLE_WITH_EXCLUSION", {})).rejects.toMatchObject({ name: "InvalidParameterException" });
    await put("IMMUTABLE_WITH_EXCLUSION", { imageTagMutabilityExclusionFilters });
    const { repositories } = await world.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [APP] }));
    expect(repositories).toMatchObject([{ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters }]);
  });

  test("are made by a push where a template says so, and are then as it says", async () => {
    const template = { prefix: "team", appliedFor: ["CREATE_ON_PUSH" as const], imageTagMutability: "IMMUTABLE" as const };
    await world.ecr.send(new CreateRepositoryCreationTemplateCommand(template));
    const { mediaType, bytes } = await pushImage(world.served, "other", "one");
    for (const blob of ["layer of one", '{"os":"linux","architecture":"amd64","config":{"Labels":{"text":"one"}}}']) {
      await world.oci().putBlob(APP, describeBytes(blob, "a/b"), Buffer.from(blob));
    }
    await world.oci().putManifest(APP, Buffer.from(bytes), mediaType, parseTag("1.0"));
    const { repositories } = await world.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [APP] }));
    expect(repositories?.[0]?.imageTagMutability).toBe("IMMUTABLE");
    const again = world.ecr.send(new CreateRepositoryCreationTemplateCommand(template));
    await expect(again).rejects.toMatchObject({ name: "TemplateAlreadyExistsException" });
    const { repositoryCreationTemplates } = await world.ecr.send(new DescribeRepositoryCreationTemplatesCommand({ prefixes: ["team"] }));
    expect(repositoryCreationTemplates).toMatchObject([{ prefix: "team", appliedFor: ["CREATE_ON_PUSH"] }]);
  });
});

describe("policies", () => {
  const deny = (conditions: object = {}) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], ...conditions }],
    });

  test("that deny a pull stop it on both faces, for all but whom they except", async () => {
    await pushImage(world.served, APP, "one", "1.0");
    await world.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: deny() }));
    expect((await world.ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).policyText).toBe(deny());
    const get = () => world.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "1.0" }] }));
    await expect(get()).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(await pull()).toBe(403);
    const excepted = { Condition: { ArnNotLike: { "aws:PrincipalArn": "arn:aws:iam::123456789012:user/gate" } } };
    await world.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: deny(excepted) }));
    expect((await get()).images).toHaveLength(1);
    expect(await pull()).toBe(403);
    await world.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
    expect(await pull()).toBe(200);
  });

  test("of the registry hold for every repository", async () => {
    await expect(world.ecr.send(new GetRegistryPolicyCommand({}))).rejects.toMatchObject({ name: "RegistryPolicyNotFoundException" });
    await pushImage(world.served, APP, "one", "1.0");
    await world.ecr.send(new PutRegistryPolicyCommand({ policyText: deny() }));
    expect(await pull()).toBe(403);
    expect((await world.ecr.send(new GetRegistryPolicyCommand({}))).policyText).toBe(deny());
  });

  test("that are none are refused, and missing ones are errors", async () => {
    world.home.create(APP);
    for (const policyText of ["{", "[]", '{"Version":"2012-10-17"}']) {
      const set = world.ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
      await expect(set).rejects.toMatchObject({ name: "InvalidParameterException" });
    }
    const [get, remove] = [new GetRepositoryPolicyCommand({ repositoryName }), new DeleteRepositoryPolicyCommand({ repositoryName })];
    await expect(world.ecr.send(get)).rejects.toMatchObject({ name: "RepositoryPolicyNotFoundException" });
    await expect(world.ecr.send(remove)).rejects.toMatchObject({ name: "RepositoryPolicyNotFoundException" });
    const lifecycle = [new GetLifecyclePolicyCommand({ repositoryName }), new DeleteLifecyclePolicyCommand({ repositoryName })] as const;
    await expect(world.ecr.send(lifecycle[0])).rejects.toMatchObject({ name: "LifecyclePolicyNotFoundException" });
    await expect(world.ecr.send(lifecycle[1])).rejects.toMatchObject({ name: "LifecyclePolicyNotFoundException" });
  });
});

describe("managed signing", () => {
  const signingProfileArn = "arn:aws:signer:eu-central-1:123456789012:/signing-profiles/release";
  const rules = [{ signingProfileArn, repositoryFilters: [{ filter: "team/*", filterType: "WILDCARD_MATCH" as const }] }];
  const status = async () => {
    const asked = new DescribeImageSigningStatusCommand({ repositoryName, imageId: { imageTag: "1.0" } });
    return (await world.ecr.send(asked)).signingStatuses;
  };

  test("signs some time after the push what a rule names, and nothing else", async () => {
    await world.ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules } }));
    world.aws.controls.signForMs = 5_000;
    await pushImage(world.served, APP, "one", "1.0");
    await pushImage(world.served, "other", "one", "1.0");
    expect(await status()).toEqual([{ signingProfileArn, status: "IN_PROGRESS" }]);
    await world.aws.forward(5_000);
    expect(await status()).toEqual([{ signingProfileArn, status: "COMPLETE" }]);
    const other = new DescribeImageSigningStatusCommand({ repositoryName: "other", imageId: { imageTag: "1.0" } });
    expect((await world.ecr.send(other)).signingStatuses).toEqual([]);
  });

  test("can fail, and says why", async () => {
    await world.ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules } }));
    world.aws.controls.signer = () => ({ status: "FAILED", code: "AccessDenied", reason: "the pusher may not sign" });
    await pushImage(world.served, APP, "one", "1.0");
    expect(await status()).toEqual([
      { signingProfileArn, status: "FAILED", failureCode: "AccessDenied", failureReason: "the pusher may not sign" },
    ]);
  });

  test("is configured until it is deleted", async () => {
    const get = () => world.ecr.send(new GetSigningConfigurationCommand({}));
    await expect(get()).rejects.toMatchObject({ name: "SigningConfigurationNotFoundException" });
    await world.ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: { rules } }));
    expect((await get()).signingConfiguration).toEqual({ rules });
    await world.ecr.send(new DeleteSigningConfigurationCommand({}));
    await expect(get()).rejects.toMatchObject({ name: "SigningConfigurationNotFoundException" });
  });
});

test("pulls of an excluded principal are not taken down", async () => {
  await pushImage(world.served, APP, "one", "1.0");
  // The gate of this test is a user; roles are excluded in the same way.
  const principalArn = "arn:aws:iam::123456789012:user/gate";
  await world.ecr.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }));
  const twice = world.ecr.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }));
  await expect(twice).rejects.toMatchObject({ name: "ExclusionAlreadyExistsException" });
  const pulledAt = async () => {
    const { imageDetails } = await world.ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "1.0" }] }));
    return imageDetails?.[0]?.lastRecordedPullTime;
  };
  await world.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "1.0" }] }));
  await world.oci().resolve(APP, parseTag("1.0"));
  expect(await pulledAt()).toBeUndefined();
  await pull();
  expect(await pulledAt()).toBeInstanceOf(Date);
});

test("account settings take the values that the vendor knows", async () => {
  const get = async (name: string) => (await world.ecr.send(new GetAccountSettingCommand({ name }))).value;
  expect(await get("BLOB_MOUNTING")).toBe("DISABLED");
  await world.ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "ENABLED" }));
  expect(await get("BLOB_MOUNTING")).toBe("ENABLED");
  const wrong = world.ecr.send(new PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "SOMETIMES" }));
  await expect(wrong).rejects.toMatchObject({ name: "InvalidParameterException" });
});

test("pull-through cache rules are told as they were set", async () => {
  const rule = { ecrRepositoryPrefix: "docker-hub", upstreamRegistryUrl: "registry-1.docker.io", upstreamRegistry: "docker-hub" };
  world.home.addCacheRule({ ...rule, registryId: "123456789012" });
  const ask = (ecrRepositoryPrefixes?: string[]) =>
    world.ecr.send(new DescribePullThroughCacheRulesCommand(ecrRepositoryPrefixes === undefined ? {} : { ecrRepositoryPrefixes }));
  expect((await ask()).pullThroughCacheRules).toMatchObject([rule]);
  await expect(ask(["quay"])).rejects.toMatchObject({ name: "PullThroughCacheRuleNotFoundException" });
});
