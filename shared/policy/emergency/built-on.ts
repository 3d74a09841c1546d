import type { Digest } from "../../domain/digest.ts";
import type { BaseQuery, Concerned, EmergencyFact } from "../../domain/emergency.ts";
import type { ImageEvidence } from "../../domain/evidence.ts";
import { type ImageKey, printImageKey, type Tag } from "../../domain/image-ref.ts";
import { type BaseClaim, claimedBases } from "../rules/built-on-claims.ts";

/** What is stored of the base itself, in all repositories that it is in. */
export interface KnownBase {
  /** Of the image, and of the platforms of an index. */
  readonly digests: ReadonlySet<string>;
  /** Diff ids of each platform, lowest first. */
  readonly layers: readonly (readonly string[])[];
}

export const UNKNOWN_BASE: KnownBase = { digests: new Set(), layers: [] };

/** Adds an image where it is the base that is asked for. */
export function withBase(known: KnownBase, query: BaseQuery, image: ImageKey, tags: readonly Tag[], evidence: ImageEvidence): KnownBase {
  if (!isBase(query, image, tags, evidence)) return known;
  const parts = [evidence, ...evidence.children];
  const layers = parts.map(layersOf).filter((each) => each.length > 0);
  return { digests: new Set([...known.digests, ...parts.map(({ subject }) => subject.digest)]), layers: [...known.layers, ...layers] };
}

function isBase({ name, digest }: BaseQuery, { registry, repository }: ImageKey, tags: readonly Tag[], evidence: ImageEvidence): boolean {
  if (digest !== undefined) return [evidence, ...evidence.children].some(({ subject }) => subject.digest === digest);
  const place = `${registry}/${repository}`;
  return place === name || tags.some((tag) => `${place}:${tag}` === name);
}

function layersOf({ config }: ImageEvidence): readonly string[] {
  return config.kind === "read" ? config.config.layers : [];
}

/** Whether one image (no index) is built on the base: by its layers for certain, else by what it claims, which a build may forge. */
export function builtOn(query: BaseQuery, known: KnownBase, image: ImageKey, evidence: ImageEvidence): Concerned {
  const { gatheredAt: at, subject } = evidence;
  const fact = (what: string, by: string): Concerned => ({ kind: "yes", facts: [{ what, by, at } satisfies EmergencyFact] });
  if (isKnown(query, known, subject.digest)) return fact("is the base itself", "its digest");
  const layers = layersOf(evidence);
  if (known.layers.some((base) => base.every((layer, place) => layers[place] === layer)))
    return fact(`begins with the layers of ${query.name ?? query.digest}`, "its layers");
  const claims = claimedBases(evidence);
  const matches = claims.map((claim) => ({ claim, match: matchClaim(query, known, claim) }));
  const certain = matches.find(({ match }) => match === "yes");
  if (certain !== undefined) return fact(`built on ${printClaim(certain.claim)}`, `its ${certain.claim.from}`);
  const open = matches.find(({ match }) => match === "open");
  if (open !== undefined) return { kind: "not-known", why: `${printImageKey(image)} says it was built on ${printClaim(open.claim)}` };
  const isExact = query.digest !== undefined && known.layers.length > 0 && layers.length > 0;
  return claims.length > 0 || isExact ? { kind: "clear", at } : { kind: "not-known", why: "nothing tells what it was built on" };
}

function isKnown({ digest: asked }: BaseQuery, { digests }: KnownBase, digest: Digest | string): boolean {
  return digest === asked || digests.has(digest);
}

/** `open`: it may be the base under another digest or tag. */
function matchClaim(query: BaseQuery, known: KnownBase, { name, digest }: BaseClaim): "yes" | "open" | "no" {
  if (digest !== undefined && isKnown(query, known, digest)) return "yes";
  // The claimed digest may be that of a platform, which only the stored base tells.
  if (query.digest !== undefined) return digest !== undefined && known.digests.size > 0 ? "no" : "open";
  if (name === undefined) return "open";
  if (name === query.name || withoutTag(name) === query.name) return "yes";
  return name === withoutTag(query.name ?? "") ? "open" : "no";
}

function withoutTag(name: string): string {
  return name.replace(/(?<=[^/]):[^/:]*$/, "");
}

function printClaim({ name, digest }: BaseClaim): string {
  return [name, digest].filter((part) => part !== undefined).join("@");
}
