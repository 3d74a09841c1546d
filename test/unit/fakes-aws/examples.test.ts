import { readFileSync } from "node:fs";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  GetRepositoryPolicyCommand,
  ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { describe, expect, test } from "vitest";
import { corpusPart } from "../../corpus/folder.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { openAwsWorld } from "./aws-world.ts";

interface Example {
  readonly id: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: unknown;
}

const REPLAY: Readonly<Record<string, (ecr: ECRClient, input: never) => Promise<object>>> = {
  BatchDeleteImage: (ecr, input) => ecr.send(new BatchDeleteImageCommand(input)),
  BatchGetImage: (ecr, input) => ecr.send(new BatchGetImageCommand(input)),
  CreateRepository: (ecr, input) => ecr.send(new CreateRepositoryCommand(input)),
  DeleteRepository: (ecr, input) => ecr.send(new DeleteRepositoryCommand(input)),
  DeleteRepositoryPolicy: (ecr, input) => ecr.send(new DeleteRepositoryPolicyCommand(input)),
  DescribeRepositories: (ecr, input) => ecr.send(new DescribeRepositoriesCommand(input)),
  GetRepositoryPolicy: (ecr, input) => ecr.send(new GetRepositoryPolicyCommand(input)),
  ListImages: (ecr, input) => ecr.send(new ListImagesCommand(input)),
};

/** Own samples in the same form, so that the replay itself runs everywhere. */
const OWN: Readonly<Record<string, readonly Example[]>> = {
  ListImages: [
    {
      id: "own",
      input: { repositoryName: "ubuntu" },
      output: { imageIds: [{ imageDigest: `sha256:${"0".repeat(64)}`, imageTag: "precise" }] },
    },
  ],
};

const file = corpusPart("aws-models/ecr/examples-1.json");
const examples =
  file === undefined
    ? OWN
    : (JSON.parse(readFileSync(file, "utf8")) as { examples: Readonly<Record<string, readonly Example[]>> }).examples;
const cases = Object.entries(examples).flatMap(([operation, all]) => all.map((example) => [operation, example] as const));

/** Which members there are, at any depth; of lists, those of the first entry. Values are the example's own. */
function membersOf(value: unknown, place = ""): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? [`${place}[]`] : membersOf(value[0], `${place}[]`);
  if (typeof value !== "object" || value === null || value instanceof Date) return [place];
  return Object.entries(value).flatMap(([name, inner]) => membersOf(inner, `${place}.${name}`));
}

describe(`examples, ${file === undefined ? "our own" : "the vendor's"}`, () => {
  test.each(cases)("%s answers what its example shows", async (operation, { input, output }) => {
    const world = await openAwsWorld();
    await pushImage(world.served, "ubuntu", "precise", "precise");
    world.home.create("test");
    const repository = world.home.state.repositories.get("ubuntu");
    if (repository !== undefined) repository.policyText = '{"Version":"2008-10-17","Statement":[]}';
    const answer = await REPLAY[operation]?.(world.ecr, input as never);
    await world.close();
    expect(membersOf(answer)).toEqual(expect.arrayContaining([...membersOf(output)]));
  });
});
