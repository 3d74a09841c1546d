import type { Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import type { Artifact, Attachments } from "../../ports/attachments.ts";
import { type OwnPushes, ownPushes } from "./own-pushes.ts";
import { proveDeletable } from "./prove-deletable.ts";
import { addEntry, removeEntry } from "./referrer-entry.ts";
import { replaceTagged, type Writing } from "./replace-tagged.ts";

export function openAttachments(client: RegistryClient, pushes: OwnPushes = ownPushes()): Attachments {
  const detachable = new Set<Repository>();
  const writing: Writing = { client, about: (repository, manifest) => pushes.add(repository, manifest) };
  return {
    async proveDetachable(repository, signal) {
      if (detachable.has(repository)) return;
      await proveDeletable(client, repository, signal);
      detachable.add(repository);
    },
    async attach(repository, subject, artifact, signal) {
      const { descriptor, bytes } = artifact;
      await putBlobs(client, repository, artifact, signal);
      writing.about(repository, descriptor.digest);
      await client.putManifest(repository, bytes, descriptor.mediaType, descriptor.digest, signal);
      if ((await client.referrersSupport(repository, signal)) === "tag-schema")
        await addEntry(writing, repository, subject, descriptor, signal);
    },
    async detach(repository, subject, manifest, signal) {
      // A list that named what is gone would make all of it look broken, so its entry goes first.
      await removeEntry(writing, repository, subject, manifest, signal);
      pushes.forget(manifest);
      await client.deleteManifest(repository, manifest, signal);
    },
    async replace(repository, tag, before, artifact, signal) {
      const { descriptor, bytes } = artifact;
      await putBlobs(client, repository, artifact, signal);
      return replaceTagged(writing, { repository, tag, before }, { ...descriptor, bytes }, signal);
    },
    explains: pushes.take,
  };
}

async function putBlobs(client: RegistryClient, repository: Repository, { blobs }: Artifact, signal?: AbortSignal): Promise<void> {
  for (const { digest, bytes } of blobs) {
    if (!(await client.hasBlob(repository, digest, signal)))
      await client.putBlob(repository, { digest, size: bytes.byteLength }, bytes, signal);
  }
}
