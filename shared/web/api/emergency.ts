import * as z from "zod";
import { parseDigest } from "../../domain/digest.ts";
import { printImageKey } from "../../domain/image-ref.ts";
import { type Instant, printInstant } from "../../domain/time.ts";
import type { Usage } from "../../domain/usage.ts";
import type { ConcernedImage, Emergency, EmergencyList, EmergencyReport, ImageProgress } from "../../ports/emergency.ts";
import { problem } from "../problem.ts";
import { actorOf, sentence } from "./acts.ts";
import { jsonBody, noBody, ok, type Route, route } from "./route.ts";
import {
  EmergencyAsk,
  type EmergencyBrief,
  EmergencyBriefs,
  EmergencyListView,
  EmergencyReportView,
  EmergencyStart,
} from "./schema-emergency.ts";

type ListJson = z.output<typeof EmergencyListView>;
type ReportJson = z.output<typeof EmergencyReportView>;

/** Look first, then start what was shown. */
export const emergencyRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/api/v1/emergencies/preview",
    id: "previewEmergency",
    summary:
      "Find every image that a vulnerability, a package, a base image or a digest is in, and say what holding them would do. Changes nothing.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(EmergencyAsk),
    answer: EmergencyListView,
    refusals: [400],
    run: async ({ deps }, { body: { query, everywhere = false, inUse = false } }) =>
      ok(listView(await deps.operator.emergency.list({ query, everywhere, inUse }))),
  }),
  route({
    method: "post",
    path: "/api/v1/emergencies",
    id: "startEmergency",
    summary: "Hold what a preview showed, as one run under the brake.",
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: jsonBody(EmergencyStart),
    answer: EmergencyReportView,
    refusals: [400, 409],
    run: async ({ deps, token }, { body }) => {
      const { query, everywhere = false, inUse = false } = body;
      const list = parseDigest(body.list, "list");
      const started = await deps.operator.emergency.start({ query, everywhere, inUse, list, actor: actorOf(token, body) });
      if (started.kind === "started") return ok(reportView(started.report));
      return { kind: "problem", problem: problem("refused", "Nothing was held.", sentence(started.why), sentence(started.mend)) };
    },
  }),
  route({
    method: "get",
    path: "/api/v1/emergencies",
    id: "listEmergencies",
    summary: "Emergencies, newest first.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({}),
    body: noBody,
    answer: EmergencyBriefs,
    refusals: [],
    run: async ({ deps }) => ok({ emergencies: (await deps.operator.emergency.recent()).map(briefView) }),
  }),
  route({
    method: "get",
    path: "/api/v1/emergencies/{run}",
    id: "getEmergency",
    summary: "How far an emergency is, image by image.",
    role: "reader",
    params: z.object({ run: z.string().max(100) }),
    query: z.strictObject({}),
    body: noBody,
    answer: EmergencyReportView,
    refusals: [404],
    run: async ({ deps }, { params }) => {
      const report = await deps.operator.emergency.report(params.run);
      if (report !== undefined) return ok(reportView(report));
      const why = `No emergency ${params.run} is known.`;
      return { kind: "problem", problem: problem("not-found", "The emergency was not shown.", why, "List them: GET /api/v1/emergencies.") };
    },
  }),
];

function listView(list: EmergencyList): ListJson {
  return {
    ...list,
    alsoKnownAs: [...list.alsoKnownAs],
    images: list.images.map(imageView),
    unsure: list.unsure.map(({ key, tags, kind, why }) => ({ image: printImageKey(key), tags: [...tags], kind, why })),
  };
}

function imageView({
  key,
  tags,
  facts,
  usage,
  releasedBy,
  kind,
  verdict,
  pushedBy,
  disposition,
}: ConcernedImage): ListJson["images"][number] {
  return {
    image: printImageKey(key),
    tags: [...tags],
    kind,
    verdict,
    ...(pushedBy === undefined ? {} : { pushedBy }),
    facts: facts.map(({ at, ...fact }) => ({ ...fact, at: atOrUnknown(at) })),
    use: usage.kind,
    useWords: useWords(usage),
    disposition,
    ...(releasedBy === undefined ? {} : { releasedBy }),
  };
}

function useWords(usage: Usage): string {
  switch (usage.kind) {
    case "running":
      return usage.where.map(({ place, workloads }) => `${place}: ${workloads.map(({ name }) => name).join(", ")}`).join("; ");
    case "pulled":
      return `pulled ${printInstant(usage.last.at)}`;
    case "not-running":
      return `runs nowhere, by word of ${printInstant(usage.seenAt)}`;
    case "unknown":
      return usage.why;
  }
}

function atOrUnknown(at: Instant | "unknown"): string {
  return at === "unknown" ? at : printInstant(at);
}

function briefView({
  run,
  query,
  inUse,
  actor,
  startedAt,
  endedAt,
  images,
  leftAtStart,
  unsure,
}: Emergency): z.output<typeof EmergencyBrief> {
  return {
    run,
    query,
    inUse,
    actor,
    startedAt: printInstant(startedAt),
    ...(endedAt === undefined ? {} : { endedAt: printInstant(endedAt) }),
    toHold: images.length,
    leftAtStart: { ...leftAtStart },
    notKnown: unsure,
  };
}

function reportView(report: EmergencyReport): ReportJson {
  const { progress, state, run } = report;
  const count = (wanted: ImageProgress["kind"]): number => progress.filter(({ kind }) => kind === wanted).length;
  const counts = { held: count("held"), waiting: count("waiting"), failed: count("failed"), left: count("left"), gone: count("gone") };
  return {
    ...briefView(report),
    state,
    counts: { underWay: count("under-way"), ...counts },
    progress: progress.map(({ key, ...rest }) => ({ image: printImageKey(key), ...rest })),
    undo: `moorgate undo ${run}`,
  };
}
