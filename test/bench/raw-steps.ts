import { randomBytes, randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../shared/stores/sqlite/schema.ts";

const REPOSITORIES = 50;
const HASH = "f".repeat(64);
const SIGNATURE = "s".repeat(88);
/** Texts as long as those of the measured steps. */
const RECORD = "r".repeat(1_350);
const ACTION = "a".repeat(520);
const OUTCOME = "o".repeat(70);
const EVENTS = ["j".repeat(1_150), "p".repeat(950), "q".repeat(1_050)] as const;

interface Samples {
  readonly times: number[];
  seconds: number;
}

/** One step after another for so long, each statement by hand: what the disk and SQLite give, and nothing else. */
export function rawSteps(file: string, milliseconds: number, samples: Samples): void {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  migrate(database);
  fill(database, Math.ceil((milliseconds / 1_000) * 8_000));
  const steps = prepare(database);
  const startedAt = performance.now();
  for (let begun = startedAt; begun - startedAt < milliseconds; ) {
    oneStep(database, steps);
    const ended = performance.now();
    samples.times.push(ended - begun);
    begun = ended;
  }
  samples.seconds += (performance.now() - startedAt) / 1_000;
  database.close();
}

function fill(database: DatabaseSync, count: number): void {
  const job = database.prepare(
    "INSERT INTO job (key, kind, lane, payload, queued_at, attempt, state, at) VALUES (?, 'judge', ?, ?, 0, 0, 'ready', 0)",
  );
  const lane = database.prepare("INSERT INTO lane (name, served) VALUES (?, ?)");
  database.exec("BEGIN");
  for (let number = 0; number < REPOSITORIES; number++) lane.run(`bench/r${number}`, number + 1);
  for (let number = 0; number < count; number++) job.run(String(number), `bench/r${number % REPOSITORIES}`, String(number));
  database.exec("COMMIT");
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const change = "(SELECT coalesce(max(changed), 0) + 1 FROM image)";
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    isDue: database.prepare(
      `SELECT EXISTS (SELECT 1 FROM job WHERE state = 'later' AND at <= ?1) OR EXISTS (SELECT 1 FROM job WHERE state = 'running' AND at <= ?1) AS due`,
    ),
    lane: database.prepare("SELECT name FROM lane ORDER BY served LIMIT 1"),
    rotate: database.prepare("UPDATE lane SET served = (SELECT max(served) + 1 FROM lane) WHERE name = ?"),
    job: database.prepare("SELECT * FROM job WHERE state = 'ready' AND lane = ? ORDER BY id LIMIT 1"),
    more: database.prepare("SELECT 1 FROM job WHERE state = 'ready' AND lane = ? LIMIT 1"),
    lease: database.prepare("UPDATE job SET state = 'running', attempt = attempt + 1, at = ? WHERE id = ?"),
    mine: database.prepare("SELECT * FROM job WHERE id = ? AND attempt = ? AND state = 'running'"),
    remove: database.prepare("DELETE FROM job WHERE id = ?"),
    state: database.prepare("SELECT id, version, verdict, held, children FROM image WHERE digest = ? AND repository = ? AND registry = ?"),
    insert: database.prepare(
      `INSERT INTO image (digest, repository, registry, version, verdict, held, words, children, body, changed) VALUES (?, ?, 'r', 1, 'violating', 0, ?, '[]', ?, ${change})`,
    ),
    update: database.prepare(
      `UPDATE image SET version = 2, verdict = 'violating', held = 1, words = ?, children = '[]', body = ?, changed = ${change} WHERE id = ?`,
    ),
    tally: database.prepare("UPDATE tally SET count = count + 1 WHERE name = ?"),
    intent: database.prepare("INSERT INTO action (id, image, body) VALUES (?, ?, ?)"),
    outcome: database.prepare("UPDATE action SET outcome = ? WHERE id = ?"),
    known: database.prepare("SELECT 1 FROM journal WHERE chain = ? AND event_id = ?"),
    chain: database.prepare("SELECT id, place, hash FROM chain WHERE name = ?"),
    openChain: database.prepare("INSERT INTO chain (name, place, hash, signature) VALUES (?, 0, '', '')"),
    entry: database.prepare("INSERT INTO journal (chain, place, previous_hash, hash, event_id, event) VALUES (?, ?, ?, ?, ?, ?)"),
    end: database.prepare("UPDATE chain SET place = ?, hash = ?, signature = ? WHERE id = ?"),
  };
}

/** Work that is running or done may be forgotten in a power cut, verdict and outcome may not: as the store does it. */
function oneStep(database: DatabaseSync, sql: Statements): void {
  database.exec("PRAGMA synchronous = NORMAL");
  sql.begin.run();
  sql.isDue.get(0);
  const lane = String(sql.lane.get()?.["name"]);
  const job = Number(sql.job.get(lane)?.["id"]);
  sql.lease.run(60_000, job);
  sql.more.get(lane);
  sql.rotate.run(lane);
  sql.commit.run();
  database.exec("PRAGMA synchronous = FULL");
  const name = `registry.example:5000/${lane}@sha256:${randomBytes(32).toString("hex")}`;
  judge(sql, name, lane);
  act(sql, name, lane);
  database.exec("PRAGMA synchronous = NORMAL");
  sql.begin.run();
  sql.mine.get(job, 1);
  sql.remove.run(job);
  sql.commit.run();
}

function judge(sql: Statements, name: string, repository: string): void {
  sql.begin.run();
  sql.state.get(name, repository, "r");
  const image = Number(sql.insert.run(name, repository, name, RECORD).lastInsertRowid);
  sql.tally.run("images");
  sql.tally.run("violating");
  sql.intent.run(name, image, ACTION);
  sql.chain.get(name);
  const chain = Number(sql.openChain.run(name).lastInsertRowid);
  for (const index of [1, 2]) append(sql, chain, index);
  sql.end.run(2, HASH, SIGNATURE, chain);
  sql.commit.run();
}

function act(sql: Statements, name: string, repository: string): void {
  sql.begin.run();
  const image = Number(sql.state.get(name, repository, "r")?.["id"]);
  sql.update.run(name, RECORD, image);
  sql.tally.run("held");
  sql.outcome.run(OUTCOME, name);
  const chain = Number(sql.chain.get(name)?.["id"]);
  append(sql, chain, 3);
  sql.end.run(3, HASH, SIGNATURE, chain);
  sql.commit.run();
}

function append(sql: Statements, chain: number, index: number): void {
  const id = randomUUID();
  sql.known.get(chain, id);
  sql.entry.run(chain, index, HASH, HASH, id, EVENTS[index - 1] ?? "");
}
