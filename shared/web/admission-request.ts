import * as z from "zod";
import { type ImageRef, parseImageRef } from "../domain/image-ref.ts";
import { ParseError } from "../domain/parse-error.ts";
import type { AskedImage } from "../ports/admission.ts";

/** A request of a Kubernetes API server (`admission.k8s.io/v1`), as far as the gate reads it. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly asked: readonly AskedImage[];
  /** Images whose names cannot be read: what runs under them is not known. */
  readonly unreadable: readonly string[];
}

const container = z.object({ image: z.string().max(1_024).optional() });
const containers = z.array(container).max(1_000).optional();
const volumes = z
  .array(z.object({ image: z.object({ reference: z.string().max(1_024).optional() }).optional() }))
  .max(1_000)
  .optional();
const podSpec = z.object({ containers, initContainers: containers, ephemeralContainers: containers, volumes });
const template = z.object({ spec: podSpec }).optional();
const workload = z.object({
  kind: z.string().optional(),
  metadata: z.object({ ownerReferences: z.array(z.object({ controller: z.boolean().optional() })).optional() }).optional(),
  spec: podSpec.extend({ template, jobTemplate: z.object({ spec: z.object({ template }) }).optional() }).optional(),
});
const review = z.object({
  apiVersion: z.literal("admission.k8s.io/v1"),
  kind: z.literal("AdmissionReview"),
  request: z.object({
    uid: z.string().min(1).max(256),
    userInfo: z.object({ username: z.string().optional() }).optional(),
    object: workload.nullish(),
    oldObject: workload.nullish(),
  }),
});

type Workload = z.output<typeof workload>;

/**
 * Reads images out of a Pod or anything that makes Pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob. An image that stood in the old
 * object runs already; so does that of a Pod which one of the cluster's own controllers makes, for its workload was asked about before.
 * @throws ParseError
 */
export function readAdmissionRequest(value: unknown): AdmissionRequest {
  const read = review.safeParse(value);
  if (!read.success)
    throw new ParseError(
      "admission review",
      "this is no AdmissionReview of admission.k8s.io/v1",
      "set admissionReviewVersions: [v1] in the webhook",
    );
  const { uid, object, oldObject, userInfo } = read.data.request;
  const before = new Set(imagesOf(oldObject));
  const isRestart = isMadeByController(object, userInfo?.username);
  const named = [...new Set(imagesOf(object))].map((name) => ({ name, image: refOf(name) }));
  return {
    uid,
    asked: named.flatMap(({ name, image }) => (image === undefined ? [] : [{ image, isRunning: isRestart || before.has(name) }])),
    unreadable: named.flatMap(({ name, image }) => (image === undefined ? [name] : [])),
  };
}

function imagesOf(object: Workload | null | undefined): readonly string[] {
  const { spec } = object ?? {};
  const specs = [spec, spec?.template?.spec, spec?.jobTemplate?.spec.template?.spec];
  return specs.flatMap((each) => [
    ...(each?.initContainers ?? []).flatMap(({ image }) => image ?? []),
    ...(each?.containers ?? []).flatMap(({ image }) => image ?? []),
    ...(each?.ephemeralContainers ?? []).flatMap(({ image }) => image ?? []),
    ...(each?.volumes ?? []).flatMap(({ image }) => image?.reference ?? []),
  ]);
}

const CONTROLLERS =
  /^system:serviceaccount:kube-system:(?:deployment|replicaset|replication|statefulset|daemon-set|job|cronjob)-controller$|^system:kube-controller-manager$/;

/** Who asks is what the API server says; an owner reference alone anybody may write. */
function isMadeByController(object: Workload | null | undefined, username = ""): boolean {
  return CONTROLLERS.test(username) && object?.metadata?.ownerReferences?.some(({ controller }) => controller === true) === true;
}

const HUB = "docker.io";

/** Container runtimes read `nginx` as `docker.io/library/nginx:latest`. */
function refOf(name: string): ImageRef | undefined {
  try {
    const ref = parseImageRef(whole(name));
    return ref.tag === undefined && ref.digest === undefined ? parseImageRef(`${whole(name)}:latest`) : ref;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function whole(name: string): string {
  const [first = "", ...rest] = name.split("/");
  if (rest.length === 0) return `${HUB}/library/${name}`;
  return first.includes(".") || first.includes(":") || first === "localhost" ? name : `${HUB}/${name}`;
}
