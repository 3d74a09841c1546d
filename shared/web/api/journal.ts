import * as z from "zod";
import { limit } from "./images.ts";
import { noBody, ok, type Route, route } from "./route.ts";
import { JournalPage } from "./schema.ts";

export const journalRoute: Route = route({
  method: "get",
  path: "/api/v1/journal",
  id: "readJournal",
  summary: "Journal entries in order, with their hashes: enough to verify the chains elsewhere.",
  role: "viewer",
  params: z.object({}),
  query: z.strictObject({
    after: z.coerce.number<string>().int().min(0).optional().describe("Entries after this sequence number; 0 where it is absent."),
    limit,
    chain: z.string().max(1_000).optional().describe("Only this chain: registry/repository@digest, or gate."),
  }),
  body: noBody,
  answer: JournalPage,
  refusals: [400],
  run: async ({ deps }, { query }) => {
    const entries = await deps.ledger.journal(query.after ?? 0, query.limit ?? 100, query.chain);
    return ok({
      entries: entries.map((entry) => ({ ...entry, event: { ...entry.event } })),
      next: entries.at(-1)?.sequence ?? query.after ?? 0,
    });
  },
});
