import { PackageURL } from "packageurl-js";

/** A package URL, as far as it names a package. https://github.com/package-url/purl-spec */
export interface Purl {
  /** Lower case: `deb`, `npm`, `oci`. */
  readonly type: string;
  /** `debian`, `@babel`; empty where there is none. */
  readonly namespace: string;
  readonly name: string;
  /** Empty: any. */
  readonly version: string;
  readonly qualifiers: ReadonlyMap<string, string>;
}

/** `undefined`: this is no package URL. */
export function readPurl(text: string): Purl | undefined {
  if (!text.startsWith("pkg:") || text.length > MOST_LETTERS) return undefined;
  try {
    const { type, namespace, name, version, qualifiers } = PackageURL.fromString(text);
    return { type, namespace: namespace ?? "", name, version: version ?? "", qualifiers: new Map(Object.entries(qualifiers ?? {})) };
  } catch {
    return undefined;
  }
}

// A real one has some hundred letters; reports are untrusted.
const MOST_LETTERS = 4_096;

/** Whether what the first says of a package is said of the second: the same kind and name, and the same version and architecture where it has them. */
export function covers(said: Purl, found: Purl): boolean {
  if (said.type !== found.type || said.name !== found.name || said.namespace !== found.namespace) return false;
  if (said.version !== "" && said.version !== found.version) return false;
  return [...said.qualifiers].every(([key, value]) => !NARROWING.has(key) || found.qualifiers.get(key) === value);
}

// Other qualifiers (where it was downloaded, its checksum) are not told by every scanner.
const NARROWING: ReadonlySet<string> = new Set(["arch", "distro", "epoch"]);
