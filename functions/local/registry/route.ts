import { type Digest, isDigest } from "../../../shared/domain/digest.ts";
import { isRepository, isTag, type Repository, type Tag } from "../../../shared/domain/image-ref.ts";
import { quote } from "../../../shared/domain/parse-error.ts";
import { Refusal } from "./refusal.ts";

export type Reference = { readonly kind: "tag"; readonly tag: Tag } | { readonly kind: "digest"; readonly digest: Digest };

/** What a request path names (distribution-spec, "Endpoints"). */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "tags"; readonly repository: Repository }
  | { readonly kind: "referrers"; readonly repository: Repository; readonly digest: Digest }
  | { readonly kind: "manifest"; readonly repository: Repository; readonly reference: Reference }
  | { readonly kind: "blob"; readonly repository: Repository; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly repository: Repository }
  | { readonly kind: "upload"; readonly repository: Repository; readonly session: string };

// Read from the end, for a repository may itself have a part named "blobs" or "manifests".
const SHAPES: readonly (readonly [RegExp, (repository: Repository, last: string) => Route])[] = [
  [/^(.+)\/tags\/list$/, (repository) => ({ kind: "tags", repository })],
  [/^(.+)\/blobs\/uploads\/?$/, (repository) => ({ kind: "uploads", repository })],
  [/^(.+)\/blobs\/uploads\/([^/]+)$/, (repository, session) => ({ kind: "upload", repository, session })],
  [/^(.+)\/blobs\/([^/]+)$/, (repository, last) => ({ kind: "blob", repository, digest: readDigest(last) })],
  [/^(.+)\/manifests\/([^/]+)$/, (repository, last) => ({ kind: "manifest", repository, reference: readReference(last) })],
  [/^(.+)\/referrers\/([^/]+)$/, (repository, last) => ({ kind: "referrers", repository, digest: readDigest(last) })],
];

/** @returns `undefined` where no such endpoint exists. @throws Refusal where a name or digest in it is malformed. */
export function readRoute(pathname: string): Route | undefined {
  const path = decode(pathname);
  if (path === "/v2/" || path === "/v2") return { kind: "base" };
  if (path === "/v2/_catalog") return { kind: "catalog" };
  if (!path.startsWith("/v2/")) return undefined;
  for (const [shape, route] of SHAPES) {
    const match = shape.exec(path.slice("/v2/".length));
    if (match !== null) return route(readRepository(match[1] ?? ""), match[2] ?? "");
  }
  return undefined;
}

export function readDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Refusal(400, "DIGEST_INVALID", `${quote(text)} is no digest of a known algorithm (sha256, sha512)`);
}

export function readRepository(text: string): Repository {
  if (isRepository(text)) return text;
  throw new Refusal(400, "NAME_INVALID", `${quote(text)} is no repository name`);
}

export function readTag(text: string): Tag {
  if (isTag(text)) return text;
  throw new Refusal(400, "TAG_INVALID", `${quote(text)} is no tag`);
}

function readReference(text: string): Reference {
  return text.includes(":") ? { kind: "digest", digest: readDigest(text) } : { kind: "tag", tag: readTag(text) };
}

/** Some clients write `sha256%3A`. */
function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
