import type { AwsAccess } from "../../ports/provider.ts";
import { type Act, isIn, withRole } from "../oci/act.ts";
import { byBlock } from "../oci/hold-by-block.ts";
import { BY_MOVE, type Holding } from "../oci/holding.ts";
import type { NativeBlock } from "../oci/native-block.ts";
import { unlessUnreadable } from "../oci/unreadable.ts";
import type { Ask } from "./access.ts";
import { deleteArchived } from "./delete-archived.ts";
import { tagLister } from "./tag-list.ts";

type Way = Required<Pick<Holding, "capability" | "hold" | "release" | "deleteHeld">>;

/**
 * In the archive, or in the quarantine repository where the settings say so. An image that is held in the other way stays so until it is released or
 * deleted: what is set may change while something is held.
 */
export function ecrHolding(native: NativeBlock, ask: Ask, how: AwsAccess["hold"] = "archive"): Holding {
  const archive = byArchive(native, ask);
  const usual: Way = how === "archive" ? archive : BY_MOVE;
  const wayOf = async (act: Act): Promise<Way> => {
    if (await isIn(act, act.quarantine)) return BY_MOVE;
    return usual === archive || (await isArchived(native, act)) ? archive : usual;
  };
  return {
    ...archive,
    capability: usual.capability,
    lister: tagLister(ask),
    hold: async (act) => (await wayOf(act)).hold(act),
    release: async (act) => (await wayOf(act)).release(act),
    deleteHeld: async (act) => (await wayOf(act)).deleteHeld(act),
  };
}

/**
 * The image, or a part of it. ECR lets no index be copied without its parts, so one that names what is archived goes there too; and where the image is gone,
 * its deletion was cut off.
 */
async function isArchived(native: NativeBlock, { reader, source, action, manifests, signal }: Act): Promise<boolean> {
  const subject = await unlessUnreadable(reader.manifest(source, action.image.digest, signal));
  const named = subject?.kind === "index" ? subject.manifests.map(({ digest }) => digest) : [];
  const family = [...withRole(manifests, "subject"), ...withRole(manifests, "child")].map(({ digest }) => digest);
  for (const digest of new Set([...family, ...named])) {
    const state = await native.state(source, digest, signal);
    if (state === "blocked" || state === "returning") return true;
  }
  return false;
}

/** Archived where it lies; what is deleted for ever is deleted there. */
function byArchive(native: NativeBlock, ask: Ask): Holding & Way {
  const archive = byBlock(native);
  return {
    ...archive,
    async release(act) {
      await restoreReferrers(native, act);
      return archive.release(act);
    },
    deleteHeld: (act) => deleteArchived({ native, ask }, act),
  };
}

/** A lifecycle policy archives what refers to an archived image within a day; nobody waits for it to come back. */
async function restoreReferrers(native: NativeBlock, { source, manifests, signal }: Act): Promise<void> {
  for (const { digest } of [...withRole(manifests, "referrer"), ...withRole(manifests, "referrers-index")]) {
    if ((await native.state(source, digest, signal)) === "blocked") await native.unblock(source, digest, signal);
  }
}
