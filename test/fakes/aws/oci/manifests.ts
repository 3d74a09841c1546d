import { Refusal, type RefusalCode } from "../../../../functions/local/registry/refusal.ts";
import type { Reference } from "../../../../functions/local/registry/route.ts";
import { deleteOne } from "../acts/delete.ts";
import { refuseDenied } from "../acts/policy.ts";
import { recordPull } from "../acts/pull.ts";
import { digestOf, type Push, push } from "../acts/push.ts";
import { AwsRefusal } from "../refusal.ts";
import type { StoredImage } from "../state/image.ts";
import { needRepository, type RegistryState } from "../state/registry.ts";
import { findImage } from "../state/repository.ts";
import type { Principal, World } from "../world.ts";

export interface OciCall {
  readonly world: World;
  readonly registry: RegistryState;
  readonly principal: Principal;
  readonly request: Request;
  readonly url: URL;
}

export async function answerManifest(call: OciCall, repository: string, reference: Reference): Promise<Response> {
  switch (call.request.method) {
    case "GET":
    case "HEAD":
      return pull(call, repository, reference);
    case "PUT":
      return put(call, repository, reference);
    case "DELETE":
      return remove(call, repository, reference);
    default:
      throw new Refusal(405, "UNSUPPORTED", "Invalid HTTP method");
  }
}

/** What is archived is not found, neither by tag nor by digest. */
function pull({ world, registry, principal, request }: OciCall, name: string, reference: Reference): Response {
  const repository = needRepository(registry, name);
  refuseDenied(registry, repository, "ecr:BatchGetImage", principal);
  const image = findImage(repository, reference.kind === "tag" ? { imageTag: reference.tag } : { imageDigest: reference.digest });
  if (image === undefined || image.status !== "ACTIVE") throw new Refusal(404, "MANIFEST_UNKNOWN", "Requested image not found");
  recordPull(world, registry, repository, image, principal);
  const headers = {
    "content-type": image.mediaType,
    "docker-content-digest": image.digest,
    "content-length": String(Buffer.byteLength(image.manifest)),
  };
  return new Response(request.method === "HEAD" ? null : image.manifest, { headers });
}

async function put({ world, registry, principal, request }: OciCall, repository: string, reference: Reference): Promise<Response> {
  const manifest = await request.text();
  const mediaType = request.headers.get("content-type") ?? undefined;
  const named = reference.kind === "tag" ? { tag: reference.tag } : { digest: reference.digest };
  const image = pushOrKnown(world, registry, { repository, manifest, mediaType, ...named, by: principal, isInternal: true });
  const headers = new Headers({ location: `/v2/${repository}/manifests/${image.digest}`, "docker-content-digest": image.digest });
  if (image.subject !== undefined) headers.set("oci-subject", image.subject);
  return new Response(null, { status: 201, headers });
}

/** What is there already is a success here. */
function pushOrKnown(world: World, registry: RegistryState, asked: Push): StoredImage {
  try {
    return push(world, registry, asked);
  } catch (error) {
    const known = registry.repositories.get(asked.repository)?.images.get(digestOf(asked.manifest));
    if (known !== undefined && error instanceof AwsRefusal && error.code === "ImageAlreadyExistsException") return known;
    throw error;
  }
}

/** The endpoint deletes by digest; for tags there is BatchDeleteImage. */
function remove({ world, registry }: OciCall, name: string, reference: Reference): Response {
  const repository = needRepository(registry, name);
  if (reference.kind === "tag") throw new Refusal(405, "UNSUPPORTED", "Invalid parameter at 'imageDigest'");
  const deletion = deleteOne(world, registry, repository, { imageDigest: reference.digest });
  if (deletion.kind === "deleted") return new Response(null, { status: 202 });
  if (deletion.code === "ImageReferencedByManifestList") throw new Refusal(405, "UNSUPPORTED", deletion.reason);
  throw new Refusal(404, "MANIFEST_UNKNOWN", deletion.reason);
}

const CODES: Readonly<Record<string, readonly [status: number, code: RefusalCode]>> = {
  RepositoryNotFoundException: [404, "NAME_UNKNOWN"],
  AccessDeniedException: [403, "DENIED"],
  ImageTagAlreadyExistsException: [400, "TAG_INVALID"],
  ImageDigestDoesNotMatchException: [400, "DIGEST_INVALID"],
  LayersNotFoundException: [400, "MANIFEST_BLOB_UNKNOWN"],
  ReferencedImagesNotFoundException: [400, "MANIFEST_BLOB_UNKNOWN"],
  LimitExceededException: [405, "UNSUPPORTED"],
  // Seen with artifacts that the service does not know (opcr-io/policy, thread 149).
  InvalidParameterException: [405, "UNSUPPORTED"],
};

/** The words of the one face in those of the other; undefined for what is no refusal. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof AwsRefusal)) return error instanceof Refusal ? error : undefined;
  const [status, code] = CODES[error.code] ?? [500, "UNKNOWN"];
  return new Refusal(status, code, error.message);
}
