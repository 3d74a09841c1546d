import * as z from "zod";

const RESOURCE = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() });
const TEMPLATE = z.looseObject({
  Parameters: z.record(z.string(), z.unknown()),
  Resources: z.record(z.string(), RESOURCE),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })),
});
const FUNCTION = z.looseObject({ Code: z.looseObject({ S3Key: z.string() }) });

/** osls's own place for code, which its deployment makes. */
const OWN_BUCKET = /^ServerlessDeploymentBucket/;

/**
 * The template that osls makes, for whoever deploys without it: code comes from a bucket that is there already, and nothing is exported under osls's names.
 * @param codePrefix where the archives lie in that bucket; it has to be another one for other code, or CloudFormation sees no change. It is no parameter:
 *   `aws cloudformation deploy` gives one that is not named the value that it had before, and with it the code of before
 * @throws ZodError on what osls did not make
 */
export function plainTemplate(text: string, codePrefix: string): string {
  const template = TEMPLATE.parse(JSON.parse(text));
  const kept = <T>(named: Readonly<Record<string, T>>): [string, T][] => Object.entries(named).filter(([name]) => !OWN_BUCKET.test(name));
  const plain = {
    ...template,
    Description: "Moorgate: judges the images of container registries, holds what violates the policy, and tells of it",
    Parameters: {
      CodeBucket: { Type: "String", Description: "A bucket in the region of the stack, with the archives of the functions" },
      ...template.Parameters,
    },
    Resources: Object.fromEntries(kept(template.Resources).map(([name, resource]) => [name, withCodeAt(codePrefix, resource)])),
    Outputs: Object.fromEntries(kept(template.Outputs).map(([name, output]) => [name, { ...output, Export: undefined }])),
  };
  return `${JSON.stringify(plain, undefined, 1)}\n`;
}

function withCodeAt(codePrefix: string, resource: z.output<typeof RESOURCE>): z.output<typeof RESOURCE> {
  if (resource.Type !== "AWS::Lambda::Function") return resource;
  const properties = FUNCTION.parse(resource.Properties);
  const archive = properties.Code.S3Key.split("/").at(-1) ?? "";
  const Code = { S3Bucket: { Ref: "CodeBucket" }, S3Key: codePrefix + archive };
  return { ...resource, Properties: { ...properties, Code } };
}
