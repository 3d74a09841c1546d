import type { Digest } from "../../../shared/domain/digest.ts";

/** `If-None-Match` (RFC 9110, section 13.1.2); content is its own entity tag here. */
export function notModified(request: Request, digest: Digest): boolean {
  const tags = request.headers.get("if-none-match")?.split(",") ?? [];
  return tags.some((tag) => [digest, "*"].includes(tag.trim().replace(/^W\//, "").replaceAll('"', "")));
}
