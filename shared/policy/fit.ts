import type { ImageEvidence } from "../domain/evidence.ts";
import { matchesGlob, type Target } from "./select.ts";

/** Patterns of which one has to fit, for each field that is given. */
export interface Selector {
  readonly registry?: readonly string[] | undefined;
  readonly repository?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
  /** Patterns of values by label; each label has to be there and fit. */
  readonly labels?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Names of teams, one of which has to be the image's. */
  readonly team?: readonly string[] | undefined;
}

/** Whose images are whose. */
export interface Team extends Omit<Selector, "team"> {
  readonly name: string;
}

type Labels = Readonly<Record<string, string>>;

/** What selectors look at. */
export interface Selectable {
  readonly target: Target;
  /** Of each image that a runtime could pick; `unknown` where the configuration could not be read. */
  readonly labels: readonly (Labels | "unknown")[];
  readonly teams: readonly Team[];
}

/**
 * `partly`: some tags or some platforms of the image fit and others do not, or a label could not be read. A rule is for such an image too, as no
 * second tag takes an image out of a rule; but a narrower rule does not replace a wider one for it, as no second tag buys a milder rule either.
 */
export type Fit = "yes" | "partly" | "no";

const FITS: readonly Fit[] = ["no", "partly", "yes"];

export function fitOf(selector: Selector, image: Selectable): Fit {
  const { target, labels } = image;
  return worst([
    selector.registry === undefined ? "yes" : fitOfAll([target.registry], fitsAny(selector.registry)),
    selector.repository === undefined ? "yes" : fitOfAll([target.repository], fitsAny(selector.repository)),
    selector.tag === undefined ? "yes" : fitOfAll(target.tags, fitsAny(selector.tag)),
    ...Object.entries(selector.labels ?? {}).map(([name, patterns]) => fitOfAll(labels, fitsLabel(name, patterns))),
    selector.team === undefined ? "yes" : fitOfTeams(selector.team, image),
  ]);
}

/** Names of the teams that an image is of, in the order of the policy. */
export function teamsOf(image: Selectable): readonly string[] {
  return image.teams.filter((team) => fitOf(team, image) !== "no").map(({ name }) => name);
}

/** The labels of the images that a runtime could pick. An index has none of its own. */
export function labelsOf({ subject, config, children, missingChildren }: ImageEvidence): Selectable["labels"] {
  if (subject.kind === "index")
    return [...children.flatMap(labelsOf), ...(missingChildren.length > 0 || children.length === 0 ? ["unknown" as const] : [])];
  if (config.kind === "read") return [config.config.labels];
  return [config.kind === "absent" ? {} : "unknown"];
}

function fitOfTeams(names: readonly string[], image: Selectable): Fit {
  return best(image.teams.filter(({ name }) => names.includes(name)).map((team) => fitOf(team, image)));
}

function fitOfAll<T>(items: readonly T[], fits: (item: T) => Fit): Fit {
  const found = new Set(items.map(fits));
  if (found.size > 1) return "partly";
  return [...found][0] ?? "no";
}

function fitsAny(patterns: readonly string[]): (text: string) => Fit {
  return (text) => (patterns.some((pattern) => matchesGlob(pattern, text)) ? "yes" : "no");
}

function fitsLabel(name: string, patterns: readonly string[]): (labels: Labels | "unknown") => Fit {
  return (labels) => {
    if (labels === "unknown") return "partly";
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    return value !== undefined && patterns.some((pattern) => pattern === "*" || matchesGlob(pattern, value)) ? "yes" : "no";
  };
}

function worst(fits: readonly Fit[]): Fit {
  return FITS.find((fit) => fits.includes(fit)) ?? "yes";
}

function best(fits: readonly Fit[]): Fit {
  return FITS.findLast((fit) => fits.includes(fit)) ?? "no";
}
