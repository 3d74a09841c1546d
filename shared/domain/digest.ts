import { ParseError, quote } from "./parse-error.ts";

declare const brand: unique symbol;

/** `algorithm:hex` of a content's bytes; what we judge and act on. Only sha256 and sha512 exist for us (OCI image-spec 1.1, descriptor.md). */
export type Digest = string & { readonly [brand]: "Digest" };

export type DigestAlgorithm = "sha256" | "sha512";

const HEX_LENGTH: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };

export function isDigest(text: string): text is Digest {
  const [algorithm, hex, ...rest] = text.split(":");
  if (rest.length > 0 || hex === undefined) return false;
  if (algorithm !== "sha256" && algorithm !== "sha512") return false;
  return hex.length === HEX_LENGTH[algorithm] && /^[0-9a-f]+$/.test(hex);
}

/** @throws ParseError */
export function parseDigest(text: string, place = "digest"): Digest {
  if (isDigest(text)) return text;
  throw new ParseError(place, `${quote(text)} is no digest`, "write sha256: and 64 lower-case hex digits, or sha512: and 128");
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The 12 hex digits shown to people. */
export function shortDigest(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

/** Tag under which referrers are listed where a registry has no referrers API (distribution-spec 1.1, "referrers tag schema"). */
export function referrersTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`;
}
