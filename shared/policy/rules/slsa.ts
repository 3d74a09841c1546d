import { at } from "./statements.ts";

/** What a provenance says, whichever version of SLSA it is written in. */
export interface Provenance {
  readonly builder: string | undefined;
  readonly buildType: string | undefined;
  /** Repositories that it was built from, without `git+`, `.git`, revision and query. Empty: it does not say. */
  readonly sources: readonly string[];
  readonly materials: readonly Material[];
}

export interface Material {
  readonly uri: string;
  /** `sha256:...` where it is given. */
  readonly digest?: string;
}

const SLSA_1 = /^https:\/\/slsa\.dev\/provenance\/v1(\.\d+)?$/;
const SLSA_0 = /^https:\/\/slsa\.dev\/provenance\/v0\.[12]$/;

/** `undefined` for any other predicate. */
export function readProvenance(predicateType: string, predicate: unknown): Provenance | undefined {
  if (SLSA_1.test(predicateType)) return readVersion1(predicate);
  return SLSA_0.test(predicateType) ? readVersion0(predicate) : undefined;
}

// https://slsa.dev/spec/v1.0/provenance
function readVersion1(predicate: unknown): Provenance {
  const parameters = at(predicate, "buildDefinition", "externalParameters");
  const materials = materialsOf(at(predicate, "buildDefinition", "resolvedDependencies"));
  // GitHub's attestations, the generators of slsa-framework, Google Cloud Build, BuildKit: the place depends on the build type.
  const named = [["workflow", "repository"], ["source", "uri"], ["source"], ["sourceToBuild", "repository"], ["configSource", "uri"]]
    .map((path) => at(parameters, ...path))
    .filter((uri) => typeof uri === "string");
  return {
    builder: text(at(predicate, "runDetails", "builder", "id")),
    buildType: text(at(predicate, "buildDefinition", "buildType")),
    sources: sourcesOf(named, materials),
    materials,
  };
}

// https://slsa.dev/spec/v0.2/provenance; 0.1 has no configSource and differs in no other field that is read here.
function readVersion0(predicate: unknown): Provenance {
  const materials = materialsOf(at(predicate, "materials"));
  const named = [at(predicate, "invocation", "configSource", "uri")].filter((uri) => typeof uri === "string");
  return {
    builder: text(at(predicate, "builder", "id")),
    buildType: text(at(predicate, "buildType") ?? at(predicate, "recipe", "type")),
    sources: sourcesOf(named, materials),
    materials,
  };
}

/** What the build names as its source, else everything that came out of git. */
function sourcesOf(named: readonly string[], materials: readonly Material[]): readonly string[] {
  const uris = named.length > 0 ? named : materials.map(({ uri }) => uri).filter((uri) => /^git(\+|:)|\.git(@|#|$)/.test(uri));
  return [...new Set(uris.map(repositoryOf))];
}

function repositoryOf(uri: string): string {
  const bare = uri.replace(/^git\+/, "").replace(/[?#].*$/s, "");
  return bare.replace(/(?<=[^/:@]\/[^@]*)@.*$/s, "").replace(/\.git$/, "");
}

function materialsOf(value: unknown): readonly Material[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const uri = text(at(one, "uri"));
    const sha256 = text(at(one, "digest", "sha256"));
    return uri === undefined ? [] : [{ uri, ...(sha256 === undefined ? {} : { digest: `sha256:${sha256}` }) }];
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
