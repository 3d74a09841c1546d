import * as z from "zod";
import { printImageKey } from "../../domain/image-ref.ts";
import type { Listing, Standing } from "../../domain/take-over.ts";
import { printInstant } from "../../domain/time.ts";
import type { SimulationReport } from "../../policy/simulate/report.ts";
import { renderTouchedText } from "../../policy/simulate/text.ts";
import type { ScanList, TakeOverPlan, TakeOverRefusal, TakeOverStatus } from "../../ports/take-over.ts";
import { type Problem, problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import { RunDecisionRequest } from "./schema.ts";
import { ScanListView, TakenOverView, TakeOverList, TakeOverPlanRequest, TakeOverPlanView, type TakeOverView } from "./schema-take-over.ts";

const registry = z.object({ registry: z.string().max(300) });
const MOST_LISTED = 10_000;

/** Registries that had images before the gate came. */
export const takeOverRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/v1/takeover",
    id: "takeOvers",
    summary: "How far registries are taken over, and what is next.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({}),
    body: noBody,
    answer: TakeOverList,
    refusals: [],
    run: async ({ deps }) => ok({ registries: (await deps.takeOvers.status()).map(statusView) }),
  }),
  route({
    method: "post",
    path: "/api/v1/takeover/{registry}/plan",
    id: "planTakeOver",
    summary: "What enforcing would do to all that lies in a registry; that it was seen, and by whom, is written down.",
    role: "operator",
    params: registry,
    query: z.strictObject({}),
    body: jsonBody(TakeOverPlanRequest),
    answer: TakeOverPlanView,
    refusals: [404, 409],
    run: async ({ deps, token }, { params, body }) => {
      const answer = await deps.takeOvers.plan({ ...params, actor: actorOf(token, { ...body, reason: "looks at the plan" }) });
      return answer.kind === "planned" ? ok(planView(answer.plan)) : refused("There is no plan.", answer);
    },
  }),
  route({
    method: "post",
    path: "/api/v1/takeover/{registry}/confirm",
    id: "confirmTakeOver",
    summary: "Put the gate in charge of a registry: what the plan showed is done, as one run.",
    role: "operator",
    params: registry,
    query: z.strictObject({}),
    body: jsonBody(RunDecisionRequest),
    answer: TakenOverView,
    refusals: [404, 409],
    run: async ({ deps, token }, { params, body }) => {
      const answer = await deps.takeOvers.confirm({ ...params, actor: actorOf(token, body) });
      if (answer.kind !== "confirmed") return refused("The registry was not taken over.", answer);
      return ok({ registry: params.registry, run: answer.run, queued: answer.queued, numbers: numbersView(answer.numbers) });
    },
  }),
  route({
    method: "get",
    path: "/api/v1/takeover/{registry}/scans",
    id: "takeOverScans",
    summary: "What nobody has scanned in a registry, in the order in which it should be.",
    role: "reader",
    params: registry,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(MOST_LISTED).optional() }),
    body: noBody,
    answer: ScanListView,
    refusals: [400, 404],
    run: async ({ deps }, { params, query }) => {
      const list = await deps.takeOvers.scans(params.registry, query.limit ?? MOST_LISTED);
      return "kind" in list ? refused("There is no list.", list) : ok(scansView(list));
    },
  }),
];

function refused(title: string, refusal: TakeOverRefusal): { readonly kind: "problem"; readonly problem: Problem } {
  return { kind: "problem", problem: problem(refusal.kind, title, sentence(refusal.why), sentence(refusal.mend)) };
}

function numbersView({ verdicts, ...numbers }: TakeOverPlan<unknown>["numbers"]): z.output<typeof TakenOverView>["numbers"] {
  return { ...numbers, verdicts: { ...verdicts } };
}

function planView({ at, policy, numbers, use, holds, unjudged, simulation, objection, registry: host }: TakeOverPlan<SimulationReport>) {
  return {
    registry: host,
    at: printInstant(at),
    policy: { name: policy.name, version: policy.version },
    numbers: numbersView(numbers),
    use,
    holds: holds.map(printImageKey),
    unjudged,
    simulation: { ...simulation },
    report: renderTouchedText(simulation),
    ...(objection === undefined ? {} : { objection: { why: objection.why, mend: objection.mend } }),
  } satisfies z.output<typeof TakeOverPlanView>;
}

function statusView({ registry: host, standing, mode, counts, open, parked, next }: TakeOverStatus): z.output<typeof TakeOverView> {
  return {
    registry: host,
    state: standing.kind,
    since: printInstant(standing.since),
    ...standingView(standing),
    mode,
    images: counts.images,
    verdicts: { ...counts.verdicts },
    withoutFindings: counts.withoutFindings,
    open,
    parked,
    ...(next === undefined ? {} : { next }),
  };
}

function standingView(standing: Standing): Pick<z.output<typeof TakeOverView>, "how" | "by" | "run" | "listing" | "seen"> {
  const run = "run" in standing ? { run: standing.run } : {};
  const listing = "listing" in standing ? { listing: listingView(standing.listing) } : {};
  if (standing.kind === "in-charge")
    return { how: standing.how, ...run, ...listing, ...(standing.how === "confirmed" ? { by: standing.by.name } : {}) };
  const { seen } = standing;
  return {
    ...run,
    ...listing,
    ...(seen === undefined ? {} : { seen: { ...seen, at: printInstant(seen.at), numbers: numbersView(seen.numbers) } }),
  };
}

function listingView(listing: Listing): NonNullable<z.output<typeof TakeOverView>["listing"]> {
  return {
    state: listing.kind,
    ...("tags" in listing ? { tags: listing.tags } : {}),
    ...("at" in listing ? { at: printInstant(listing.at) } : {}),
    ...("why" in listing ? { why: listing.why } : {}),
  };
}

function scansView({ registry: host, images, total, use, others, size }: ScanList): z.output<typeof ScanListView> {
  return {
    registry: host,
    images: images.map(({ image, tags, use: own, newestAt }) => ({
      reference: printImageKey(image),
      digest: image.digest,
      tags: [...tags],
      use: own,
      newestAt: printInstant(newestAt),
    })),
    total,
    use,
    others: { ...others },
    size,
  };
}
