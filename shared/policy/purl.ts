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
  const [, type = "", path = "", query = ""] = /^pkg:\/{0,2}([a-zA-Z][a-zA-Z0-9.+-]*)\/+([^?#]+)(?:\?([^#]*))?(?:#.*)?$/.exec(text) ?? [];
  const [, bare = path, version = ""] = /^(.+?[^/])@([^/]*)$/.exec(path) ?? [];
  const parts = bare
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  const name = parts.at(-1);
  if (type === "" || name === undefined) return undefined;
  const pairs = query.split("&").map((pair): [string, string] => {
    const [key = "", ...value] = pair.split("=");
    return [key.toLowerCase(), decode(value.join("="))];
  });
  return { type: type.toLowerCase(), namespace: parts.slice(0, -1).join("/"), name, version: decode(version), qualifiers: new Map(pairs) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether what the first says of a package is said of the second: the same kind and name, and the same version and architecture where it has them. */
export function covers(said: Purl, found: Purl): boolean {
  if (said.type !== found.type || said.name !== found.name || said.namespace !== found.namespace) return false;
  if (said.version !== "" && said.version !== found.version) return false;
  return [...said.qualifiers].every(([key, value]) => !NARROWING.has(key) || found.qualifiers.get(key) === value);
}

// Other qualifiers (where it was downloaded, its checksum) are not told by every scanner.
const NARROWING: ReadonlySet<string> = new Set(["arch", "distro", "epoch"]);
