import { writeSync } from "node:fs";
import { acted, correlationOf, judged, planned } from "../../../shared/audit/record.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { actionOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";

/** Does durable steps until it is killed; writes a line to its output after each answer of the store. */
const [file = "", round = ""] = process.argv.slice(2);
const { ledger, queue } = openSqliteStore({ file, signHead });

function acknowledge(what: string): void {
  writeSync(1, `${what}\n`);
}

async function worker(number: number): Promise<never> {
  for (let step = 0; ; step++) {
    const name = `${round}.${number}.${step}`;
    const key = keyOf(name);
    const action = actionOf(key);
    const verdict = verdictOf("violating");
    const occasion = { image: key, tags: [], at: NOW, correlationId: correlationOf(key, 1) };
    await queue.put([{ key: name, kind: "judge", group: String(number), payload: name, notBefore: NOW }], NOW, name);
    acknowledge(`put ${name}`);
    await ledger.commit({
      image: recordOf(key, { verdict, pending: action }),
      intents: [action],
      outcomes: [],
      journal: [judged(occasion, { verdict, previous: undefined, origin: "event" }), planned(occasion, action)],
    });
    acknowledge(`judged ${name}`);
    const outcome = { kind: "applied", at: NOW, strength: "hidden", notes: [] } as const;
    await ledger.commit({
      image: recordOf(key, { version: 2, verdict }),
      intents: [],
      outcomes: [{ actionId: action.id, outcome }],
      journal: [acted(occasion, action, outcome)],
    });
    acknowledge(`acted ${name}`);
    for (const job of await queue.claim(1, NOW, 60_000)) {
      await queue.finish(job, { kind: "done" }, NOW);
      acknowledge(`finished ${job.key}`);
    }
  }
}

await Promise.all([worker(0), worker(1), worker(2)]);
