import type { Digest } from "../../domain/digest.ts";
import type { Repository, Tag } from "../../domain/image-ref.ts";

/** `returning`: it was let go, and cannot be pulled yet. */
export type BlockState = "free" | "blocked" | "returning" | "absent";

/** What a registry product has to keep one manifest from being pulled without moving its bytes. Each call may be repeated. Throws AdapterError. */
export interface NativeBlock {
  /** `blocked` where it is refused, `hidden` where it is as if it were not there: deleted, with a time in which it can be had back. */
  readonly strength: "blocked" | "hidden";
  state(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<BlockState>;
  /** An index is blocked before what it names. */
  block(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<void>;
  unblock(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<void>;
  /** What a tag points at, also where nobody is let to it; `undefined` where it points at nothing. */
  pointsAt(repository: Repository, tag: Tag, signal?: AbortSignal): Promise<Digest | undefined>;
}
