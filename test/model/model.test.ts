import { expect, test } from "vitest";
import { historyOf, runHistory } from "./history.ts";
import { playAll } from "./worker.ts";

test("whatever happens, in the end ledger, registry and journal say the same, and nothing is lost", async () => {
  await runHistory(historyOf(0, 0));
  const { stories } = await playAll({ seed: 1, from: 0, to: 40 });
  expect(stories.join("\n")).toBe("");
}, 120_000);
