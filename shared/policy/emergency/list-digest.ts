import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../domain/digest.ts";

/** Names a list that was shown: the same question with the same lines, in whatever order, and no other. */
export function listDigest(question: readonly string[], lines: readonly string[]): Digest {
  const text = JSON.stringify([question, [...lines].sort()]);
  return parseDigest(`sha256:${createHash("sha256").update(text).digest("hex")}`);
}
