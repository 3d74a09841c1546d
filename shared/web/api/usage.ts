import * as z from "zod";
import { parseDigest } from "../../domain/digest.ts";
import { parseRepository, printImageKey } from "../../domain/image-ref.ts";
import { parseInstant, printInstant } from "../../domain/time.ts";
import type { Workload } from "../../domain/usage.ts";
import type { ImageUse, PlaceStatus, UsageClaim } from "../../ports/usage-desk.ts";
import { problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import {
  ForgetRequest,
  ForgottenPlace,
  type ImageUseView,
  PlaceList,
  type PlaceView,
  StoredUsageView,
  UsageOfDigest,
  UsageReportRequest,
} from "./schema-usage.ts";

/** What 100,000 workloads may take. */
const REPORT_LIMITS = { maxBytes: 64 * 1024 * 1024, maxDepth: 6 };

/** Where images run: told by places, asked by people. */
export const usageRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/api/v1/usage",
    id: "reportUsage",
    summary: "Tell all that one place runs. It takes the place of what the place said before.",
    role: "reporter",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(UsageReportRequest, REPORT_LIMITS),
    answer: StoredUsageView,
    refusals: [404, 409],
    run: async ({ deps, token }, { body }) => {
      const { kind, ...answer } = await deps.operator.usage.report(claimOf(body, token.name));
      if ("why" in answer)
        return {
          kind: "problem",
          problem: problem(
            kind === "not-found" ? kind : "refused",
            "The report was not taken.",
            sentence(answer.why),
            sentence(answer.mend),
          ),
        };
      return ok(answer);
    },
  }),
  route({
    method: "get",
    path: "/api/v1/places",
    id: "places",
    summary: "The places that are expected to report what they run, and those that once did.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({}),
    body: noBody,
    answer: PlaceList,
    refusals: [],
    run: async ({ deps }) => ok({ places: (await deps.operator.usage.places()).map(placeView) }),
  }),
  route({
    method: "post",
    path: "/api/v1/places/{place}/forget",
    id: "forgetPlace",
    summary: "Forget what a place that is no more said last.",
    role: "operator",
    params: z.object({ place: z.string().max(63) }),
    query: z.strictObject({}),
    body: jsonBody(ForgetRequest),
    answer: ForgottenPlace,
    refusals: [404],
    run: async ({ deps, token }, { params: { place }, body }) => {
      const queued = await deps.operator.usage.forget(place, actorOf(token, body));
      if (queued !== undefined) return ok({ place, queued });
      const why = "No place of this name has reported.";
      return { kind: "problem", problem: problem("not-found", "The place was not forgotten.", why, "moorgate usage lists the places.") };
    },
  }),
  route({
    method: "get",
    path: "/api/v1/images/{digest}/usage",
    id: "imageUsage",
    summary: "Whether anything runs an image, in every repository that has it.",
    role: "reader",
    params: z.object({ digest: z.string().max(200) }),
    query: z.strictObject({}),
    body: noBody,
    answer: UsageOfDigest,
    refusals: [400, 404],
    run: async ({ deps }, { params }) => {
      const digest = parseDigest(params.digest);
      const uses = await deps.operator.usage.of(digest);
      if (uses.length > 0) return ok({ digest, uses: uses.map(useView) });
      const why = "The gate has not seen this digest.";
      return { kind: "problem", problem: problem("not-found", "The image's use was not shown.", why, "Push it, or run moorgate sweep.") };
    },
  }),
];

function claimOf({ place, seenAt, images, unmatched, nothingRuns }: z.output<typeof UsageReportRequest>, reporter: string): UsageClaim {
  return {
    place,
    reporter,
    nothingRuns: nothingRuns === true,
    seenAt: parseInstant(seenAt),
    images: images.map(({ digest, workloads: [first, ...more] }) => ({
      digest: parseDigest(digest),
      workloads: [workloadOf(first), ...more.map(workloadOf)],
    })),
    unmatched: unmatched.map(({ workload, repository }) => ({
      workload: workloadOf(workload),
      ...(repository === undefined ? {} : { repository: parseRepository(repository) }),
    })),
  };
}

function workloadOf({ name, owner }: { readonly name: string; readonly owner?: string | undefined }): Workload {
  return { name, ...(owner === undefined ? {} : { owner }) };
}

export function placeView({ name, maxAge, seenAt, images, unmatched, isSilent }: PlaceStatus): z.output<typeof PlaceView> {
  const at = seenAt === "never" ? seenAt : printInstant(seenAt);
  return { name, isExpected: maxAge !== undefined, seenAt: at, images, unmatched, isSilent };
}

function useView({ image, usage, seen }: ImageUse): z.output<typeof ImageUseView> {
  return {
    image: printImageKey(image),
    use: usage.kind,
    ...(usage.kind === "unknown" ? { why: usage.why } : {}),
    ...(usage.kind === "not-running" ? { at: printInstant(usage.seenAt) } : {}),
    ...(usage.kind === "pulled" ? { at: printInstant(usage.last.at), pulledFrom: printImageKey(usage.last.image) } : {}),
    seen: seen.map(({ place, seenAt, workloads, unmatched }) => ({
      place,
      seenAt: printInstant(seenAt),
      workloads: [...workloads],
      unmatched: [...unmatched],
    })),
  };
}
