import type { RegistryClient } from "../../oci/client.ts";
import type { ActResult, Capabilities } from "../../ports/registry.ts";
import type { Act } from "./act.ts";
import { deleteMoved } from "./delete-moved.ts";
import { holdByMove } from "./hold-by-move.ts";
import type { TagLister } from "./listed-heads.ts";
import { releaseByMove } from "./release-by-move.ts";

/** One way to hold images, chosen by a provider for what its product can do. Both acts look before each step, so they may be cut off anywhere and run again. */
export interface Holding {
  readonly capability: Capabilities["hold"];
  /** Where the gate reads a held image from. */
  readonly keepsIn: "quarantine" | "repository";
  /** The client as this way needs it, where a held image cannot be read like others. */
  readonly read?: (client: RegistryClient) => RegistryClient;
  /** Absent where each tag has to be asked for. */
  readonly lister?: TagLister;
  hold(act: Act): Promise<ActResult>;
  release(act: Act): Promise<ActResult>;
  /** Absent where nothing that is held lies apart from what is served. */
  deleteHeld?(act: Act): Promise<ActResult>;
}

/** Copied to the quarantine and deleted by digest: possible wherever manifests may be deleted. */
export const BY_MOVE = {
  capability: { mechanism: "move", strength: "hidden" },
  keepsIn: "quarantine",
  hold: holdByMove,
  release: releaseByMove,
  deleteHeld: deleteMoved,
} satisfies Holding;
