import type { Run, RunState } from "./run.ts";
import type { Instant } from "./time.ts";

/**
 * What happens to the images of a run and somebody would have to look at, were it one image. `undecided`: it would be held for what is not known. `unsigned`: it lost its
 * signatures. `overdue`: its deadline is over. `failed`: an act was refused. `parked`: a piece of work was given up.
 */
export const URGENT_NEWS = ["violating", "undecided", "unsigned", "overdue", "held", "failed", "parked"] as const;
/** What else a summary counts. */
const CALM_NEWS = ["deadline", "deleted", "compliant"] as const;
export const NEWS = [...URGENT_NEWS, ...CALM_NEWS] as const;
export type News = (typeof NEWS)[number];

export type NewsCounts = Readonly<Partial<Record<News, number>>>;

/** Where most of it happened: `registry/repository`. */
export interface NewsPlace {
  readonly place: string;
  readonly count: number;
}

/** What happened in a run since it was told of last. */
export interface RunNews {
  readonly run: Pick<Run, "id" | "cause">;
  readonly state: RunState;
  /** When the first of it happened. */
  readonly since: Instant;
  readonly counts: NewsCounts;
  /** Of urgent news, worst first; at most ten. */
  readonly places: readonly NewsPlace[];
  /** Some of the images that urgent news are about, as `registry/repository@digest`; at most ten. */
  readonly images: readonly string[];
  /** An alert was raised for this run, and the run has gone on since without a pause. */
  readonly isAlerted: boolean;
}

/** Of one image, and of several. */
const WORDS: Readonly<Record<News, readonly [one: string, several: string]>> = {
  violating: ["violates the policy", "violate the policy"],
  undecided: ["lacks a fact that the policy asks for", "lack a fact that the policy asks for"],
  unsigned: ["is not signed any more", "are not signed any more"],
  overdue: ["is past its deadline", "are past their deadline"],
  held: ["was held", "were held"],
  failed: ["could not be acted on", "could not be acted on"],
  parked: ["could not be judged", "could not be judged"],
  deadline: ["has a deadline", "have a deadline"],
  deleted: ["was deleted for ever", "were deleted for ever"],
  compliant: ["complies again", "comply again"],
};

/** `9,980 violate the policy, 20 were held; most in shop/api (812)`. */
export function summaryWords({ counts, places, images }: Pick<RunNews, "counts" | "places" | "images">): string {
  const happened = NEWS.flatMap((news) => {
    const count = counts[news] ?? 0;
    return count === 0 ? [] : [`${count.toLocaleString("en")} ${WORDS[news][count === 1 ? 0 : 1]}`];
  });
  const [only, ...more] = images;
  const [first] = places;
  const where = first === undefined ? "" : `; most in ${first.place} (${first.count.toLocaleString("en")})`;
  return `${happened.join(", ")}${only !== undefined && more.length === 0 ? `: ${only}` : where}`;
}
