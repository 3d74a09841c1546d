import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../domain/digest.ts";

export function sha256Of(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}
