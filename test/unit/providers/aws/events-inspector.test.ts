import { describe, expect, test } from "vitest";
import { ACCOUNT, awsEvent, DIGEST, HOST, REPOSITORY_ARN, read } from "../../../fixtures/aws-events.ts";

const PLACE = { source: "ecr", registry: HOST, repository: "shop/api" };

describe("what Inspector and Security Hub tell", () => {
  test("the name of the repository may be its ARN", () => {
    const detail = { "scan-status": "INITIAL_SCAN_COMPLETE", "repository-name": REPOSITORY_ARN, "image-digest": DIGEST };
    expect(read(awsEvent("Inspector2 Scan", detail)).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("a finding is about the registry that its ARN names, also where another account sends it", () => {
    const event = awsEvent("Inspector2 Finding", { resources: [{ id: `${REPOSITORY_ARN}/${DIGEST}` }] }, { account: "999999999999" });
    expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("an image of another cloud is none of this registry's", () => {
    const image = { registry: "example.azurecr.io", repositoryName: "shop/api", imageDigest: DIGEST, imageTags: ["1.0"] };
    const { events } = read(awsEvent("Inspector2 Finding", { resources: [{ id: "/subscriptions/1", details: { image } }] }));
    expect(events).toMatchObject([{ kind: "scanned", registry: "example.azurecr.io", digest: DIGEST }]);
  });

  test("coverage names its image outside of the detail", () => {
    const detail = { scanStatus: { reason: "SCAN_ELIGIBILITY_EXPIRED", statusCodeValue: "INACTIVE" } };
    const event = awsEvent("Inspector2 Coverage", detail, { resources: [`${REPOSITORY_ARN}/${DIGEST}`] });
    expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("Security Hub passes on findings on images of ECR among others", () => {
    const Resources = [
      { Type: "AwsEc2Instance", Id: "arn:aws:ec2:x" },
      { Type: "AwsEcrContainerImage", Id: `${REPOSITORY_ARN}/${DIGEST}` },
    ];
    const event = awsEvent("Security Hub Findings - Imported", { findings: [{ Resources }] });
    expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("Security Hub passes on findings in either of its formats", () => {
    const resources = [{ type: "AWS::EC2::Instance", uid: "i-1" }, null, { uid: `${REPOSITORY_ARN}/${DIGEST}` }];
    const event = awsEvent("Findings Imported V2", { findings: [{ class_uid: 2002, resources }] });
    expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test.each([
    ["Inspector2 Scan", { "machine-image-id": "ami-1" }],
    ["Inspector2 Finding", { resources: [{ id: "arn:aws:lambda:eu-central-1:123456789012:function:f:1" }] }],
    ["Inspector2 Coverage", { scanStatus: { reason: "SUCCESSFUL" } }],
    ["Inspector2 AutoEnable", { AutoEnableStatus: "SUCCESS" }],
    ["Inspector2 OnDemand Scan Complete", {}],
    ["Security Hub Findings - Imported", { findings: [{ Resources: [{ Type: "AwsEc2Instance", Id: "arn:aws:ec2:x" }] }] }],
    ["Security Hub Insight Results", {}],
    ["Findings Imported V2", { findings: [{ resources: [{ uid: "arn:aws:ec2:x" }] }] }],
  ])("%s %j is about no image and passed over with a reason", (type, detail) => {
    const { events, skipped } = read(awsEvent(type, detail));
    expect(events).toEqual([]);
    expect(skipped).toHaveLength(1);
  });
});

describe("the events of Inspector as they were first published", () => {
  const inspector = { source: "aws.inspector", resources: [REPOSITORY_ARN, "i-12345678"] };
  const image = {
    registry: ACCOUNT,
    repositoryName: "shop/api",
    imageRegion: "N/A",
    imageTags: ["1.0"],
    resourceType: "AWS_ECR_CONTAINER_IMAGE",
  };

  test.each([
    ["Inspector Scan", { "repository-name": "shop/api", "image-digest": DIGEST, "image-tags": [] }],
    ["Inspector Finding", { ...image, imageHash: DIGEST, vulnerabilityId: "CVE-2016-9085", type: "PACKAGE_VULNERABILITY" }],
  ])("%s tells of its image", (type, detail) => {
    for (const event of [awsEvent(type, detail, inspector), awsEvent(type, detail, { ...inspector, source: "aws.inspector2" })])
      expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("a digest that is none leaves the tags to be looked up", () => {
    const { events } = read(awsEvent("Inspector Finding", { ...image, imageHash: "sha256:7f5b" }, inspector));
    expect(events).toMatchObject([{ ...PLACE, tag: "1.0" }]);
  });

  test("what is about no image is passed over with a reason", () => {
    expect(read(awsEvent("Inspector Finding", { type: "PACKAGE_VULNERABILITY" }, { ...inspector, resources: ["i-1"] }))).toMatchObject({
      events: [],
      skipped: [expect.any(String)],
    });
  });
});

describe("an image without an ARN of its own is known from elsewhere in the same event", () => {
  const arn = `${REPOSITORY_ARN}/${DIGEST}`;
  const ecr = { registry: ACCOUNT, repositoryName: "shop/api", imageHash: DIGEST, imageTags: ["1.0"] };
  const image = { registry: ACCOUNT, repositoryName: "shop/api", imageDigest: DIGEST };
  const finding = (more: object) => ({ resources: [{ type: "AWS_ECR_CONTAINER_IMAGE", ...more }] });
  const Details = { AwsEcrContainerImage: { RegistryId: ACCOUNT, RepositoryName: "shop/api", ImageDigest: DIGEST } };
  const Resources = [{ Type: "AwsEcrContainerImage", Id: `${HOST}/shop/api@${DIGEST}`, Region: "eu-central-1", Details }];
  const scan = { "scan-status": "INITIAL_SCAN_COMPLETE", "repository-name": "shop/api", "image-digest": DIGEST };
  test.each([
    ["a scan: what it is about", awsEvent("Inspector2 Scan", scan, { resources: [`${REPOSITORY_ARN}-other`, REPOSITORY_ARN] })],
    ["a finding: what it is about", awsEvent("Inspector2 Finding", finding({}), { resources: [arn] })],
    ["a finding: its details", awsEvent("Inspector2 Finding", finding({ details: { awsEcrContainerImage: ecr, image } }))],
    [
      "a finding: its details, of the resource's region",
      awsEvent("Inspector2 Finding", finding({ region: "eu-central-1", details: { awsEcrContainerImage: ecr } }), { region: "us-east-1" }),
    ],
    [
      "a finding: its details, of no region",
      awsEvent("Inspector2 Finding", finding({ region: "N/A", details: { awsEcrContainerImage: ecr } })),
    ],
    ["a finding: details as of any cloud", awsEvent("Inspector2 Finding", finding({ region: "eu-central-1", details: { image } }))],
    ["Security Hub: its details", awsEvent("Security Hub Findings - Imported", { findings: [{ Resources }] }, { region: "us-east-1" })],
  ])("%s", (_, event) => {
    expect(read(event).events).toMatchObject([{ ...PLACE, kind: "scanned", digest: DIGEST }]);
  });

  test("another repository beside a scan is not its own", () => {
    expect(read(awsEvent("Inspector2 Scan", scan, { resources: [`${REPOSITORY_ARN}-other`] })).events).toEqual([]);
  });
});
