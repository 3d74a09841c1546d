import * as z from "zod";
import { parseDigest } from "../../domain/digest.ts";
import type { ImageRecord } from "../../domain/image-record.ts";
import type { VerdictKind } from "../../domain/verdict.ts";
import { explain } from "../../policy/explain/explain.ts";
import { childNames } from "../child-names.ts";
import type { WebDeps } from "../deps.ts";
import { findImages, parseFilter } from "../find-images.ts";
import { problem } from "../problem.ts";
import { noBody, ok, type Route, route } from "./route.ts";
import { type ImageDetail, ImagePage, ImagesOfDigest } from "./schema.ts";
import { actionView, explanationView, imageView } from "./view.ts";

const VERDICTS = ["compliant", "violating", "indeterminate"] as const satisfies readonly VerdictKind[];

const after = z.string().max(1_000).optional().describe("Where the page before said to go on.");
export const limit = z.coerce.number<string>().int().min(1).max(500).optional().describe("At most so many; 100 where it is absent.");

export const imageRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/api/v1/images",
    id: "listImages",
    summary: "Images that the gate knows, newest change first.",
    role: "reader",
    params: z.object({}),
    query: z.strictObject({
      verdict: z.enum(VERDICTS).optional(),
      held: z.enum(["true", "false", "yes", "no"]).optional(),
      q: z.string().max(1_000).optional().describe("Words as in the dashboard's search: verdict:violating held:yes repo:shop/* word"),
      after,
      limit,
    }),
    body: noBody,
    answer: ImagePage,
    refusals: [400],
    run: async ({ deps }, { query }) => {
      const filter = parseFilter(query.q ?? "");
      if (filter.unknown.length > 0) {
        return {
          kind: "problem",
          problem: problem(
            "invalid",
            "The images were not listed.",
            `${filter.unknown.join(" ")} is no filter.`,
            "Use verdict:, held:yes, held:no, repo:, registry:, digest: or plain words.",
          ),
        };
      }
      const { verdict, held } = query;
      const narrowed = {
        ...filter.query,
        ...(verdict === undefined ? {} : { verdict }),
        ...(held === undefined ? {} : { held: held === "true" || held === "yes" }),
      };
      const page = await findImages(deps.ledger, { ...filter, query: narrowed }, query.limit ?? 100, query.after);
      return ok({ images: page.items.map(imageView), ...(page.next === undefined ? {} : { next: page.next }) });
    },
  }),
  route({
    method: "get",
    path: "/api/v1/images/{digest}",
    id: "getImage",
    summary: "One image in every repository that has it, explained, with the actions that can be undone.",
    role: "reader",
    params: z.object({ digest: z.string().max(200) }),
    query: z.strictObject({}),
    body: noBody,
    answer: ImagesOfDigest,
    refusals: [400, 404],
    run: async ({ deps }, { params }) => {
      const digest = parseDigest(params.digest);
      const { items } = await deps.ledger.images({ digest, limit: 500 });
      if (items.length === 0)
        return {
          kind: "problem",
          problem: problem(
            "not-found",
            "The image was not shown.",
            "The gate has not seen this digest.",
            "Push it, run moorgate sweep, or judge it without the gate: moorgate check <image>.",
          ),
        };
      const { policy } = await deps.status();
      return ok({ digest, images: await Promise.all(items.map((record) => detailOf(deps, record, policy.file))) });
    },
  }),
];

async function detailOf(deps: WebDeps, record: ImageRecord, policyFile: string): Promise<z.output<typeof ImageDetail>> {
  const [actions, parents] = await Promise.all([deps.ledger.actions(record.key), deps.ledger.parents(record.key)]);
  return {
    ...imageView(record),
    explanation: explanationView(explain(record, { policyFile, now: deps.clock.now(), actions, names: childNames(record) })),
    actions: actions.map(actionView),
    parents: parents.map((parent) => parent.key.digest),
  };
}
