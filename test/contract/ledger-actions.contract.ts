import { expect, test } from "vitest";
import type { ActionCause } from "../../shared/domain/action.ts";
import type { ActionQuery, Ledger, LedgerStep } from "../../shared/ports/ledger.ts";
import { actionOf, at, keyOf, NOW, recordOf } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

/** What every ledger keeps of actions. */
export function ledgerActionsContract(withStore: WithStore): void {
  test("an intent is read back before its outcome, and with it afterwards", () =>
    withStore(async ({ ledger }) => {
      const key = keyOf("a");
      const [first, second] = [actionOf(key, "hold", 1), actionOf(key, "release", 2)];
      const outcome = { kind: "applied", at: NOW, strength: "hidden", notes: ["tag 1.2 points elsewhere now: left alone"] } as const;
      await commit(ledger, { image: recordOf(key), intents: [first] });
      expect(await ledger.action(first.id)).toEqual({ action: first });
      expect((await ledger.findActions({ limit: 9 })).items).toEqual([{ action: first }]);
      await commit(ledger, { image: recordOf(key, { version: 2 }), intents: [second], outcomes: [{ actionId: first.id, outcome }] });
      expect(await ledger.actions(key)).toEqual([{ action: second }, { action: first, outcome }]);
      expect((await ledger.findActions({ limit: 9 })).items).toEqual([{ action: second }, { action: first, outcome }]);
      expect(await ledger.action(first.id)).toEqual({ action: first, outcome });
      expect(await ledger.actions(keyOf("b"))).toEqual([]);
    }));

  test("the outcome that was told last is the one that stands: what failed for want of an answer may be found to be done", () =>
    withStore(async ({ ledger }) => {
      const key = keyOf("a");
      const action = actionOf(key);
      const failed = { kind: "failed", at: at(2), code: "timeout", why: "no answer" } as const;
      const applied = { kind: "applied", at: at(1), strength: "hidden", notes: ["found to be done"] } as const;
      await commit(ledger, { image: recordOf(key), intents: [action] });
      for (const [number, outcome] of [failed, applied].entries()) {
        const image = recordOf(key, { version: number + 2 });
        await commit(ledger, { image, outcomes: [{ actionId: action.id, outcome }] });
        expect(await ledger.action(action.id)).toEqual({ action, outcome });
        expect((await ledger.findActions({ limit: 9 })).items).toEqual([{ action, outcome }]);
        expect(await ledger.action(action.id)).toEqual({ action, outcome });
      }
    }));

  const queries: readonly (readonly [string, Omit<ActionQuery, "limit">, readonly string[]])[] = [
    ["a run", { run: "policy-3" }, ["late", "of run"]],
    ["a policy", { policy: "aaaaaaaaaaaa" }, ["late", "old"]],
    ["the beginning of a policy's version", { policy: "aaaaaa" }, ["late", "old"]],
    ["a run and a policy", { run: "policy-3", policy: "aaaaaaaaaaaa" }, ["late"]],
    ["an instant: what ended at or after it, and what is open", { since: at(100) }, ["open", "by hand", "late"]],
    ["nothing", {}, ["open", "by hand", "late", "of run", "old"]],
    ["a run that nobody knows", { run: "policy-4" }, []],
  ];
  test.each(queries)("are found by %s, newest first", (_, query, expected) =>
    withStore(async ({ ledger }) => {
      const kept: readonly (readonly [string, ActionCause, number | undefined])[] = [
        ["old", { policy: "aaaaaaaaaaaa" }, 10],
        ["of run", { policy: "bbbbbbbbbbbb", run: "policy-3" }, 99],
        ["late", { policy: "aaaaaaaaaaaa", run: "policy-3" }, 100],
        ["by hand", {}, 200],
        ["open", {}, undefined],
      ];
      for (const [name, cause, endedAt] of kept) {
        const action = { ...actionOf(keyOf(name)), cause };
        await commit(ledger, { image: recordOf(action.image), intents: [action] });
        if (endedAt === undefined) continue;
        const outcome = { kind: "applied", at: at(endedAt), strength: "hidden", notes: [] } as const;
        await commit(ledger, { image: recordOf(action.image, { version: 2 }), outcomes: [{ actionId: action.id, outcome }] });
      }
      const names = new Map(kept.map(([name]) => [keyOf(name).digest, name]));
      const found: (string | undefined)[] = [];
      for (let after: string | undefined; ; ) {
        const page = await ledger.findActions({ ...query, limit: 2, ...(after === undefined ? {} : { after }) });
        found.push(...page.items.map(({ action }) => names.get(action.image.digest)));
        if (page.next === undefined) break;
        after = page.next;
      }
      expect(found).toEqual(expected);
    }),
  );
}

function commit(ledger: Ledger, step: Partial<LedgerStep> & Pick<LedgerStep, "image">): Promise<"committed" | "conflict"> {
  return ledger.commit({ intents: [], outcomes: [], journal: [], ...step });
}
