import type * as z from "zod";
import type { ReadUsage, SeenWorkload, UsageReader } from "../../ports/usage-reader.ts";
import { count, isObject, whyMalformed } from "../../runtime/lenient.ts";
import { textOf } from "../list.ts";
import { imagesOfPod, imagesOfTemplate } from "./images.ts";
import { type Controllers, controllerOf, keyOf, originOf, workloadOf } from "./naming.ts";
import { CRON_JOB, JOB, KEEPS, META, type Meta, POD, type Template, WITH_TEMPLATE } from "./shape.ts";

const COMMAND = "kubectl get pods,deployments,statefulsets,daemonsets,jobs,cronjobs -A -o json";

/** `kubectl get ... -o json` and the lists of the Kubernetes API. */
export const kubernetes: UsageReader = {
  id: "kubernetes",
  command: COMMAND,
  keeps: KEEPS,
  recognises: (document) =>
    isObject(document) && /^(v1|(apps|batch)\/v1)$/.test(textOf(document["apiVersion"])) && typeof document["kind"] === "string",
  read,
};

interface Item {
  readonly kind: string;
  readonly value: unknown;
}

/** Thrown within this file only: one item that cannot be read makes the list worthless. */
class Unreadable extends Error {}

function read(documents: readonly unknown[]): ReadUsage {
  try {
    const items = documents.flatMap(itemsOf);
    if (!items.some(({ kind }) => kind === "Pod")) throw new Unreadable("not one pod is named, so it does not say what runs");
    const controllers = controllersOf(items);
    const seen = items.flatMap((item) => readItem(item, controllers));
    return { kind: "read", seen, notes: notesOf(items), ...partOf(items) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return {
      kind: "malformed",
      why: error.message,
      mend: `give all that \`${COMMAND}\` prints, with an account that may list pods in every namespace`,
    };
  }
}

/** Items of a typed list (`PodList`) do not say their kind. */
function itemsOf(document: unknown): readonly Item[] {
  if (!isObject(document)) throw new Unreadable("it is no object");
  const kind = textOf(document["kind"]);
  if (!kind.endsWith("List")) return [{ kind, value: document }];
  const metadata = document["metadata"];
  if (isObject(metadata) && typeof metadata["continue"] === "string" && metadata["continue"] !== "")
    throw new Unreadable("it is one page of several");
  const items: unknown = document["items"];
  if (!Array.isArray(items)) throw new Unreadable("the list has no items");
  const each = kind.slice(0, -"List".length);
  return items.map((value: unknown) => ({ kind: isObject(value) && typeof value["kind"] === "string" ? value["kind"] : each, value }));
}

function controllersOf(items: readonly Item[]): Controllers {
  return new Map(
    items.flatMap(({ kind, value }) => {
      if (kind !== "ReplicaSet" && kind !== "Job") return [];
      const metadata = fit(META, isObject(value) ? value["metadata"] : undefined, kind);
      const controller = controllerOf(metadata);
      return controller === undefined ? [] : [[keyOf(metadata.namespace, { kind, name: metadata.name }), controller] as const];
    }),
  );
}

function readItem({ kind, value }: Item, controllers: Controllers): readonly SeenWorkload[] {
  switch (kind) {
    case "Pod":
      return readPod(value, controllers);
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicationController": {
      const { metadata, spec } = fit(WITH_TEMPLATE, value, kind);
      return readTemplate(kind, metadata, spec.template, controllers);
    }
    case "Job": {
      const { metadata, spec, status } = fit(JOB, value, kind);
      const hasEnded = status?.conditions.some((each) => ["Complete", "Failed"].includes(each.type) && each.status === "True");
      return hasEnded === true ? [] : readTemplate(kind, metadata, spec.template, controllers);
    }
    case "CronJob": {
      const { metadata, spec } = fit(CRON_JOB, value, kind);
      return readTemplate(kind, metadata, spec.jobTemplate.spec.template, controllers);
    }
    default:
      return [];
  }
}

/** What has ended runs no more; but what a cron job ran last, it will start again. */
function readPod(value: unknown, controllers: Controllers): readonly SeenWorkload[] {
  const pod = fit(POD, value, "Pod");
  const origin = originOf("Pod", pod.metadata, controllers);
  const hasEnded = ["Succeeded", "Failed"].includes(pod.status?.phase ?? "");
  if (hasEnded && origin.kind !== "CronJob") return [];
  const workload = workloadOf(origin, pod.metadata, pod.metadata.annotations);
  return imagesOfPod(pod).map((image) => ({ workload, ...image }));
}

function readTemplate(kind: string, metadata: Meta, template: Template, controllers: Controllers): readonly SeenWorkload[] {
  const annotations = { ...metadata.annotations, ...template.metadata?.annotations };
  const workload = workloadOf(originOf(kind, metadata, controllers), metadata, annotations);
  return imagesOfTemplate(template.spec).map((image) => ({ workload, ...image }));
}

function fit<T>(schema: z.ZodType<T>, value: unknown, kind: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new Unreadable(whyMalformed(`a ${kind} of Kubernetes`, found.error.issues));
}

/** Every cluster runs something in `kube-system` or beside it: pods of one namespace alone were listed without `-A`. */
function partOf(items: readonly Item[]): { readonly partOnly?: string } {
  const pods = items.filter(({ kind }) => kind === "Pod");
  const namespaces = new Set(
    pods.map(({ value }) => textOf(isObject(value) && isObject(value["metadata"]) && value["metadata"]["namespace"])),
  );
  const [only = "", ...others] = namespaces;
  return others.length > 0 || only === "kube-system" ? {} : { partOnly: `the namespace ${only}` };
}

const READ = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicationController", "Job", "CronJob", "ReplicaSet"];

function notesOf(items: readonly Item[]): readonly string[] {
  const others = Map.groupBy(
    items.filter(({ kind }) => !READ.includes(kind)),
    ({ kind }) => kind,
  );
  return [...others].map(([kind, some]) => `${count(some.length, "object", "objects")} of kind ${kind} passed over`);
}
