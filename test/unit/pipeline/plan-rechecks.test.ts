import { afterEach, expect, test } from "vitest";
import { add, type Duration } from "../../../shared/domain/time.ts";
import { planRecheck, planRechecks, RECHECKS_EVERY } from "../../../shared/pipeline/plan-rechecks.ts";
import type { Rechecks } from "../../../shared/ports/rechecks.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { keyOf, NOW } from "../../fixtures/records.ts";

let store: Store | undefined;
afterEach(() => store?.close());
const minutes = (count: number): Duration => (count * 60_000) as Duration;
const key = keyOf("image");

function open(...due: readonly number[]) {
  store = openSqliteStore({ file: ":memory:", signHead });
  const { queue } = store;
  const rechecks: Rechecks = {
    async *between(from, to) {
      for (const each of due) {
        const when = add(NOW, minutes(each));
        if (when >= from && when <= to) yield { image: keyOf(`due in ${each}`), at: when };
      }
    },
  };
  return { queue, rechecks, clock: { now: () => NOW } };
}

test("a store without such a list keeps each job until its time", async () => {
  const { queue } = open();
  await planRecheck({ queue }, key, add(NOW, minutes(10_000)), NOW);
  expect(await queue.depth()).toMatchObject({ waiting: 1 });
});

test("where the list is kept, no job waits for what the list will be read for", async () => {
  const { queue, rechecks } = open();
  await planRecheck({ queue, rechecks }, key, add(NOW, minutes(30)), NOW);
  expect(await queue.depth()).toMatchObject({ waiting: 0 });
});

test("what is due before the list is surely read again gets its job at once", async () => {
  const { queue, rechecks } = open();
  await planRecheck({ queue, rechecks }, key, add(NOW, RECHECKS_EVERY), NOW);
  expect(await queue.depth()).toMatchObject({ waiting: 1 });
});

test("of the list, what is due soon is queued for its time, and nothing that is due later", async () => {
  const deps = open(...Array.from({ length: 120 }, (_, each) => each % 20), 500);
  await planRechecks(deps);
  expect(await deps.queue.depth()).toMatchObject({ waiting: 20 });
  expect(await deps.queue.claim(100, NOW, 1_000)).toHaveLength(1);
  expect(await deps.queue.claim(100, add(NOW, minutes(19)), 1_000)).not.toHaveLength(0);
});
