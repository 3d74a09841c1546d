import type { Proposal } from "../../domain/proposal.ts";
import type { ProposalStore } from "../../ports/proposal-store.ts";
import type { Documents } from "./documents.ts";
import type { Key } from "./item.ts";
import { padded } from "./stamps.ts";

const HASH = "proposal";
const HEAD_KEY: Key = { pk: HASH, sk: "head" };
const NUMBERS_END = "9";
const ID = /^proposal-([1-9]\d{0,14})$/;

export function openProposals(documents: Documents): ProposalStore {
  return {
    add: (draft) =>
      documents.change(HASH, async (change) => {
        const last = (await change.get<{ readonly last: number }>(HEAD_KEY))?.last ?? 0;
        const proposal: Proposal = { ...draft, id: `proposal-${last + 1}`, state: "open" };
        change.put(HEAD_KEY, { last: last + 1 });
        change.put(proposalKey(proposal.id), proposal);
        return proposal;
      }),
    find: (id) => documents.read<Proposal>(proposalKey(id)),
    async list({ state, limit }) {
      const found: Proposal[] = [];
      for await (const { body } of documents.list<Proposal>({ hash: HASH, to: NUMBERS_END, descending: true })) {
        if (found.length >= limit) break;
        if ((state ?? body.state) === body.state) found.push(body);
      }
      return found;
    },
    decide: (id, state, by, at) =>
      documents.change(HASH, async (change) => {
        const proposal = await change.get<Proposal>(proposalKey(id));
        if (proposal?.state !== "open") return false;
        change.put(proposalKey(id), { ...proposal, state, decided: { at, by } } satisfies Proposal);
        return true;
      }),
  };
}

/** What is no id has the number 0, which no proposal has. */
function proposalKey(id: string): Key {
  return { pk: HASH, sk: padded(Number(ID.exec(id)?.[1] ?? 0)) };
}
