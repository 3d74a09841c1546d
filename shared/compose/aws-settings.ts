import * as z from "zod";
import { closed } from "../policy/field.ts";
import { isLoopback } from "../runtime/url.ts";

const arn = z
  .string()
  .regex(/^arn:[a-z-]+:iam::\d{12}:(role|user)\/\S+$/, { error: "write an ARN: arn:aws:iam::123456789012:role/moorgate" });

/** Who the gate is at a registry of AWS, and how it gets there. No secret stands here: those are the SDK's matter. */
export const AWS = z.lazy(() =>
  closed({
    account: z
      .string()
      .regex(/^\d{12}$/, { error: "write twelve digits, in quotes" })
      .optional()
      .describe("The account of the registry, where its host does not say it."),
    region: z
      .string()
      .regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, { error: "write a region: eu-central-1" })
      .optional()
      .describe("The region of the registry, where its host does not say it."),
    role: arn.optional().describe("A role in the registry's account that the gate takes."),
    replicaRole: z
      .string()
      .regex(/^arn:[a-z-]+:iam::\{account\}:role\/\S+$/, { error: "write an ARN: arn:aws:iam::{account}:role/moorgate" })
      .optional()
      .describe("The role that the gate takes at replicas in other accounts, {account} for each; left out, that of the same name as role."),
    externalId: z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/, { error: "write 2 to 1224 letters, digits and +=,.@:/-" })
      .optional()
      .describe("What the roles demand of whoever takes them."),
    endpoint: z
      .url({ protocol: /^https?$/, error: "write an https address" })
      .refine((text) => text.startsWith("https:") || isLoopback(URL.parse(text)?.hostname ?? ""), {
        error: "plain HTTP is for loopback only",
      })
      .optional()
      .describe(
        "In place of AWS's own addresses, one that answers for all its services; {region} in it stands for the region. For single services there is the SDK's AWS_ENDPOINT_URL_ECR and its like.",
      ),
    principal: arn
      .optional()
      .describe(
        "The ARN under which the gate's calls come. ECR leaves its pulls out of the time of the last pull, which then tells what is in use.",
      ),
    hold: z
      .enum(["archive", "quarantine-repository"])
      .optional()
      .describe(
        "How images are held: in the archive of ECR, or moved to quarantine/REPOSITORY as at other registries, where whoever may pull from all repositories can still pull them unless that repository's policy says otherwise. Copies by replication are held in the archive in either case. Left out, archive.",
      ),
    inUse: z
      .literal("inspector")
      .optional()
      .describe(
        "Before a hold Amazon Inspector is asked which clusters of ECS and EKS run the image. Where nothing else runs images of this registry, that is enough; every other place is named under usage.places.",
      ),
  })
    .refine(({ inUse, principal }) => inUse === undefined || principal !== undefined, {
      error: "inUse goes with principal: without the time of the last pull, what was started a moment ago would count as running nowhere",
      path: ["inUse"],
    })
    .refine(({ externalId, role, replicaRole }) => externalId === undefined || role !== undefined || replicaRole !== undefined, {
      error: "externalId goes with role or replicaRole",
      path: ["externalId"],
    }),
);
