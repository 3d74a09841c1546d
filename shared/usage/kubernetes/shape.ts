import * as z from "zod";
import { loose, many, word } from "../../runtime/lenient.ts";

// core/v1, apps/v1 and batch/v1 of the Kubernetes API. Where an image could hide the shape has to be right; anything else may be missing.

const OWNER = z.object({ kind: word, name: word, controller: loose(z.boolean()) });

export const META = z.object({
  name: z.string().min(1).max(253),
  namespace: word,
  ownerReferences: many(OWNER),
  labels: loose(z.record(z.string(), z.string())),
  annotations: loose(z.record(z.string(), z.string())),
});
export type Meta = z.output<typeof META>;

const CONTAINER = z.object({ name: z.string(), image: word });
const STATUS = z.object({ name: z.string(), imageID: word });
const VOLUME = z.object({ image: z.object({ reference: word }).nullish() });

export const POD_SPEC = z.object({
  containers: z.array(CONTAINER),
  initContainers: z.array(CONTAINER).nullish(),
  ephemeralContainers: z.array(CONTAINER).nullish(),
  volumes: z.array(VOLUME).nullish(),
});
export type PodSpec = z.output<typeof POD_SPEC>;

export const POD = z.object({
  metadata: META,
  spec: POD_SPEC,
  status: z
    .object({
      phase: word,
      containerStatuses: z.array(STATUS).nullish(),
      initContainerStatuses: z.array(STATUS).nullish(),
      ephemeralContainerStatuses: z.array(STATUS).nullish(),
    })
    .nullish(),
});
export type Pod = z.output<typeof POD>;

export const TEMPLATE = z.object({ metadata: loose(z.object({ annotations: META.shape.annotations })), spec: POD_SPEC });
export type Template = z.output<typeof TEMPLATE>;

export const WITH_TEMPLATE = z.object({ metadata: META, spec: z.object({ template: TEMPLATE }) });
export const JOB = WITH_TEMPLATE.extend({ status: loose(z.object({ conditions: many(z.object({ type: word, status: word })) })) });
export const CRON_JOB = z.object({
  metadata: META,
  spec: z.object({ jobTemplate: z.object({ spec: z.object({ template: TEMPLATE }) }) }),
});

export const KEEPS: readonly string[] = [
  "apiVersion",
  "kind",
  "items",
  "metadata",
  "continue",
  "name",
  "namespace",
  "ownerReferences",
  "controller",
  "labels",
  "pod-template-hash",
  "annotations",
  "moorgate.dev/owner",
  "spec",
  "template",
  "jobTemplate",
  "containers",
  "initContainers",
  "ephemeralContainers",
  "volumes",
  "image",
  "reference",
  "status",
  "phase",
  "containerStatuses",
  "initContainerStatuses",
  "ephemeralContainerStatuses",
  "imageID",
  "conditions",
  "type",
];
