import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Duration } from "../domain/time.ts";

/** Where the operator of a Sigstore instance publishes its trusted root, signed and dated (The Update Framework). */
export interface Mirror {
  /** Of the instance, as the policy calls it. */
  readonly name: string;
  /** Metadata lies directly below it, targets below `targets/`. */
  readonly url: URL;
  /** Text of the `root.json` that trust begins with. It came another way than from the mirror. */
  readonly anchor: string;
  /** Name of the target that is the trusted root. */
  readonly target: string;
  /** How often it is asked. */
  readonly every: Duration;
  /** A mirror inside of the own network, or on this machine. */
  readonly isInternal: boolean;
  /** @throws AdapterError, ParseError where a trusted root is of no use to the policy */
  readonly check: (trustedRoot: string) => void;
}

/** Names the mirror for people; the address may carry a key in its query. */
export function sourceOf({ url }: Pick<Mirror, "url">): string {
  return `${url.origin}${url.pathname}`;
}

/** Folder of what is kept of a mirror. Another address, target or anchor is another mirror, of which nothing is known yet. */
export function folderOf({ url, target, anchor }: Pick<Mirror, "url" | "target" | "anchor">, keptIn: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([url.href, target, anchor]))
    .digest("hex")
    .slice(0, 16);
  return join(keptIn, `${url.host.replaceAll(/[^a-zA-Z0-9.-]/g, "_")}-${hash}`);
}
