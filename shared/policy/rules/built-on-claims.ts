import type { ImageEvidence } from "../../domain/evidence.ts";
import { type Material, readProvenance } from "./slsa.ts";

/** What an image says that it was built on. */
export interface BaseClaim {
  /** With registry and, where it is told, tag: `docker.io/library/alpine:3.20`. */
  readonly name?: string | undefined;
  readonly digest?: string | undefined;
  readonly from: string;
}

/**
 * The first source that says anything: annotations, labels, provenance. A provenance names every image that took part in the build, the build
 * stages' included; each of them is a claim.
 */
export function claimedBases({ subject, config, attestations }: ImageEvidence): readonly BaseClaim[] {
  const annotated = named(subject.annotations ?? {}, "annotations");
  if (annotated.length > 0) return annotated;
  const labelled = config.kind === "read" ? named(config.config.labels, "labels") : [];
  if (labelled.length > 0 || attestations.kind !== "examined") return labelled;
  const materials = attestations.statements.flatMap(
    ({ predicateType, predicate }) => readProvenance(predicateType, predicate)?.materials ?? [],
  );
  const claims = materials.flatMap(fromMaterial);
  return [...new Map(claims.map((claim) => [`${claim.name}@${claim.digest}`, claim])).values()];
}

// image-spec, "Pre-Defined Annotation Keys"
function named(texts: Readonly<Record<string, string>>, from: string): readonly BaseClaim[] {
  const name = texts["org.opencontainers.image.base.name"] || undefined;
  const digest = texts["org.opencontainers.image.base.digest"] || undefined;
  return name === undefined && digest === undefined ? [] : [{ name: name === undefined ? undefined : fullName(name), digest, from }];
}

/** `pkg:docker/alpine@3.20?digest=sha256:...` and `pkg:oci/alpine?repository_url=...`, as BuildKit and others write images. */
function fromMaterial({ uri, digest }: Material): readonly BaseClaim[] {
  const [, type, path = "", version = "", query = ""] = /^pkg:(docker|oci)\/([^@?#]+)(?:@([^?#]*))?(?:\?([^#]*))?/.exec(uri) ?? [];
  if (type === undefined) return [];
  const qualifiers = new URLSearchParams(query);
  const place = (type === "oci" ? qualifiers.get("repository_url") : undefined) ?? path;
  const told = versionOf(decode(version), qualifiers);
  return [{ name: fullName(decode(place) + told.tag), digest: digest ?? told.digest, from: "provenance" }];
}

/** A purl's version is a tag or a digest; the other of the two may stand in its qualifiers. */
function versionOf(version: string, qualifiers: URLSearchParams): { readonly tag: string; readonly digest: string | undefined } {
  const isDigest = version.startsWith("sha256:");
  const tag = isDigest ? (qualifiers.get("tag") ?? "") : version;
  return { tag: tag === "" ? "" : `:${tag}`, digest: isDigest ? version : (qualifiers.get("digest") ?? undefined) };
}

function decode(text: string): string {
  return text.replace(/%3a/gi, ":").replace(/%2f/gi, "/").replace(/%40/gi, "@");
}

/** `alpine` is `docker.io/library/alpine`: the first part is a registry only where it has a dot or a port, or is localhost. */
function fullName(name: string): string {
  const bare = name.replace(/@sha256:.*$/, "");
  const [first = "", ...rest] = bare.split("/");
  if (rest.length === 0) return `docker.io/library/${bare}`;
  return /[.:]/.test(first) || first === "localhost" ? bare : `docker.io/${bare}`;
}
