import type { DatabaseSync } from "node:sqlite";
import type { Actor } from "../../domain/action.ts";
import { PROPOSAL_STATES, type Proposal } from "../../domain/proposal.ts";
import { instant } from "../../domain/time.ts";
import type { ProposalStore } from "../../ports/proposal-store.ts";
import { body, type Row, text, whole, wholeOrNone } from "./row.ts";
import type { Writer } from "./writer.ts";

type Body = Omit<Proposal, "id" | "state" | "decided">;

const ID = /^proposal-([1-9]\d{0,14})$/;

export function openProposals(database: DatabaseSync, writer: Writer): ProposalStore {
  const insert = database.prepare("INSERT INTO proposal (body, state) VALUES (?, 'open') RETURNING *");
  const find = database.prepare("SELECT * FROM proposal WHERE number = ?");
  const all = database.prepare("SELECT * FROM proposal ORDER BY number DESC LIMIT ?");
  const some = database.prepare("SELECT * FROM proposal WHERE state = ? ORDER BY number DESC LIMIT ?");
  const decide = database.prepare("UPDATE proposal SET state = ?, decided_at = ?, decided_by = ? WHERE number = ? AND state = 'open'");
  return {
    add: (draft) => writer.write("power-cut", () => proposalOf(insert.get(JSON.stringify(draft)) ?? {})),
    async find(id) {
      const row = find.get(numberOf(id));
      return row === undefined ? undefined : proposalOf(row);
    },
    list: async ({ state, limit }) => (state === undefined ? all.all(limit) : some.all(state, limit)).map(proposalOf),
    decide: (id, state, by, at) => writer.write("power-cut", () => decide.run(state, at, JSON.stringify(by), numberOf(id)).changes === 1),
  };
}

/** 0 for what is no id: no row has it. */
function numberOf(id: string): number {
  return Number(ID.exec(id)?.[1] ?? 0);
}

function proposalOf(row: Row): Proposal {
  const state = PROPOSAL_STATES.find((known) => known === text(row, "state"));
  if (state === undefined) throw new TypeError("the store's column state does not hold what its schema says");
  const at = wholeOrNone(row, "decided_at");
  return {
    ...body<Body>(row, "body"),
    id: `proposal-${whole(row, "number")}`,
    state,
    ...(at === undefined ? {} : { decided: { at: instant(at), by: body<Actor>(row, "decided_by") } }),
  };
}
