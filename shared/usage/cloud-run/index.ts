import * as z from "zod";
import type { ReadUsage, SeenWorkload, UsageReader } from "../../ports/usage-reader.ts";
import { count, isObject, loose, many, word } from "../../runtime/lenient.ts";
import { malformed, OWNER_TAG, readAll, workload } from "../answer.ts";
import { joinNames, readImageName } from "../image-name.ts";
import { asList, textOf } from "../list.ts";

const COMMAND = "gcloud run revisions list --format=json";

// Cloud Run Admin API v1 (serving.knative.dev/v1 Revision, run.googleapis.com/v1 Job).
const META = z.object({
  name: z.string().min(1),
  namespace: word,
  labels: loose(z.record(z.string(), z.string())),
  annotations: loose(z.record(z.string(), z.string())),
});
const CONTAINERS = z.array(z.object({ image: word }));
const REVISION = z.object({
  kind: z.literal("Revision"),
  metadata: META,
  spec: z.object({ containers: CONTAINERS }),
  status: z
    .object({
      imageDigest: word,
      containerStatuses: many(z.object({ imageDigest: word })),
      conditions: many(z.object({ type: word, status: word })),
    })
    .nullish(),
});
const POD_SPEC = z.object({ spec: z.object({ containers: CONTAINERS }) });
const JOB = z.object({
  kind: z.literal("Job"),
  metadata: META,
  spec: z.object({ template: z.object({ spec: z.object({ template: POD_SPEC }) }) }),
});
/** A service is told by its revisions, a job's executions by the job. */
const OTHER = z.object({ kind: z.string().refine((kind) => kind !== "Revision" && kind !== "Job") });

/** Revisions that may get traffic, with the digest that was resolved when they were made; and jobs. */
export const cloudRun: UsageReader = {
  id: "cloud-run",
  command: COMMAND,
  keeps: [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "labels",
    "serving.knative.dev/service",
    "annotations",
    OWNER_TAG,
    "spec",
    "template",
    "containers",
    "image",
    "status",
    "imageDigest",
    "containerStatuses",
    "conditions",
    "type",
  ],
  recognises: (document) =>
    asList(document).some((each) => isObject(each) && /^(serving\.knative\.dev|run\.googleapis\.com)\//.test(textOf(each["apiVersion"]))),
  read: (documents) => readAll(z.union([REVISION, JOB, OTHER]), documents.flatMap(asList), "a list of Cloud Run", COMMAND, readObjects),
};

type Revision = z.output<typeof REVISION>;
type Job = z.output<typeof JOB>;

function readObjects(objects: readonly (Revision | Job | z.output<typeof OTHER>)[]): ReadUsage {
  const seen = objects.flatMap((each) => (isRevision(each) ? readRevision(each) : isJob(each) ? readJob(each) : []));
  const others = objects.filter((each) => !isRevision(each) && !isJob(each));
  if (others.length > 0 && others.length === objects.length) return malformed("it names neither revisions nor jobs", COMMAND);
  const notes = others.length === 0 ? [] : [`${count(others.length, "object", "objects")} passed over that are neither revision nor job`];
  return { kind: "read", seen, notes };
}

function isRevision(object: { readonly kind: string }): object is Revision {
  return object.kind === "Revision";
}

function isJob(object: { readonly kind: string }): object is Job {
  return object.kind === "Job";
}

function readRevision({ metadata, spec, status }: Revision): readonly SeenWorkload[] {
  if (status?.conditions.some(({ type, status: state }) => type === "Active" && state === "False") === true) return [];
  const service = metadata.labels?.["serving.knative.dev/service"] ?? metadata.name;
  const runs = workload(`${inProject(metadata.namespace)}Service/${service}`, metadata.annotations?.[OWNER_TAG]);
  const resolved = [status?.imageDigest ?? "", ...(status?.containerStatuses ?? []).map(({ imageDigest }) => imageDigest)].filter(Boolean);
  const names = resolved.map((text) => readImageName(text).repository);
  // The status does not say which container a digest is of: it is of the one with the same name.
  const rest = spec.containers.filter(({ image }) => {
    const { digest, repository } = readImageName(image);
    return digest !== undefined || repository === undefined || !names.includes(repository);
  });
  return [...resolved, ...rest.map(({ image }) => image)].map((text) => ({ workload: runs, ...joinNames([text]) }));
}

function readJob({ metadata, spec }: Job): readonly SeenWorkload[] {
  const runs = workload(`${inProject(metadata.namespace)}Job/${metadata.name}`, metadata.annotations?.[OWNER_TAG]);
  return spec.template.spec.template.spec.containers.map(({ image }) => ({ workload: runs, ...joinNames([image]) }));
}

function inProject(namespace: string): string {
  return namespace === "" ? "" : `${namespace}/`;
}
