import { writeSync } from "node:fs";
import { parked } from "../../../shared/audit/record.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { NOW } from "../../fixtures/records.ts";

/** One of several processes on one file: takes jobs until there are none, tells each in the journal and on its output. */
const [file = "", name = "", jobs = "0"] = process.argv.slice(2);
const { ledger, queue, close } = openSqliteStore({ file, signHead });
const work = Array.from({ length: Number(jobs) }, (_, number) => ({
  key: `job ${number}`,
  kind: "judge",
  group: `g${number % 3}`,
  payload: "",
  notBefore: NOW,
}));
await queue.put(work, NOW, "the same delivery");

async function worker(): Promise<void> {
  for (;;) {
    const [job] = await queue.claim(1, NOW, 60_000);
    if (job === undefined) return;
    await ledger.append([parked({ work: job.key, why: `taken by ${name}`, at: NOW })]);
    await queue.finish(job, { kind: "done" }, NOW);
    writeSync(1, `${job.key}\n`);
  }
}

await Promise.all([worker(), worker()]);
await close();
