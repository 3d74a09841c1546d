import * as z from "zod";
import type { JournalEntry, SignedHead } from "../../domain/audit-event.ts";
import type { Ledger } from "../../ports/ledger.ts";
import { limit } from "./images.ts";
import { noBody, ok, type Route, route } from "./route.ts";
import { JournalHeads, JournalPage } from "./schema.ts";

interface Query {
  readonly after?: number | undefined;
  readonly last?: number | undefined;
  readonly limit?: number | undefined;
  readonly chain?: string | undefined;
}

async function read(ledger: Ledger, { after, last, limit, chain }: Query): Promise<readonly JournalEntry[]> {
  if (last === undefined) return ledger.journal(after ?? 0, limit ?? 100, chain);
  return (await ledger.recent({ limit: last, ...(chain === undefined ? {} : { chain }) })).toReversed();
}

export const journalRoute: Route = route({
  method: "get",
  path: "/api/v1/journal",
  id: "readJournal",
  summary: "Journal entries in order, with their hashes: enough to verify the chains elsewhere.",
  role: "reader",
  params: z.object({}),
  query: z.strictObject({
    after: z.coerce.number<string>().int().min(0).optional().describe("Entries after this sequence number; 0 where it is absent."),
    last: limit.describe("The last entries instead, oldest of them first."),
    limit,
    chain: z.string().max(1_000).optional().describe("Only this chain: registry/repository@digest, or gate."),
  }),
  body: noBody,
  answer: JournalPage,
  refusals: [400],
  run: async ({ deps }, { query }) => {
    const entries = await read(deps.ledger, query);
    return ok({
      entries: entries.map((entry) => ({ ...entry, event: { ...entry.event } })),
      next: entries.at(-1)?.sequence ?? query.after ?? 0,
    });
  },
});

export const headsRoute: Route = route({
  method: "get",
  path: "/api/v1/journal/heads",
  id: "readHeads",
  summary: "The signed end of every chain: with the entries, proof that nothing was cut off.",
  role: "reader",
  params: z.object({}),
  query: z.strictObject({ after: z.string().max(1_000).optional().describe("Chains after this one."), limit }),
  body: noBody,
  answer: JournalHeads,
  refusals: [400],
  run: async ({ deps }, { query }) => {
    const heads: SignedHead[] = [];
    for await (const head of deps.ledger.heads()) {
      if (head.chain <= (query.after ?? "")) continue;
      if (heads.length === (query.limit ?? 100)) return ok({ heads, next: heads.at(-1)?.chain ?? "" });
      heads.push(head);
    }
    return ok({ heads });
  },
});
