import type { MoveAction } from "../../domain/action.ts";
import type { RegistryHost, Repository } from "../../domain/image-ref.ts";
import type { RegistryClient } from "../../oci/client.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import type { Capabilities, Registry, TaggedDigest } from "../../ports/registry.ts";
import { actOf } from "./act.ts";
import { openAttachments } from "./attachments.ts";
import { holdTags, releaseTags } from "./hold-tags.ts";
import { BY_MOVE, type Holding } from "./holding.ts";
import { ownPushes } from "./own-pushes.ts";
import { isQuarantined, originOf, quarantineOf } from "./place.ts";
import type { Puller } from "./pullers.ts";
import { openRepositoryReader } from "./repository-reader.ts";
import { retag } from "./retag.ts";
import { survey } from "./survey.ts";
import { readTagHeads } from "./tag-heads.ts";

/** What any registry of the distribution protocol can do. Deleting a tag alone works at some only (distribution 3, zot), so it is not counted on. */
const OCI_CAPABILITIES: Omit<Capabilities, "hold" | "deleteManifest"> = {
  removeTag: "none",
  referrers: "probe",
  listsRepositories: true,
  listsUntagged: false,
  lastPulled: false,
  immutableTags: false,
  events: ["pushed", "deleted"],
};

/** A registry that is known by the distribution protocol, and by the way to hold that its product allows. */
export function openOciRegistry(
  plain: RegistryClient,
  { host, quarantine }: Pick<RegistrySettings, "host" | "quarantine">,
  pullers: readonly [Puller, ...Puller[]],
  holding: Holding = BY_MOVE,
): Registry {
  const client = holding.read?.(plain) ?? plain;
  const deps = { client, reader: openRepositoryReader(client, holding.lister), quarantine, pullers };
  const pushes = ownPushes();
  return {
    resolve: client.resolve,
    manifest: client.manifest,
    blob: client.blob,
    blobStream: client.blobStream,
    referrers: client.referrers,
    tags: client.tags,
    host,
    capabilities: { ...OCI_CAPABILITIES, hold: holding.capability, deleteManifest: holding.deleteHeld === undefined ? "none" : "digest" },
    isOwn: (repository) => isQuarantined(quarantine, repository),
    originOf: (repository) => originOf(quarantine, repository),
    heldAt: ({ repository }) => (holding.keepsIn === "quarantine" ? quarantineOf(quarantine, repository) : undefined),
    repositories: (signal) => catalogue(deps, signal),
    inventory: (repository, signal) => inventory(client, repository, signal),
    async survey(image, sharedChildren, signal) {
      const found = await survey(deps, image, sharedChildren, signal);
      if (found === undefined || holding.keepsIn === "quarantine") return found;
      const { quarantine: _, ...before } = found;
      return before;
    },
    hold(action, signal) {
      const act = actOf(deps, action, signal);
      return isByTags(holding, action) ? holdTags(holding, act, pushes.add) : holding.hold(act);
    },
    release(action, signal) {
      const act = actOf(deps, action, signal);
      return isByTags(holding, action) ? releaseTags(holding, act) : holding.release(act);
    },
    async deleteHeld(action, signal) {
      if (holding.deleteHeld === undefined) throw undeletable(host);
      return holding.deleteHeld(actOf(deps, action, signal));
    },
    retag: (action, signal) => retag({ client, reader: deps.reader, about: pushes.add, action, signal }),
    attachments: openAttachments(client, pushes),
  };
}

/** Where digests cannot be shut, no other way is needed to leave one open. */
function isByTags({ keepsIn }: Holding, { before }: MoveAction): boolean {
  return before.only === "tags" && keepsIn === "quarantine";
}

function undeletable(host: RegistryHost): AdapterError {
  return new AdapterError("unsupported", `${host}: what is held there lies where it is served from, and is not deleted by the gate`);
}

/** As many calls as tags. */
async function* inventory(client: RegistryClient, repository: Repository, signal?: AbortSignal): AsyncGenerator<TaggedDigest> {
  for (const [tag, { digest }] of await readTagHeads(client, repository, signal)) yield { repository, tag, digest };
}

async function* catalogue(
  { client, quarantine }: { readonly client: RegistryClient; readonly quarantine: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<Repository> {
  try {
    for await (const repository of client.repositories(signal)) if (!isQuarantined(quarantine, repository)) yield repository;
  } catch (error) {
    if (!(error instanceof AdapterError) || (error.code !== "not-found" && error.code !== "unsupported")) throw error;
    throw new AdapterError("unsupported", `${error.message}: this registry does not list its repositories`, {
      cause: error,
      mend: "without its catalogue (/v2/_catalog) only events bring images in: set up its notifications",
    });
  }
}
