import { isDigest } from "../../domain/digest.ts";
import { isRepository, type Repository, type Tag } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import type { Deleted } from "../../oci/manifests.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AwsAccess } from "../../ports/provider.ts";
import { isQuarantined, originOf } from "../oci/place.ts";
import type { Ask } from "./access.ts";
import { lookAt } from "./block.ts";
import { isImmutable } from "./mutability.ts";
import { pagesOf } from "./pages.ts";

/** The gate's own repositories: how they begin, and what is put there. */
export interface Quarantine extends Pick<AwsAccess, "hold"> {
  readonly quarantine: string;
}

/** The distribution client with what ECR does in its own way: it makes no repository for a push, says of a deletion what stood in its way, and has tags that may not be moved. */
export function ecrClient(client: RegistryClient, ask: Ask, place: Quarantine): RegistryClient {
  const inPlace = <T>(repository: Repository, work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    isQuarantined(place.quarantine, repository) ? inOwnPlace(ask, place, repository, work, signal) : work();
  return {
    ...client,
    repositories: (signal) => repositories(ask, signal),
    putBlob: (repository, content, bytes, signal) => inPlace(repository, () => client.putBlob(repository, content, bytes, signal), signal),
    mountBlob: (from, to, digest, signal) => inPlace(to, () => client.mountBlob(from, to, digest, signal), signal),
    async putManifest(repository, bytes, mediaType, reference, signal, ifMatch) {
      try {
        return await inPlace(repository, () => client.putManifest(repository, bytes, mediaType, reference, signal, ifMatch), signal);
      } catch (error) {
        if (!isDigest(reference)) await refuseImmutable(error, ask, repository, reference, signal);
        throw error;
      }
    },
    deleteManifest: (repository, digest, signal) => deleteImage(ask, repository, { imageDigest: digest }, signal),
    untag: (repository, tag, from, signal) => untag({ ask, client }, repository, { tag, from }, signal),
  };
}

/** The first hold finds no quarantine. */
async function inOwnPlace<T>(
  ask: Ask,
  place: Quarantine,
  repository: Repository,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "not-found") throw error;
    await make(ask, place, repository, signal);
    return work();
  }
}

/** What holds whole images is encrypted as they were: with another key AWS would mount no layer, and the bytes would leave the key that was chosen for them. */
async function make(ask: Ask, { quarantine, hold }: Quarantine, repository: Repository, signal?: AbortSignal): Promise<void> {
  const origin = hold === "quarantine-repository" ? originOf(quarantine, repository) : undefined;
  const like = origin === undefined ? undefined : await ask(`the settings of ${origin}`, (calls) => calls.repository(origin), signal);
  const creating = ask(
    `making the repository ${repository}`,
    (calls) => calls.createRepository(repository, like?.encryptionConfiguration),
    signal,
  );
  await creating.catch(unlessThere);
}

function unlessThere(error: unknown): void {
  if (!(error instanceof AdapterError) || error.code !== "conflict") throw error;
}

async function* repositories(ask: Ask, signal?: AbortSignal): AsyncGenerator<Repository> {
  const pages = pagesOf((next) => ask("the list of repositories", (calls) => calls.repositories(next), signal));
  for await (const { repositoryName = "" } of pages) if (isRepository(repositoryName)) yield repositoryName;
}

/** @throws AdapterError conflict where the repository lets no tag like it be moved; returns where it is something else */
async function refuseImmutable(error: unknown, ask: Ask, repository: Repository, tag: Tag, signal?: AbortSignal): Promise<void> {
  if (!(error instanceof AdapterError) || error.retryable || error.code === "forbidden" || error.code === "unauthorized") return;
  const settings = await ask(`the settings of ${repository}`, (calls) => calls.repository(repository), signal).catch(() => undefined);
  if (settings === undefined || !isImmutable(settings, tag)) return;
  throw new AdapterError("conflict", `${repository} lets no tag be moved, and ${tag} is taken`, {
    cause: error,
    mend: "exclude the tags that the gate moves: image tag mutability IMMUTABLE_WITH_EXCLUSION with filters for them",
  });
}

/** Other tags that are asked for before one is taken; one that stands is enough. */
const MOST_ASKED = 5;

type ImageId = { readonly imageDigest: string; readonly imageTag?: string };

// ECR API reference, ImageFailure.
const ABSENT: readonly string[] = ["ImageNotFound", "InvalidImageDigest"];

async function deleteImage(ask: Ask, repository: Repository, id: ImageId, signal?: AbortSignal): Promise<Deleted> {
  const what = `deleting ${id.imageDigest} from ${repository}`;
  const failures = await ask(what, (calls) => calls.deleteImages(repository, [id]), signal).catch((error: unknown) => {
    if (error instanceof AdapterError && error.code === "not-found") return [{ code: "ImageNotFound" }];
    throw error;
  });
  const [failure] = failures;
  if (failure === undefined) return "deleted";
  if (ABSENT.includes(failure.code)) return "absent";
  throw deletionFault(what, failure.code);
}

export function deletionFault(what: string, code: string): AdapterError {
  const isNamed = code === "ImageReferencedByManifestList";
  const kind = isNamed ? "conflict" : code.startsWith("Upstream") ? "unreachable" : "refused";
  return new AdapterError(kind, `${what}: ECR says ${code}`, isNamed ? { mend: "an index names it: that goes first" } : {});
}

/**
 * Takes a tag away that may not be moved, which ECR does where the tag points at the digest still. It deletes an image with its last tag, so another
 * one is asked for right before.
 */
async function untag(
  { ask, client }: { readonly ask: Ask; readonly client: RegistryClient },
  repository: Repository,
  { tag, from }: { readonly tag: Tag; readonly from: string },
  signal?: AbortSignal,
): Promise<"taken" | "moved" | "last"> {
  const { imageTags = [] } = (await lookAt(ask, repository, { imageDigest: from }, signal)) ?? {};
  const others = imageTags.filter((one): one is Tag => one !== tag);
  const stands = await Promise.all(others.slice(0, MOST_ASKED).map((one) => client.resolve(repository, one, signal)));
  if (!stands.some((digest) => digest === from)) return "last";
  const id = { imageDigest: from, imageTag: tag };
  const [failure] = await ask(`taking tag ${tag} from ${repository}`, (calls) => calls.deleteImages(repository, [id]), signal);
  if (failure === undefined || failure.code === "ImageNotFound") return "taken";
  if (failure.code === "ImageTagDoesNotMatchDigest") return "moved";
  throw deletionFault(`taking tag ${tag} from ${repository}`, failure.code);
}
