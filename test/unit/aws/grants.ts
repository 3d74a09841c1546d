import { statementsOf } from "./policies.ts";
import type { Code } from "./shaken.ts";
import { at, isObject, listOf, ofType, type Template, target } from "./template.ts";

/** `ACTION`, or `ACTION at NAME` where it matters at which queue, or `ACTION via SERVICE` for a key. */
export type Grant = string;

/** SDK client -> prefix of its actions, where they differ (AWS Service Authorization Reference). */
const PREFIX: Readonly<Record<string, string>> = { "secrets-manager": "secretsmanager", "signer-data": "signer" };

/** Calls that need other actions than the one of their name (AWS Service Authorization Reference; Amazon ECR API reference for referrers). */
const OTHERWISE: Readonly<Record<string, (code: Code) => readonly string[]>> = {
  "ecr:ListImageReferrers": () => ["ecr:BatchGetImage"],
  "dynamodb:TransactWriteItems": (code) =>
    Object.entries({ Put: "PutItem", Delete: "DeleteItem", Update: "UpdateItem", ConditionCheck: "ConditionCheckItem" })
      .filter(([step]) => code.hasStep(step))
      .map(([, action]) => `dynamodb:${action}`),
};

/** Amazon ECR user guide, "Private repository policy examples" and "Using Amazon ECR with the OCI distribution API": what each request of the OCI client needs. */
const OCI: Readonly<Record<string, readonly string[]>> = {
  headManifest: ["ecr:BatchGetImage"],
  manifest: ["ecr:BatchGetImage"],
  resolve: ["ecr:BatchGetImage"],
  referrers: ["ecr:BatchGetImage"],
  tags: ["ecr:ListImages"],
  blob: ["ecr:GetDownloadUrlForLayer"],
  blobStream: ["ecr:GetDownloadUrlForLayer"],
  hasBlob: ["ecr:BatchCheckLayerAvailability"],
  mountBlob: ["ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload"],
  putBlob: ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
  putManifest: ["ecr:PutImage"],
  deleteManifest: ["ecr:BatchDeleteImage"],
  deleteTag: ["ecr:BatchDeleteImage"],
};

/** What the code of a function asks of AWS by itself. */
export function actionsOf(code: Code): readonly string[] {
  const own = code.calls.flatMap((call) => {
    const [client = "", name = ""] = call.split(" ");
    const operation = name.replace(/Command$/, "").replace(/^paginate/, "");
    if (operation.startsWith("waitUntil")) throw new Error(`${call}: say in this table what it asks`);
    const action = `${PREFIX[client] ?? client}:${operation}`;
    return OTHERWISE[action]?.(code) ?? [action];
  });
  // Without the login no request of the OCI client is for ECR.
  const isForEcr = own.includes("ecr:GetAuthorizationToken");
  const oci = isForEcr ? Object.entries(OCI).flatMap(([method, actions]) => (code.hasCall(method) ? actions : [])) : [];
  return [...new Set([...own, ...oci])].sort();
}

/** AWS DynamoDB developer guide, "DynamoDB encryption at rest", on keys of one's own. */
const TABLE_KEY = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"];

/** What the role of a function has to be granted: the calls of its code, and what Lambda, SQS and DynamoDB do in its name. */
export function neededBy(template: Template, logicalName: string, actions: readonly string[]): readonly Grant[] {
  const properties = template.Resources[logicalName]?.Properties ?? {};
  const queue = target(at(properties, "Environment", "Variables", "MOORGATE_EVENTS_QUEUE")) ?? "nowhere";
  const own = actions.map((action) => (action.startsWith("sqs:") ? `${action} at ${queue}` : action));
  const sources = ofType(template, "AWS::Lambda::EventSourceMapping")
    .filter(([, source]) => target(source.Properties["FunctionName"]) === logicalName)
    .flatMap(([, source]) => sourceNeeds(template, source.Properties));
  const all = [...own, ...sources, "logs:CreateLogStream", "logs:PutLogEvents"];
  return [...new Set([...all, ...keyNeeds(all), ...(properties["KmsKeyArn"] === undefined ? [] : ["kms:Decrypt via lambda"])])].sort();
}

