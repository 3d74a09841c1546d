import { hash as digest } from "node:crypto";
import type { InclusionProof } from "./log-entry.ts";

const HASH_BYTES = 32;
const MAX_TREE = 2n ** 63n - 1n;

/**
 * Whether the proof leads from the entry to its root (RFC 9162, 2.1.3.2). The number of hashes follows from index and size, so a proof
 * with one too few or too many is refused.
 */
export function isIncluded(body: Uint8Array, { index, treeSize, rootHash, hashes }: InclusionProof): boolean {
  if (index < 0n || index >= treeSize || treeSize > MAX_TREE) return false;
  if ([rootHash, ...hashes].some((each) => each.length !== HASH_BYTES)) return false;
  let node = index;
  let last = treeSize - 1n;
  let root: Uint8Array = hash(0, body);
  for (const sibling of hashes) {
    if (last === 0n) return false;
    const isRight = (node & 1n) === 1n || node === last;
    root = isRight ? hash(1, sibling, root) : hash(1, root, sibling);
    // A last node without sibling is the root of its subtree at every level up to the next right turn.
    const levels = isRight ? 1n + trailingZeros(node) : 1n;
    node >>= levels;
    last >>= levels;
  }
  return last === 0n && Buffer.compare(root, rootHash) === 0;
}

function trailingZeros(node: bigint): bigint {
  let zeros = 0n;
  for (let rest = node; rest !== 0n && (rest & 1n) === 0n; rest >>= 1n) zeros++;
  return zeros;
}

// RFC 6962, 2.1: leaves and nodes are hashed apart, so that neither passes for the other.
function hash(prefix: 0 | 1, ...parts: readonly Uint8Array[]): Buffer {
  // Digests cross over from the native side faster as text than as a buffer of their own; a proof has about thirty.
  return Buffer.from(digest("sha256", Buffer.concat([Uint8Array.of(prefix), ...parts]), "hex"), "hex");
}
