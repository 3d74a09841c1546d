import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { verifyChain } from "../../../shared/audit/chain.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead, withFolder } from "../../contract/store.ts";
import { at, keyOf, recordOf } from "../../fixtures/records.ts";

const JOBS = 120;

test("processes that open a new file at once share it: one delivery, each job once, one whole journal", { timeout: 60_000 }, () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const run = promisify(execFile);
    const script = new URL("./sharing-process.ts", import.meta.url).pathname;
    const outputs = await Promise.all(["a", "b", "c"].map((name) => run(process.execPath, [script, file, name, String(JOBS)])));
    const done = outputs.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line !== ""));
    expect(done.toSorted()).toEqual(Array.from({ length: JOBS }, (_, number) => `job ${number}`).toSorted());
    const store = openSqliteStore({ file, signHead });
    const entries = await store.ledger.journal(0, 1_000);
    expect(entries).toHaveLength(JOBS);
    expect(verifyChain(entries, await Array.fromAsync(store.ledger.heads()), () => true)).toEqual([]);
    expect(await store.queue.depth()).toEqual({ waiting: 0, running: 0, parked: 0 });
    await store.close();
  }),
);

test("a second opener reads what the first one committed, and a conflict is seen between them", () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const [server, cli] = [openSqliteStore({ file, signHead }), openSqliteStore({ file, signHead })];
    const first = { image: recordOf(keyOf("a")), intents: [], outcomes: [], journal: [] };
    expect(await Promise.all([server.ledger.commit(first), cli.ledger.commit(first)])).toEqual(["committed", "conflict"]);
    expect(await cli.ledger.image(keyOf("a"))).toEqual(first.image);
    expect(await server.queue.put([], at(0), "delivery")).toBe("queued");
    expect(await cli.queue.put([], at(0), "delivery")).toBe("duplicate");
    await server.close();
    await cli.close();
  }));
