import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead, withFolder } from "../../contract/store.ts";
import { keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";
import { stopRun } from "../../fixtures/runs.ts";

test("a run that was stopped is stopped still after the process died, with what it let through and what waits", () =>
  withFolder(async (folder) => {
    const settings = { file: join(folder, "ledger.sqlite"), signHead };
    const first = openSqliteStore(settings);
    for (const name of ["held", "waiting"])
      await first.ledger.commit({
        image: recordOf(keyOf(name), { verdict: verdictOf("violating") }),
        intents: [],
        outcomes: [],
        journal: [],
      });
    const run = await first.runs.begin("policy", "v2", NOW);
    await first.runs.weigh(run, { image: keyOf("held"), hasTags: true, reasons: [] }, NOW, () => ({ kind: "go" }));
    await stopRun(first, [keyOf("waiting")]);
    // Not closed: a process that is killed closes nothing.
    const second = openSqliteStore(settings);
    expect(await second.runs.find(run)).toMatchObject({ state: "stopped", held: 1, waiting: 1, stop: { at: NOW } });
    expect(await second.runs.begin("policy", "v2", NOW)).toBe(run);
    await second.close();
    await first.close();
  }));
