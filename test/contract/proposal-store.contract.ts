import { expect, test } from "vitest";
import type { Proposal } from "../../shared/domain/proposal.ts";
import { at, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const ANN = { name: "ann", reason: "over" };
const BEN = { name: "ben", reason: "agreed" };
const DRAFT: Omit<Proposal, "id" | "state" | "decided"> = {
  act: "resume",
  subject: "",
  summary: "the gate acts again",
  content: "c0ffee",
  by: ANN,
  at: NOW,
  expiresAt: at(60_000),
};

/** The rules of `ProposalStore` in `ports/proposal-store.ts`; every store keeps them. */
export function proposalStoreContract(withStore: WithStore): void {
  test("a proposal is found as it was asked for, and is open until somebody decides", () =>
    withStore(async ({ proposals }) => {
      const one = await proposals.add(DRAFT);
      expect(one).toEqual({ ...DRAFT, id: one.id, state: "open" });
      expect(await proposals.find(one.id)).toEqual(one);
      expect(await proposals.decide(one.id, "confirmed", BEN, at(1))).toBe(true);
      expect(await proposals.find(one.id)).toEqual({ ...one, state: "confirmed", decided: { at: at(1), by: BEN } });
    }));

  test("it is decided once", () =>
    withStore(async ({ proposals }) => {
      const { id } = await proposals.add(DRAFT);
      expect(await proposals.decide(id, "declined", BEN, at(1))).toBe(true);
      expect(await proposals.decide(id, "confirmed", ANN, at(2))).toBe(false);
      expect(await proposals.find(id)).toMatchObject({ state: "declined", decided: { by: BEN } });
    }));

  test("they are listed newest first, or those of one state", () =>
    withStore(async ({ proposals }) => {
      const first = await proposals.add(DRAFT);
      const second = await proposals.add({ ...DRAFT, act: "brake-approve", subject: "policy-1" });
      await proposals.decide(first.id, "void", BEN, at(1));
      expect((await proposals.list({ limit: 10 })).map(({ id }) => id)).toEqual([second.id, first.id]);
      expect((await proposals.list({ limit: 1 })).map(({ id }) => id)).toEqual([second.id]);
      expect((await proposals.list({ state: "void", limit: 10 })).map(({ id }) => id)).toEqual([first.id]);
    }));

  test.each(["proposal-9", "proposal-0", "proposal-", "1", "", "proposal-1 OR 1"])("there is none called %j", (id) =>
    withStore(async ({ proposals }) => {
      await proposals.add(DRAFT);
      expect(await proposals.find(id)).toBeUndefined();
      expect(await proposals.decide(id, "confirmed", BEN, NOW)).toBe(false);
    }),
  );
}
