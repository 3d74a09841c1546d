import * as z from "zod";
import { parseDigest } from "../../domain/digest.ts";
import { printInstant } from "../../domain/time.ts";
import { problem } from "../problem.ts";
import { haltedView } from "./halt.ts";
import { bytesBody, noBody, ok, type Route, route } from "./route.ts";
import { StoredReport, SweepView } from "./schema.ts";
import { StatusView } from "./schema-status.ts";
import { placeView } from "./usage.ts";
import { atOrNever, trustRootView } from "./view.ts";

/** A Trivy report of a very large image is about 30 MiB. */
const MOST_REPORT_BYTES = 67_108_864;

export const gateRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/api/v1/reports",
    id: "postReport",
    summary: "Give a scanner's report on an image; every repository that has the image is judged again.",
    role: "operator",
    params: z.object({}),
    query: z.strictObject({
      digest: z.string().max(200),
      format: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/)
        .optional()
        .describe("Recognised by content where it is absent."),
    }),
    body: bytesBody("application/json", MOST_REPORT_BYTES),
    answer: StoredReport,
    refusals: [],
    run: async ({ deps }, { query, body }) => {
      const posted = await deps.operator.postReport(parseDigest(query.digest), query.format, body);
      if (posted.kind === "malformed")
        return { kind: "problem", problem: problem("invalid", "The report was not stored.", posted.why, posted.mend) };
      const { digest, subject, findings, images } = posted;
      return ok({ digest, subject, findings, images });
    },
  }),
  route({
    method: "post",
    path: "/api/v1/sweep",
    id: "sweep",
    summary: "Look for images that no event announced, now.",
    role: "operator",
    params: z.object({}),
    query: z.strictObject({}),
    body: noBody,
    answer: SweepView,
    refusals: [],
    run: async ({ deps }) => {
      const { startedAt, registries, ...counts } = await deps.operator.sweep();
      return ok({ startedAt: printInstant(startedAt), ...counts, registries: [...registries] });
    },
  }),
  route({
    method: "get",
    path: "/api/v1/status",
    id: "status",
    summary: "How the gate itself is doing.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({}),
    body: noBody,
    answer: StatusView,
    refusals: [],
    run: async ({ deps }) => {
      const [{ halt, ...gate }, counts] = await Promise.all([deps.status(), deps.ledger.counts()]);
      return ok({
        ...gate,
        ...(halt.kind === "going" ? {} : { halted: haltedView(halt) }),
        startedAt: printInstant(gate.startedAt),
        registries: gate.registries.map((registry) => ({
          ...registry,
          lastEventAt: atOrNever(registry.lastEventAt),
          lastSweepAt: atOrNever(registry.lastSweepAt),
        })),
        sinks: [...gate.sinks],
        feeds: gate.feeds.map(({ madeAt, checkedAt, ...feed }) => ({
          ...feed,
          ...(madeAt === undefined ? {} : { madeAt: printInstant(madeAt) }),
          ...(checkedAt === undefined ? {} : { checkedAt: printInstant(checkedAt) }),
        })),
        trustRoots: gate.trustRoots.map(trustRootView),
        places: gate.places.map(placeView),
        images: { total: counts.images, held: counts.held, ...counts.verdicts },
      });
    },
  }),
];
