import { type Digest, isDigest } from "../domain/digest.ts";
import { isRepository, type Repository } from "../domain/image-ref.ts";
import type { SeenWorkload } from "../ports/usage-reader.ts";

export interface ImageName {
  readonly digest?: Digest;
  /** Without its registry. */
  readonly repository?: Repository;
}

/**
 * What the text by which a runtime or a person names an image says for certain: `host/path:tag@sha256:...` with any part left out. A bare
 * `sha256:...` or 64 hex digits are the id of a configuration and name no manifest.
 */
export function readImageName(text: string): ImageName {
  const bare = text.trim().replace(/^[a-z-]+:\/\//, "");
  if (/^(sha256:)?[0-9a-f]{64}$/.test(bare)) return {};
  const at = bare.indexOf("@");
  const digest = at < 0 ? "" : bare.slice(at + 1);
  const repository = pathOf(at < 0 ? bare : bare.slice(0, at));
  return { ...(isDigest(digest) ? { digest } : {}), ...(isRepository(repository) ? { repository } : {}) };
}

function pathOf(name: string): string {
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash + 1);
  const untagged = colon < 0 ? name : name.slice(0, colon);
  const [first = "", ...rest] = untagged.split("/");
  // As in the docker reference grammar, a first part is a host where it could not be the part of a path.
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join("/") : untagged;
}

/** What several texts say of one image: all digests that they name, and the name of the first that has one. */
export function joinNames(texts: readonly string[]): Pick<SeenWorkload, "digests" | "repository"> {
  const names = texts.map(readImageName);
  const repository = names.find((name) => name.repository !== undefined)?.repository;
  const digests = [...new Set(names.flatMap(({ digest }) => digest ?? []))];
  return { digests, ...(repository === undefined ? {} : { repository }) };
}
