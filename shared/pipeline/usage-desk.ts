import { placeForgotten } from "../audit/record.ts";
import type { Instant } from "../domain/time.ts";
import { between, instant, printInstant } from "../domain/time.ts";
import type { ExpectedPlace } from "../domain/usage.ts";
import type { PlaceStatus, Reported, UsageClaim, UsageDesk } from "../ports/usage-desk.ts";
import type { KnownPlace } from "../ports/usage-store.ts";
import type { GateDeps } from "./deps.ts";
import { type FollowUsageDeps, followUsage } from "./follow-usage.ts";
import { lookAtUse } from "./usage.ts";

type DeskDeps = FollowUsageDeps & Pick<GateDeps, "log" | "metrics">;

export function usageDesk(deps: DeskDeps): UsageDesk {
  return {
    report: (claim) => report(deps, claim),
    places: async () => placesOf(deps.places, await deps.usage.places(), deps.clock.now()),
    async of(digest) {
      const { items } = await deps.ledger.images({ digest, limit: 500 });
      const now = deps.clock.now();
      return Promise.all(items.map(async (record) => ({ image: record.key, ...(await lookAtUse(deps, record, now)) })));
    },
    async forget(place, by) {
      const known = (await deps.usage.places()).find((each) => each.place === place);
      if (known === undefined) return undefined;
      const told = placeForgotten(place, known.images, by, deps.clock.now());
      // Asked for in one turn, so that the store writes them together.
      const [ran] = await Promise.all([deps.usage.forget(place), deps.ledger.append([told])]);
      return followUsage(deps, ran ?? []);
    },
  };
}

async function report(deps: DeskDeps, { reporter, nothingRuns, ...claim }: UsageClaim): Promise<Reported> {
  const refusal = refusalOf(deps.places, reporter, nothingRuns, claim);
  if (refusal !== undefined) return refusal;
  const { place, images, unmatched } = claim;
  // A clock that runs ahead would make its word young for longer than it is.
  const seenAt = instant(Math.min(claim.seenAt, deps.clock.now()));
  const stored = await deps.usage.put({ ...claim, seenAt });
  if (stored.kind === "older") {
    const why = `a later report of ${place} than that of ${printInstant(seenAt)} is there`;
    return { kind: "refused", why, mend: "nothing has to be done, unless two clocks report for one place" };
  }
  const queued = await followUsage(deps, stored.ended);
  deps.metrics.count("moorgate_usage_reports_total", { place });
  deps.log.info("A place reported what it runs.", {
    place,
    images: images.length,
    unmatched: unmatched.length,
    ended: stored.ended.length,
    queued,
  });
  return { kind: "stored", images: images.length, unmatched: unmatched.length, ended: stored.ended.length, queued };
}

function refusalOf(
  expected: readonly ExpectedPlace[],
  reporter: string,
  nothingRuns: boolean,
  { place, images, unmatched }: Pick<UsageClaim, "place" | "images" | "unmatched">,
): Reported | undefined {
  const known = expected.find(({ name }) => name === place);
  if (known === undefined)
    return {
      kind: "not-found",
      why: `no place ${place} is expected to report`,
      mend: "add it to usage.places in moorgate.yaml, or mend --place",
    };
  if (known.reporter !== undefined && known.reporter !== reporter)
    return {
      kind: "refused",
      why: `${place} is reported by ${known.reporter}, and this token is of ${reporter}`,
      mend: `use the token of ${known.reporter}, or change usage.places in moorgate.yaml`,
    };
  if (images.length > 0 || unmatched.length > 0 || nothingRuns) return undefined;
  return {
    kind: "refused",
    why: "the report names no workload at all, as where an account may not look",
    mend: "look at what was read; where really nothing runs, say so with --nothing-runs",
  };
}

/** Whoever is silent is known by the clock alone: no event tells that none came. */
function placesOf(expected: readonly ExpectedPlace[], known: readonly KnownPlace[], now: Instant): readonly PlaceStatus[] {
  const none = { seenAt: "never", images: 0, unmatched: 0 } as const;
  const own = expected.map(({ name, maxAge }): PlaceStatus => {
    const { seenAt, images, unmatched } = known.find(({ place }) => place === name) ?? none;
    return { name, maxAge, seenAt, images, unmatched, isSilent: seenAt === "never" || between(seenAt, now) > maxAge };
  });
  const others = known.filter(({ place }) => expected.every(({ name }) => name !== place));
  return [
    ...own.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ...others.map(({ place, seenAt, images, unmatched }) => ({ name: place, seenAt, images, unmatched, isSilent: false })),
  ];
}
