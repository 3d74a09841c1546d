import type { RegistryHost, Repository, Tag } from "../domain/image-ref.ts";

/** What a rule is selected by. An index's children are judged under the index's target. */
export interface Target {
  readonly registry: RegistryHost;
  readonly repository: Repository;
  /** All tags of the digest. */
  readonly tags: readonly Tag[];
}

/**
 * `*` stands for any text within one path part, also none; `**` as a whole part stands for any number of parts, also none. Everything else
 * stands for itself. Takes at most pattern length times text length steps: it never goes back further than the last star.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return matches(pattern.split("/"), text.split("/"), "**", (part, given) =>
    matches([...part], [...given], "*", (letter, other) => letter === other),
  );
}

/** Whether a sequence fits a pattern in which `star` stands for any number of items. */
function matches(
  pattern: readonly string[],
  items: readonly string[],
  star: string,
  fits: (expected: string, item: string) => boolean,
): boolean {
  let next = 0;
  let afterStar = -1;
  let starTakesUpTo = 0;
  let index = 0;
  while (index < items.length) {
    const expected = pattern[next];
    const item = items[index] ?? "";
    if (expected === star) {
      afterStar = next + 1;
      starTakesUpTo = index;
      next += 1;
    } else if (expected !== undefined && fits(expected, item)) {
      next += 1;
      index += 1;
    } else if (afterStar >= 0) {
      // The last star takes one item more; an earlier one need not be tried again.
      starTakesUpTo += 1;
      next = afterStar;
      index = starTakesUpTo;
    } else return false;
  }
  return pattern.slice(next).every((rest) => rest === star);
}

/** The parts of an image's name that a pattern can be for. */
export type NameField = "registry" | "repository" | "tag";

const ALLOWED: Readonly<Record<NameField, RegExp>> = {
  registry: /^[a-z0-9.:[\]*-]+$/,
  repository: /^[a-z0-9._/*-]+$/,
  tag: /^[a-zA-Z0-9._*-]+$/,
};

/**
 * The mend for a pattern that could never fit or does not mean what it seems to. A lone `*` is refused: for repositories it would leave out
 * every one with two parts, for tags every image that is pulled by digest only.
 */
export function patternProblem(field: NameField, pattern: string): string | undefined {
  if (pattern === "*" || pattern === "**") return `leave ${field} out to select everything`;
  if (pattern.length > 256) return "write at most 256 characters";
  if (!ALLOWED[field].test(pattern)) return `nothing but * and ${field === "repository" ? "** " : ""}is special, and ${FORMS[field]}`;
  const parts = pattern.split("/");
  if (parts.includes("")) return "remove the empty path part: no repository has one";
  if (field === "repository" && parts.some((part) => part.includes("**") && part !== "**"))
    return "let ** be a whole path part, as in shop/**/api";
  return field !== "repository" && pattern.includes("**") ? "write one *: there are no path parts here" : undefined;
}

const FORMS: Readonly<Record<NameField, string>> = {
  registry: "a registry is host or host:port in lower case, such as *.example.com",
  repository: "a repository has lower-case path parts, such as shop/*",
  tag: "a tag has letters, digits, dots, dashes and underscores, such as 1.*",
};
