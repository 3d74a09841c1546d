import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeRepositoriesCommand, ECRClient, ListTagsForResourceCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { afterAll, describe, expect, test } from "vitest";
import { REST } from "../../fakes/aws/api-face.ts";
import { serveAws } from "../../fakes/aws/aws.ts";
import { MODELS } from "../../fakes/aws/contract/at-hand.ts";
import { openContract } from "../../fakes/aws/contract/contract.ts";
import { openModels } from "../../fakes/aws/contract/model.ts";
import { ECR_OPERATIONS } from "../../fakes/aws/ecr/operations.ts";
import { clientSettings, openAwsWorld } from "./aws-world.ts";

/** A vendor with one operation, for these tests to run anywhere. */
const folder = mkdtempSync(join(tmpdir(), "models-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "ecr"));
const text = { type: "string" };
const strict = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
writeFileSync(
  join(folder, "ecr", "wire.schema.json"),
  JSON.stringify({
    $id: "urn:example:ecr",
    "x-operations": {
      ListImages: { input: "#/$defs/In", output: "#/$defs/Out", errors: ["GoneException"], http: { method: "POST", requestUri: "/" } },
    },
    $defs: {
      In: strict({ repositoryName: text }, ["repositoryName"]),
      Out: strict({ imageIds: { type: "array", minItems: 1 }, nextToken: text }),
      GoneException: strict({ message: text, __type: text }),
    },
  }),
);
writeFileSync(
  join(folder, "ecr", "service-2.json"),
  JSON.stringify({ operations: {}, shapes: { GoneException: { exception: true, error: { httpStatusCode: 410 } } } }),
);

describe("what does not fit is written down", () => {
  const contract = openContract(openModels(folder));
  const faults = (act: (kept: typeof contract) => void): number => {
    act(contract);
    return contract.takeRefusals().length;
  };
  test.each([
    ["a request without what it needs", (kept: typeof contract) => kept.request("ecr", "ListImages", {}), 1],
    ["a request with a member too many", (kept: typeof contract) => kept.request("ecr", "ListImages", { repositoryName: "a", more: 1 }), 1],
    ["an operation that does not exist", (kept: typeof contract) => kept.request("ecr", "ListPictures", {}), 1],
    [
      "an answer with a member too many",
      (kept: typeof contract) => kept.answer("ecr", "ListImages", 200, { imageIds: ["a"], total: 1 }),
      1,
    ],
    ["an answer of the wrong type", (kept: typeof contract) => kept.answer("ecr", "ListImages", 200, { nextToken: 1 }), 1],
    ["an answer with the wrong status", (kept: typeof contract) => kept.answer("ecr", "ListImages", 201, {}), 1],
    [
      "an error of another operation",
      (kept: typeof contract) => kept.error("ecr", "ListImages", { code: "LostException", status: 400, body: {} }),
      1,
    ],
    [
      "an error with the wrong status",
      (kept: typeof contract) => kept.error("ecr", "ListImages", { code: "GoneException", status: 400, body: {} }),
      1,
    ],
    [
      "an error with a member too many",
      (kept: typeof contract) => kept.error("ecr", "ListImages", { code: "GoneException", status: 410, body: { why: 1 } }),
      1,
    ],
  ])("%s", (_, act, count) => {
    expect(faults(act)).toBe(count);
  });

  test.each([
    ["a request", (kept: typeof contract) => kept.request("ecr", "ListImages", { repositoryName: "a" })],
    ["an answer", (kept: typeof contract) => kept.answer("ecr", "ListImages", 200, { imageIds: ["a"] })],
    [
      "an error of the operation",
      (kept: typeof contract) => kept.error("ecr", "ListImages", { code: "GoneException", status: 410, body: { message: "gone" } }),
    ],
    [
      "an error that all operations share",
      (kept: typeof contract) => kept.error("ecr", "ListImages", { code: "ThrottlingException", status: 400, body: {} }),
    ],
    [
      "an empty list where the vendor is known to answer one",
      (kept: typeof contract) => kept.answer("ecr", "ListImages", 200, { imageIds: [] }),
    ],
  ])("but not %s that fits", (_, act) => {
    expect(faults(act)).toBe(0);
  });
});

describe("a fake", () => {
  test("fails its suite at the end for what a client survived", async () => {
    const aws = await serveAws();
    aws.contract.refuse("ecr.ListImages answer: a member too many");
    await expect(aws.close()).rejects.toThrow("a member too many");
  });

  test("writes down that it was asked for what it cannot do", async () => {
    const aws = await serveAws();
    const ecr = new ECRClient(clientSettings(aws));
    await expect(ecr.send(new ListTagsForResourceCommand({ resourceArn: aws.registry().arn("a") }))).rejects.toMatchObject({
      name: "UnknownOperationException",
    });
    expect(aws.contract.takeRefusals()).toEqual(["ecr.ListTagsForResource: there is no such operation here"]);
    ecr.destroy();
    await aws.close();
  });

  test("is asked and answers through the contract", async () => {
    const asked: string[] = [];
    const models = MODELS ?? openModels(folder);
    const { aws, ecr, close } = await openAwsWorld({
      models: (service) => {
        const model = models(service);
        return {
          ...model,
          validator: (pointer) => (asked.push(pointer), model.validator(MODELS === undefined ? "#/$defs/GoneException" : pointer)),
        };
      },
    });
    await ecr.send(new DescribeRepositoriesCommand({}));
    await expect(ecr.send(new PutImageCommand({ repositoryName: "absent", imageManifest: "{}" }))).rejects.toMatchObject({
      name: "RepositoryNotFoundException",
    });
    aws.contract.takeRefusals();
    await close();
    const due = ["DescribeRepositoriesRequest", "DescribeRepositoriesResponse", "PutImageRequest", "RepositoryNotFoundException"];
    expect(asked).toEqual(MODELS === undefined ? [] : due.map((name) => `#/$defs/${name}`));
  });
});

/** What only the vendor's own models can tell. */
function withModels(models: NonNullable<typeof MODELS>): void {
  test("routes and members of queries stand where the vendor has them", () => {
    for (const [service, operations] of REST) {
      for (const { name, method, path, query = {} } of operations) {
        const { http } = models(service).operations[name] ?? {};
        expect([http?.method, http?.requestUri], name).toEqual([method, path]);
        const elsewhere = Object.entries(models(service).locations(name)).filter(([, location]) => location === "querystring");
        expect(elsewhere.map(([member]) => member).toSorted(), name).toEqual(Object.keys(query).toSorted());
      }
    }
  });

  test("there is no operation here that the vendor does not have", () => {
    const known = Object.keys(models("ecr").operations);
    expect(ECR_OPERATIONS.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("an answer that is wrong on purpose is found", () => {
    const contract = openContract(models);
    contract.answer("ecr", "DescribeImages", 200, { imageDetails: [{ imageStatus: "SLEEPING" }] });
    contract.answer("inspector2", "ListFindings", 200, { findings: [{ severity: "BAD" }] });
    contract.answer("signer-data", "GetRevocationStatus", 200, { revoked: [] });
    const found = contract.takeRefusals();
    for (const name of ["ecr.DescribeImages", "inspector2.ListFindings", "signer-data.GetRevocationStatus"]) {
      expect(found.some((refusal) => refusal.startsWith(name))).toBe(true);
    }
  });
}

describe(`the vendor's models, which are ${MODELS === undefined ? "not " : ""}at hand`, () => {
  test("without them only that is written down which needs none", () => {
    const contract = openContract(undefined);
    contract.request("ecr", "ListPictures", {});
    contract.error("ecr", "ListImages", { code: "LostException", status: 418, body: {} });
    contract.refuse("there is no such operation here");
    expect(contract.takeRefusals()).toEqual(["there is no such operation here"]);
  });
  if (MODELS !== undefined) withModels(MODELS);
});
