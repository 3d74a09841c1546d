import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";

/** Events come within seconds; older ones cost one look each. */
const MOST_REMEMBERED = 10_000;

/** Manifests that this process has just put, until the registry has told of each push. */
export interface OwnPushes {
  /** `tag`: what anybody may push under other tags is known by its tag as well. */
  add(repository: Repository, manifest: Digest, tag?: Tag): void;
  /** Whether a push of it was not told yet; from now on it is. */
  take(repository: Repository, manifest: Digest, tag?: Tag): boolean;
  /** It is taken away, wherever it was moved meanwhile: a push of it that comes now is somebody else's. */
  forget(manifest: Digest): void;
}

export function ownPushes(): OwnPushes {
  const untold = new Map<Digest, readonly string[]>();
  return {
    add(repository, manifest, tag) {
      const [oldest] = untold.keys();
      if (untold.size >= MOST_REMEMBERED && oldest !== undefined) untold.delete(oldest);
      untold.set(manifest, [...(untold.get(manifest) ?? []), placeOf(repository, tag)]);
    },
    take(repository, manifest, tag) {
      const places = untold.get(manifest) ?? [];
      const at = places.findIndex((place) => place === placeOf(repository, tag) || place === repository);
      if (at < 0) return false;
      const left = places.toSpliced(at, 1);
      if (left.length === 0) untold.delete(manifest);
      else untold.set(manifest, left);
      return true;
    },
    forget: (manifest) => void untold.delete(manifest),
  };
}

function placeOf(repository: Repository, tag: Tag | undefined): string {
  return tag === undefined ? repository : `${repository}:${tag}`;
}
