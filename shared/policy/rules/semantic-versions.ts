import { parse, satisfies, validRange } from "semver";

/** Whether the text is one whole version: `2.1.0`, `2.1.0-rc.1`; not `2.1`. */
export function isSemanticVersion(text: string): boolean {
  return parse(text) !== null;
}

/** Whether the text is a range or one whole version. */
export function isRange(text: string): boolean {
  return validRange(text) !== null;
}

/** Whether a range takes every version. */
export function isEveryVersion(range: string): boolean {
  return validRange(range) === "*";
}

/** Whether a version is in a range; `open` where it is no semantic version. */
export function matchRange(range: string, found: string): "yes" | "no" | "open" {
  const version = parse(found, { loose: true });
  if (version === null) return "open";
  return satisfies(version, range, { includePrerelease: true }) ? "yes" : "no";
}
