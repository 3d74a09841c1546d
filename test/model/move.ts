import type { Random } from "../fuzz/random.ts";
import type { Rules } from "./policy.ts";
import type { FaultKind, Known } from "./setup.ts";
import { ALL_WARES, digestOfWare, PARTS, WARES } from "./stock.ts";

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
  | (Place & { readonly kind: "promote"; readonly tag: string })
  | { readonly kind: "undo"; readonly newest: number; readonly scope: "action" | "run" | "policy" }
  | { readonly kind: "halt" }
  | { readonly kind: "resume" }
  /** Indexes into all wares. */
  | { readonly kind: "usage"; readonly running: readonly number[] }
  | { readonly kind: "feed"; readonly isAttacked: boolean }
  | { readonly kind: "decide"; readonly decision: "approved" | "rejected" }
  | { readonly kind: "rules"; readonly rules: Rules }
  | { readonly kind: "sweep" }
  | { readonly kind: "work"; readonly steps: number }
  | { readonly kind: "finish" }
  | { readonly kind: "crash" }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "post"; readonly isBackwards: boolean }
  | { readonly kind: "fault"; readonly fault: FaultKind; readonly times: number };

type Weighted = readonly [number, (random: Random, known: Known) => Move];

const WEIGHTS: readonly Weighted[] = [
  [
    24,
    (random) => ({
      kind: "push",
      ...placeOf(random),
      ...partOf(random, 6),
      tag: random.isOneIn(6) ? undefined : random.pick(TAGS),
      mail: mailOf(random),
    }),
  ],
  [5, (random) => ({ kind: "delete", ...placeOf(random), ...partOf(random, 4), mail: mailOf(random) })],
  [3, (random) => ({ kind: "untag", repository: random.pick(REPOSITORIES), tag: random.pick(TAGS), mail: mailOf(random) })],
  [9, (random) => ({ kind: "sign", ...placeOf(random), ...partOf(random, 8), isWhereItLies: random.isOneIn(2), mail: mailOf(random) })],
  [2, (random) => ({ kind: "unsign", ...placeOf(random), mail: mailOf(random) })],
  [4, (random) => ({ kind: "hold", ...placeOf(random), ...partOf(random, 6) })],
  [5, (random) => ({ kind: "release", ...placeOf(random), ...partOf(random, 6) })],
  [4, (random) => ({ kind: "undo", newest: random.below(3), scope: random.pick(["action", "action", "run", "policy"]) })],
  [2, (random) => ({ kind: "promote", ...placeOf(random), tag: random.pick(TAGS) })],
  [2, () => ({ kind: "halt" })],
  [2, () => ({ kind: "resume" })],
  [2, (random) => ({ kind: "decide", decision: random.pick(["approved", "approved", "rejected"]) })],
  [7, (random, known) => ({ kind: "rules", rules: rulesOf(random, known) })],
  [4, () => ({ kind: "sweep" })],
  [22, (random) => ({ kind: "work", steps: 1 + random.below(random.pick([4, 20, 60])) })],
  [14, () => ({ kind: "finish" })],
  [8, () => ({ kind: "crash" })],
  [5, (random) => ({ kind: "wait", milliseconds: random.pick([1_000, 6_000, 15_000, 3_600_000, 10_800_000]) })],
  [3, (random) => ({ kind: "post", isBackwards: random.isOneIn(2) })],
  [4, (random) => ({ kind: "fault", fault: random.pick(["500", "429", "refused", "lost"]), times: 1 + random.below(4) })],
];

const ATTACKS: readonly Weighted[] = [[7, (random) => ({ kind: "feed", isAttacked: !random.isOneIn(3) })]];
const USES: readonly Weighted[] = [[8, (random) => ({ kind: "usage", running: runningOf(random) })]];

export function movesOf(random: Random, known: Known): readonly Move[] {
  const weights = [...WEIGHTS, ...(known.knowsAttacks ? ATTACKS : []), ...(known.knowsUse ? USES : [])];
  return Array.from({ length: 4 + random.below(12) }, () => moveOf(random, known, weights));
}

function moveOf(random: Random, known: Known, weights: readonly Weighted[]): Move {
  let left = random.below(weights.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of weights) {
    if (left < weight) return make(random, known);
    left -= weight;
  }
  return { kind: "finish" };
}

/** Few places, so that much happens at one. */
function placeOf(random: Random): Place {
  return { repository: random.isOneIn(4) ? REPOSITORIES[1] : REPOSITORIES[0], ware: random.below(random.pick([3, WARES.length])) };
}

/** What an index names may be meant for itself: it gets a tag of its own, or whoever deletes it breaks the index. */
function partOf(random: Random, times: number): { readonly ware?: number } {
  return random.isOneIn(times) ? { ware: WARES.length + random.below(PARTS.length) } : {};
}

function mailOf(random: Random): Mail {
  return random.pick(["now", "now", "now", "now", "twice", "late", "lost"]);
}

/** Half of all policies only hold, and at once. */
export function rulesOf(random: Random, { knowsAttacks, knowsUse }: Known): Rules {
  const isPlain = random.isOneIn(2);
  return {
    forbidsBad: !random.isOneIn(3),
    wantsSigned: random.isOneIn(3),
    isDryRun: random.isOneIn(6),
    forbidsAttacked: knowsAttacks && !random.isOneIn(4),
    onViolation: isPlain ? "hold" : random.pick(["hold", "hold", "mark", "warn"]),
    rollsBack: !isPlain && random.isOneIn(2),
    deletes: knowsUse && random.isOneIn(3),
    promotes: !isPlain && random.isOneIn(4),
    ...(isPlain || random.isOneIn(2) ? {} : { inUse: { afterwards: random.pick(["hold", "tell"]), newFor: random.pick(["0s", "1d"]) } }),
    ...(random.isOneIn(4) ? { waived: digestOfWare(random.pick(WARES)) } : {}),
  };
}

/** Nothing, one image, or two. */
function runningOf(random: Random): readonly number[] {
  return Array.from({ length: random.below(3) }, () => random.below(ALL_WARES.length));
}
