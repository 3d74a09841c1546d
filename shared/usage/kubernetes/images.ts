import { lastPart } from "../../domain/usage.ts";
import type { SeenWorkload } from "../../ports/usage-reader.ts";
import { joinNames, readImageName } from "../image-name.ts";
import type { Pod, PodSpec } from "./shape.ts";

export type SeenImage = Omit<SeenWorkload, "workload">;

/** Of a pod, all that it runs or will run: by what the runtime says where it has said it, else by what was asked for. */
export function imagesOfPod({ spec, status }: Pod): readonly SeenImage[] {
  const ids = new Map(
    [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])].map(
      ({ name, imageID }) => [name, imageID] as const,
    ),
  );
  return [...containersOf(spec).map(({ name, image }) => imageOf(image, ids.get(name) ?? "")), ...volumesOf(spec)].flat();
}

/**
 * A runtime that knows several names for the same bytes reports the digest under any of them. Under a name that ends otherwise it may be
 * another manifest than the one that was pulled: both are told then.
 */
function imageOf(asked: string, id: string): readonly SeenImage[] {
  const [named, reported] = [readImageName(asked), readImageName(id)];
  const joined = joinNames([asked, id]);
  const isOther =
    named.digest === undefined &&
    named.repository !== undefined &&
    reported.repository !== undefined &&
    lastPart(named.repository) !== lastPart(reported.repository);
  return isOther ? [joined, { digests: [], repository: named.repository }] : [joined];
}

/** Of a template, the images that it names by digest: which one a tag will be, its pods tell. */
export function imagesOfTemplate(spec: PodSpec): readonly SeenImage[] {
  const named = [...containersOf(spec).map(({ image }) => joinNames([image])), ...volumesOf(spec)];
  return named.filter(({ digests }) => digests.length > 0);
}

function containersOf({ containers, initContainers, ephemeralContainers }: PodSpec): PodSpec["containers"] {
  return [...containers, ...(initContainers ?? []), ...(ephemeralContainers ?? [])];
}

function volumesOf({ volumes }: PodSpec): readonly SeenImage[] {
  return (volumes ?? []).flatMap(({ image }) => (image === null || image === undefined ? [] : [joinNames([image.reference])]));
}
