import { type Digest, parseDigest } from "./digest.ts";
import { ParseError, quote } from "./parse-error.ts";

declare const brand: unique symbol;

/** The path inside a registry. */
export type Repository = string & { readonly [brand]: "Repository" };
/** A movable name of a manifest. */
export type Tag = string & { readonly [brand]: "Tag" };
/** `host` or `host:port`, lower case. */
export type RegistryHost = string & { readonly [brand]: "RegistryHost" };

export interface ImageRef {
  readonly registry: RegistryHost;
  readonly repository: Repository;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/** Where images and their tags lie. */
export interface RepositoryKey {
  readonly registry: RegistryHost;
  readonly repository: Repository;
}

/** What a verdict, a hold and a journal chain are about. A tag is no identity: it moves. */
export interface ImageKey extends RepositoryKey {
  readonly digest: Digest;
}

// distribution-spec 1.1.1, "Pulling manifests": grammar of <name> and <reference>
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/;

export function isRepository(text: string): text is Repository {
  return text.length <= 255 && REPOSITORY.test(text);
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

export function isRegistryHost(text: string): text is RegistryHost {
  return text.length <= 255 && HOST.test(text);
}

/** @throws ParseError */
export function parseRepository(text: string, place = "repository"): Repository {
  if (isRepository(text)) return text;
  throw new ParseError(place, `${quote(text)} is no repository`, "use lower-case path parts such as shop/api");
}

/** @throws ParseError */
export function parseTag(text: string, place = "tag"): Tag {
  if (isTag(text)) return text;
  throw new ParseError(
    place,
    `${quote(text)} is no tag`,
    "use at most 128 letters, digits, dots, dashes and underscores, not starting with a dot or dash",
  );
}

/** @throws ParseError */
export function parseRegistryHost(text: string, place = "registry"): RegistryHost {
  const lower = text.toLowerCase();
  if (isRegistryHost(lower)) return lower;
  throw new ParseError(place, `${quote(text)} is no registry host`, "write host or host:port, without a scheme or path");
}

/**
 * Reads `registry/repository[:tag][@digest]`. The registry must be named: guessing Docker Hub for `shop/api` would judge another image
 * than the one meant.
 * @throws ParseError
 */
export function parseImageRef(text: string, place = "image reference"): ImageRef {
  const slash = text.indexOf("/");
  if (slash < 1)
    throw new ParseError(
      place,
      `${quote(text)} names no registry`,
      "write registry/repository:tag, for example 127.0.0.1:5055/shop/api:1.0",
    );
  const registry = parseRegistryHost(text.slice(0, slash), place);
  const [named = "", digestText, ...more] = text.slice(slash + 1).split("@");
  if (more.length > 0) throw new ParseError(place, `${quote(text)} has two digests`, "keep one @sha256:...");
  const colon = named.indexOf(":");
  return {
    registry,
    repository: parseRepository(colon < 0 ? named : named.slice(0, colon), place),
    ...(colon < 0 ? {} : { tag: parseTag(named.slice(colon + 1), place) }),
    ...(digestText === undefined ? {} : { digest: parseDigest(digestText, place) }),
  };
}

export function printImageRef(ref: ImageRef): string {
  return `${ref.registry}/${ref.repository}${ref.tag === undefined ? "" : `:${ref.tag}`}${ref.digest === undefined ? "" : `@${ref.digest}`}`;
}

/** Stable text of an image's identity: `registry/repository@digest`. */
export function printImageKey(key: ImageKey): string {
  return `${key.registry}/${key.repository}@${key.digest}`;
}

/** @throws ParseError */
export function parseImageKey(text: string, place = "image"): ImageKey {
  const { registry, repository, digest } = parseImageRef(text, place);
  if (digest === undefined) throw new ParseError(place, `${quote(text)} has no digest`, "append @sha256:...");
  return { registry, repository, digest };
}
