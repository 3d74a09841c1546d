import type { Act } from "../oci/act.ts";
import { withRole } from "../oci/act.ts";
import { byBlock } from "../oci/hold-by-block.ts";
import type { Holding } from "../oci/holding.ts";
import type { NativeBlock } from "../oci/native-block.ts";
import type { Ask } from "./access.ts";
import { deleteArchived } from "./delete-archived.ts";
import { tagLister } from "./tag-list.ts";

/** Archived where it lies; what is deleted for ever is deleted there. */
export function byArchive(native: NativeBlock, ask: Ask): Holding {
  const archive = byBlock(native);
  return {
    ...archive,
    lister: tagLister(ask),
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
