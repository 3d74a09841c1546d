import type { Random } from "../fuzz/random.ts";
import type { Rules } from "./policy.ts";
import { ALL_WARES, digestOfWare, PARTS, WARES } from "./stock.ts";
import type { FaultKind } from "./world.ts";

const REPOSITORIES = ["shop/api", "shop/web"] as const;
const TAGS = ["v1", "v2", "latest"] as const;

/** How the registry tells of what a user did. */
export type Mail = "now" | "twice" | "late" | "lost";

interface Place {
  readonly repository: string;
  /** Index into all wares: first those with a name of their own, then the parts. */
  readonly ware: number;
}

/** One thing that happens. */
export type Move =
  | (Place & { readonly kind: "push"; readonly tag: string | undefined; readonly mail: Mail })
  | (Place & { readonly kind: "delete"; readonly mail: Mail })
  | { readonly kind: "untag"; readonly repository: string; readonly tag: string; readonly mail: Mail }
  | (Place & { readonly kind: "sign"; readonly isWhereItLies: boolean; readonly mail: Mail })
  | (Place & { readonly kind: "unsign"; readonly mail: Mail })
  | (Place & { readonly kind: "hold" })
  | (Place & { readonly kind: "release" })
  | { readonly kind: "undo"; readonly newest: number }
  | { readonly kind: "decide"; readonly decision: "approved" | "rejected" }
  | { readonly kind: "rules"; readonly rules: Rules }
  | { readonly kind: "sweep" }
  | { readonly kind: "work"; readonly steps: number }
  | { readonly kind: "finish" }
  | { readonly kind: "crash" }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "post"; readonly isBackwards: boolean }
  | { readonly kind: "fault"; readonly fault: FaultKind; readonly times: number };

const WEIGHTS: readonly (readonly [number, (random: Random) => Move])[] = [
  [24, (random) => ({ kind: "push", ...placeOf(random), tag: random.isOneIn(6) ? undefined : random.pick(TAGS), mail: mailOf(random) })],
  [5, (random) => ({ kind: "delete", ...placeOf(random), ...partOf(random), mail: mailOf(random) })],
  [3, (random) => ({ kind: "untag", repository: random.pick(REPOSITORIES), tag: random.pick(TAGS), mail: mailOf(random) })],
  [9, (random) => ({ kind: "sign", ...placeOf(random), isWhereItLies: random.isOneIn(2), mail: mailOf(random) })],
  [2, (random) => ({ kind: "unsign", ...placeOf(random), mail: mailOf(random) })],
  [4, (random) => ({ kind: "hold", ...placeOf(random) })],
  [5, (random) => ({ kind: "release", ...placeOf(random) })],
  [3, (random) => ({ kind: "undo", newest: random.below(3) })],
  [2, (random) => ({ kind: "decide", decision: random.pick(["approved", "approved", "rejected"]) })],
  [7, (random) => ({ kind: "rules", rules: rulesOf(random) })],
  [4, () => ({ kind: "sweep" })],
  [22, (random) => ({ kind: "work", steps: 1 + random.below(random.pick([4, 20, 60])) })],
  [14, () => ({ kind: "finish" })],
  [8, () => ({ kind: "crash" })],
  [5, (random) => ({ kind: "wait", milliseconds: random.pick([1_000, 6_000, 15_000, 3_600_000]) })],
  [3, (random) => ({ kind: "post", isBackwards: random.isOneIn(2) })],
  [4, (random) => ({ kind: "fault", fault: random.pick(["500", "429", "refused", "lost"]), times: 1 + random.below(4) })],
];

const TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

export function movesOf(random: Random): readonly Move[] {
  return Array.from({ length: 4 + random.below(12) }, () => moveOf(random));
}

function moveOf(random: Random): Move {
  let left = random.below(TOTAL);
  for (const [weight, make] of WEIGHTS) {
    if (left < weight) return make(random);
    left -= weight;
  }
  return { kind: "finish" };
}

/** Few places, so that much happens at one. */
function placeOf(random: Random): Place {
  return { repository: random.isOneIn(4) ? REPOSITORIES[1] : REPOSITORIES[0], ware: random.below(random.pick([3, WARES.length])) };
}

/** Whoever deletes an index may delete what it names, and whoever deletes that may break an index. */
function partOf(random: Random): { readonly ware?: number } {
  return random.isOneIn(4) ? { ware: WARES.length + random.below(PARTS.length) } : {};
}

function mailOf(random: Random): Mail {
  return random.pick(["now", "now", "now", "now", "twice", "late", "lost"]);
}

export function rulesOf(random: Random): Rules {
  return {
    forbidsBad: !random.isOneIn(3),
    wantsSigned: random.isOneIn(3),
    isDryRun: random.isOneIn(6),
    ...(random.isOneIn(4) ? { waived: digestOfWare(random.pick(WARES)) } : {}),
  };
}

/** What happens, in words. */
export function wordsOf(move: Move): string {
  const mailed = "mail" in move && move.mail !== "now" ? ` (its event comes ${move.mail})` : "";
  return `${sentenceOf(move)}${mailed}`;
}

type MoveOf<Kind extends Move["kind"]> = Extract<Move, { readonly kind: Kind }>;

const SENTENCES: { readonly [Kind in Move["kind"]]: (move: MoveOf<Kind>) => string } = {
  push: (move) => `a user pushes ${nameOf(move)}${move.tag === undefined ? " without a tag" : ` as ${move.tag}`} to ${move.repository}`,
  delete: (move) => `a user deletes ${nameOf(move)} by digest from ${move.repository}`,
  untag: ({ tag, repository }) => `a user deletes the tag ${tag} of ${repository}`,
  sign: (move) => `a user signs ${nameOf(move)} of ${move.repository}${move.isWhereItLies ? " where it lies" : ""}`,
  unsign: (move) => `a user deletes the signature of ${nameOf(move)} in ${move.repository}`,
  hold: (move) => `an operator asks to hold ${nameOf(move)} of ${move.repository}`,
  release: (move) => `an operator asks to release ${nameOf(move)} of ${move.repository}`,
  undo: ({ newest }) => `an operator takes back the ${newest === 0 ? "" : `${newest + 1}. `}newest action`,
  decide: ({ decision }) => `an operator says of the stopped run: ${decision}`,
  rules: ({ rules }) => `the policy changes: ${rulesInWords(rules)}`,
  sweep: () => "a sweep begins",
  work: ({ steps }) => `the gate goes on for ${steps} steps`,
  finish: () => "the gate does all its work",
  crash: () => "the gate is killed and starts again",
  wait: ({ milliseconds }) => `${milliseconds / 1000} s pass`,
  post: ({ isBackwards }) => `late events come${isBackwards ? ", the last one first" : ""}`,
  fault: ({ fault, times }) => `the registry's next ${times} answers to the gate are ${fault}`,
};

function sentenceOf<Kind extends Move["kind"]>(move: MoveOf<Kind> & { readonly kind: Kind }): string {
  return SENTENCES[move.kind](move);
}

function nameOf({ ware }: { readonly ware: number }): string {
  return ALL_WARES[ware]?.name ?? "?";
}

export function rulesInWords({ forbidsBad, wantsSigned, isDryRun, waived }: Rules): string {
  const asked = [...(forbidsBad ? ["no bad label"] : []), ...(wantsSigned ? ["a signature"] : [])];
  const waiver = WARES.find((ware) => digestOfWare(ware) === waived);
  return `${asked.length === 0 ? "nothing is asked" : asked.join(" and ")}${isDryRun ? ", dry run" : ""}${waiver === undefined ? "" : `, ${waiver.name} is waived`}`;
}
