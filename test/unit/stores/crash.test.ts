import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyChain } from "../../../shared/audit/chain.ts";
import { printImageKey } from "../../../shared/domain/image-ref.ts";
import type { Ledger } from "../../../shared/ports/ledger.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { withFolder } from "../../contract/store.ts";
import { actionOf, at, keyOf } from "../../fixtures/records.ts";

const ROUNDS = 8;
const PROGRAM = new URL("./stepping-process.ts", import.meta.url).pathname;

test("a store that is killed at any moment keeps every step that it answered, and no half of another", { timeout: 60_000 }, () =>
  withFolder(async (folder) => {
    const file = join(folder, "gate.db");
    const acknowledged: string[] = [];
    for (let round = 0; round < ROUNDS; round++) acknowledged.push(...(await killedRun(file, round)));
    expect(acknowledged.length).toBeGreaterThan(ROUNDS);
    await expectKept(file, acknowledged);
  }),
);

/** @returns what the process said it had done, until it was killed a few milliseconds after it began to say so. */
function killedRun(file: string, round: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, file, String(round)], {
      env: { ...process.env, NODE_COMPILE_CACHE: `${file}-code` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") setTimeout(() => child.kill("SIGKILL"), (round * 7) % 40);
      said += text;
    });
    child.once("error", reject);
    child.once("close", () => resolve(said.split("\n").slice(0, -1)));
  });
}

async function expectKept(file: string, acknowledged: readonly string[]): Promise<void> {
  // What the killed processes signed is not checked here, but that all chains are whole and end where their heads say.
  const store = openSqliteStore({ file, signHead: () => "" });
  await expectAcknowledged(store, acknowledged);
  await expectWhole(store.ledger);
  await store.close();
}

async function expectAcknowledged({ ledger, queue }: Store, acknowledged: readonly string[]): Promise<void> {
  const queued = new Set((await queue.claim(100_000, at(120_000), 60_000)).map(({ key }) => key));
  for (const line of acknowledged) {
    const [did, name = ""] = line.split(" ");
    const record = await ledger.image(keyOf(name));
    const action = await ledger.action(actionOf(keyOf(name)).id);
    if (did === "judged") expect([record?.verdict?.kind, action?.action.id], line).toEqual(["violating", actionOf(keyOf(name)).id]);
    if (did === "acted") expect([record?.version, action?.outcome?.kind], line).toEqual([2, "applied"]);
    if (did === "finished") expect(queued.has(name), line).toBe(false);
  }
  const put = acknowledged.filter((line) => line.startsWith("put ")).map((line) => line.slice("put ".length));
  expect(new Set(await Promise.all(put.map((name) => queue.put([], at(0), name))))).toEqual(new Set(["duplicate"]));
  const lost = put.filter((name) => !queued.has(name) && !acknowledged.includes(`finished ${name}`));
  // The end of a job may have been kept and its answer cut off: one for each worker and round at most.
  expect(lost.length).toBeLessThanOrEqual(3 * ROUNDS);
}

/** A step is there with all its parts or not at all, whether it was answered or not. */
async function expectWhole(ledger: Ledger): Promise<void> {
  const entries = await ledger.journal(0, 10_000);
  expect(entries.length).toBeLessThan(10_000);
  expect(verifyChain(entries, await Array.fromAsync(ledger.heads()), () => true)).toEqual([]);
  const told = Map.groupBy(entries, ({ chain }) => chain);
  let images = 0;
  for (let after: string | undefined; ; ) {
    const page = await ledger.images({ limit: 500, ...(after === undefined ? {} : { after }) });
    for (const record of page.items) {
      const [stored] = await ledger.actions(record.key);
      expect([stored?.outcome?.kind, told.get(printImageKey(record.key))?.length]).toEqual(
        record.version === 1 ? [undefined, 2] : ["applied", 3],
      );
    }
    images += page.items.length;
    after = page.next;
    if (after === undefined) break;
  }
  expect({ images, chains: told.size }).toEqual({ images: (await ledger.counts()).images, chains: images });
}