/** AWS Lambda developer guide: permissions of the execution role for queues, streams and on-failure destinations. */
function sourceNeeds(template: Template, source: Readonly<Record<string, unknown>>): readonly Grant[] {
  const from = target(source["EventSourceArn"]) ?? "";
  if (template.Resources[from]?.Type === "AWS::SQS::Queue")
    return ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((action) => `sqs:${action} at ${from}`);
  const failed = target(at(source, "DestinationConfig", "OnFailure", "Destination"));
  const stream = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((action) => `dynamodb:${action}`);
  return failed === undefined ? stream : [...stream, `sqs:SendMessage at ${failed}`];
}

function keyNeeds(all: readonly Grant[]): readonly Grant[] {
  const has = (start: string): boolean => all.some((grant) => grant.startsWith(start));
  const via = (service: string, ...actions: readonly string[]): readonly Grant[] => actions.map((action) => `kms:${action} via ${service}`);
  return [
    ...(has("dynamodb:") ? via("dynamodb", ...TABLE_KEY) : []),
    ...(has("secretsmanager:GetSecretValue") ? via("secretsmanager", "Decrypt") : []),
    ...(has("sqs:SendMessage") ? via("sqs", "Decrypt", "GenerateDataKey") : []),
    ...(has("sqs:ReceiveMessage") ? via("sqs", "Decrypt") : []),
    // Amazon ECR user guide, "Encryption at rest", required IAM permissions: where the repository is to be under a key of one's own.
    ...(has("ecr:CreateRepository") ? via("ecr", "CreateGrant", "DescribeKey", "RetireGrant") : []),
  ];
}

/** What the role of a function is granted, but for the network, which all have in common. */
export function grantedTo(template: Template, logicalName: string): readonly Grant[] {
  const role = target(template.Resources[logicalName]?.Properties["Role"]);
  const statements = statementsOf(template).filter(
    ({ of, effect, principal }) => of === role && effect === "Allow" && principal === undefined,
  );
  return statements
    .flatMap(({ actions, resources, condition }) =>
      actions.flatMap((action) => {
        if (action.startsWith("kms:")) return [`${action} via ${serviceOf(condition)}`];
        return action.startsWith("sqs:") ? resources.map((resource) => `${action} at ${target(resource)}`) : [action];
      }),
    )
    .sort();
}

function serviceOf(condition: unknown): string {
  const equals = at(condition, "StringEquals") ?? at(condition, "StringLike");
  if (at(equals, "kms:EncryptionContext:aws:lambda:FunctionArn") !== undefined) return "lambda";
  const service = listOf(at(equals, "kms:ViaService"))[0];
  const text = isObject(service) ? service["Fn::Sub"] : service;
  return typeof text === "string" ? (text.split(".")[0] ?? "") : "anything";
}

/** Differences between what a role is granted and what it needs. */
export function grantFaults(needed: readonly Grant[], granted: readonly Grant[]): readonly string[] {
  return [
    ...needed.filter((grant) => !granted.includes(grant)).map((grant) => `is not granted ${grant}`),
    ...granted.filter((grant) => !needed.includes(grant)).map((grant) => `is granted ${grant}, which nothing needs`),
    ...granted.filter((grant, index) => granted.indexOf(grant) !== index).map((grant) => `is granted ${grant} twice`),
  ];
}

/** What the code of a function could call and its role withholds, and why it never does: `test/interop/aws-rights.test.ts` looks. */
export const WITHHELD: Readonly<Record<string, { readonly actions: RegExp; readonly why: string }>> = {
  admit: {
    actions: /^dynamodb:(BatchWriteItem|DeleteItem|PutItem)$/,
    why: "a review reads images, and is answered to anybody who reaches the address",
  },
  canary: {
    actions: /^dynamodb:(BatchGetItem|BatchWriteItem|DeleteItem)$/,
    why: "it asks whether one message was remembered, remembers it where it was not, and reads how far sweeps came",
  },
};
