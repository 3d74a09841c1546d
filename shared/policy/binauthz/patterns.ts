import { patternProblem } from "../select.ts";

/** A place as the rule registry-allowed takes it. */
export interface Place {
  readonly registry: string;
  readonly repository: string;
}

/**
 * An image pattern of an allow list (`registry/path/image`, at its end `*` or, over slashes, `**`) as a place; `undefined` where it has none, such as
 * one with a tag.
 */
export function placeOfImages(pattern: string): Place | undefined {
  return toPlace(pattern, (path) => path.replace(/\/\*\*$/, "/**/*").replace(/(?<=[^/])\*\*$/, "*/**"));
}

/** A pattern of directories (`registry/path/directory`, with `*` before the registry's name too) as the place of the images right in them. */
export function placeOfDirectories(pattern: string): Place | undefined {
  return toPlace(pattern, (path) => `${path.replace(/\/\*\*$/, "/*/**").replace(/(?<=[^/])\*\*$/, "*/**")}/*`);
}

function toPlace(pattern: string, toRepository: (path: string) => string): Place | undefined {
  const slash = pattern.indexOf("/");
  const [registry, path] = [pattern.slice(0, Math.max(0, slash)), pattern.slice(slash + 1)];
  // "Only leading * or trailing * are allowed", and of the registry something must be said.
  if (slash < 1 || path === "" || path.startsWith("**") || !/^\*?[^*]+$/.test(registry) || !/^[^*:@]*\*{0,2}$/.test(path)) return undefined;
  const repository = toRepository(path);
  const isRegistryTaken = patternProblem("registry", registry) === undefined;
  return isRegistryTaken && patternProblem("repository", repository) === undefined ? { registry, repository } : undefined;
}
