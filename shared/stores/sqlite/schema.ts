import type { DatabaseSync } from "node:sqlite";
import { AdapterError } from "../../ports/adapter-error.ts";
import { BEARERS, BEARS } from "./bearers.ts";
import { EMERGENCY } from "./emergencies.ts";
import { POSTURE } from "./postures.ts";
import { whole } from "./row.ts";
import { ACTION_CAUSES, BRAKE_LIMITS, UNDOS } from "./schema-actions.ts";
import { HALT, PROPOSALS } from "./schema-halt.ts";
import { RUN_NEWS, RUNS } from "./schema-runs.ts";
import { STANDING } from "./schema-standing.ts";
import { SWEEPS } from "./sweeps.ts";

const IMAGES = `
CREATE TABLE image (
  id INTEGER PRIMARY KEY,
  registry TEXT NOT NULL,
  repository TEXT NOT NULL,
  digest TEXT NOT NULL,
  version INTEGER NOT NULL,
  verdict TEXT,
  held INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  words TEXT NOT NULL,
  children TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX image_key ON image (digest, repository, registry);
CREATE UNIQUE INDEX image_changed ON image (changed);
CREATE INDEX image_verdict ON image (verdict, changed);
CREATE INDEX image_held ON image (changed) WHERE held = 1;
CREATE INDEX image_repository ON image (repository, registry);
CREATE TABLE child (
  digest TEXT NOT NULL,
  parent INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  PRIMARY KEY (digest, parent)
) STRICT, WITHOUT ROWID;
CREATE INDEX child_parent ON child (parent);
CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO tally VALUES ('images', 0), ('held', 0), ('compliant', 0), ('violating', 0), ('indeterminate', 0);
CREATE TABLE action (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  image INTEGER NOT NULL REFERENCES image (id),
  body TEXT NOT NULL,
  outcome TEXT
) STRICT;
CREATE INDEX action_image ON action (image);
`;

const JOURNAL = `
CREATE TABLE chain (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  place INTEGER NOT NULL,
  hash TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;
CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL REFERENCES chain (id),
  place INTEGER NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_chain ON journal (chain, place);
CREATE UNIQUE INDEX journal_event ON journal (chain, event_id);
CREATE TABLE sink (
  name TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL,
  state TEXT NOT NULL,
  failures INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  retry_through INTEGER,
  last_error TEXT,
  delivered INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE dead_letter (
  sink TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (sink, sequence)
) STRICT, WITHOUT ROWID;
`;

// The number of a job is never used again: with its attempt it tells a late worker that the job is no longer its own.
const QUEUE = `
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  payload TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,
  at INTEGER NOT NULL,
  again_at INTEGER,
  again_queued_at INTEGER,
  again_payload TEXT
) STRICT;
CREATE INDEX job_later ON job (at) WHERE state = 'later';
CREATE INDEX job_ready ON job (lane, id, queued_at) WHERE state = 'ready';
CREATE INDEX job_running ON job (at) WHERE state = 'running';
CREATE TABLE lane (name TEXT PRIMARY KEY, served INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX lane_served ON lane (served);
CREATE TABLE parked (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  payload TEXT NOT NULL,
  queued_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  why TEXT NOT NULL,
  parked_at INTEGER NOT NULL
) STRICT;
CREATE TABLE delivery (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_at ON delivery (at);
CREATE TABLE schedule (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

const REPORTS = `
CREATE TABLE report (
  subject TEXT NOT NULL,
  format TEXT NOT NULL,
  scanner TEXT NOT NULL,
  digest TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX report_key ON report (subject, format, scanner);
`;

// What was known of images, with its history. Facts are numbered and stand once; an image holds lists of numbers. The current entry of an image
// that left its registry names no evidence.
const EVIDENCE = `
CREATE TABLE fact (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE fact_name (name TEXT NOT NULL, fact INTEGER NOT NULL REFERENCES fact (id), PRIMARY KEY (name, fact)) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, shell TEXT NOT NULL, facts BLOB NOT NULL) STRICT;
CREATE TABLE seen (
  id INTEGER PRIMARY KEY,
  registry TEXT NOT NULL,
  repository TEXT NOT NULL,
  digest TEXT NOT NULL,
  current INTEGER
) STRICT;
CREATE UNIQUE INDEX seen_key ON seen (registry, repository, digest);
CREATE TABLE known (
  id INTEGER PRIMARY KEY,
  image INTEGER NOT NULL REFERENCES seen (id),
  at INTEGER NOT NULL,
  gathered_at INTEGER NOT NULL,
  evidence INTEGER REFERENCES evidence (id),
  tags TEXT NOT NULL,
  verdict TEXT,
  reasons BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX known_image ON known (image, at);
`;

const FEEDS = `
CREATE TABLE snapshot (
  feed TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  stored_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL,
  packed BLOB NOT NULL
) STRICT;
CREATE INDEX snapshot_line ON snapshot (feed, source, stored_at);
CREATE TABLE applied_snapshot (feed TEXT PRIMARY KEY, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

// What issuers of certificates answered about revocation. The bytes stand last: whoever counts does not read them.
const REVOCATION = `
CREATE TABLE revocation_answer (
  question TEXT PRIMARY KEY,
  this_update INTEGER NOT NULL,
  next_update INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
`;

// What is attached to an image: the deletion of a signature names the signature alone.
const ATTACHED = `
ALTER TABLE image ADD COLUMN attached TEXT NOT NULL DEFAULT '[]';
CREATE TABLE attached (
  digest TEXT NOT NULL,
  image INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  PRIMARY KEY (digest, image)
) STRICT, WITHOUT ROWID;
CREATE INDEX attached_image ON attached (image);
`;

// The last word of every place that reports what it runs, and the last pull of each image. An unmatched workload without a name stands under ''.
const USAGE = `
CREATE TABLE place (name TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE running (
  digest TEXT NOT NULL,
  place TEXT NOT NULL,
  workloads TEXT NOT NULL,
  PRIMARY KEY (digest, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX running_place ON running (place);
CREATE TABLE unmatched (
  place TEXT NOT NULL,
  name TEXT NOT NULL,
  workloads TEXT NOT NULL,
  PRIMARY KEY (place, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE pull (
  digest TEXT NOT NULL,
  repository TEXT NOT NULL,
  registry TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (digest, repository, registry)
) STRICT, WITHOUT ROWID;
CREATE INDEX pull_at ON pull (at);
`;

/** The nth entry leads from version n to n + 1. An entry is never edited once it was released: what changes is appended. */
export const MIGRATIONS: readonly string[] = [
  IMAGES + JOURNAL + QUEUE + REPORTS,
  EVIDENCE + FEEDS,
  RUNS,
  REVOCATION,
  ATTACHED,
  USAGE,
  ACTION_CAUSES,
  STANDING,
  HALT,
  UNDOS,
  EMERGENCY,
  BRAKE_LIMITS,
  PROPOSALS,
  BEARERS,
  RUN_NEWS,
  BEARS,
  SWEEPS,
  POSTURE,
];

/**
 * Brings the file to this program's schema, one transaction a step, so that a crash leaves it at one version or the next.
 * @throws AdapterError `unsupported` on a file of a newer program
 */
export function migrate(database: DatabaseSync): void {
  for (;;) {
    database.exec("BEGIN IMMEDIATE");
    try {
      // Read inside the transaction: another process may be doing the same.
      const version = whole(database.prepare("PRAGMA user_version").get(), "user_version");
      if (version > MIGRATIONS.length) throw tooNew(version);
      const step = MIGRATIONS[version];
      if (step !== undefined) database.exec(`${step}; PRAGMA user_version = ${version + 1}`);
      database.exec("COMMIT");
      if (step === undefined) return;
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
}

function tooNew(version: number): AdapterError {
  return new AdapterError("unsupported", `the store has schema ${version}, this program knows ${MIGRATIONS.length}`, {
    mend: "start the newer program, or restore the backup that was made before the upgrade",
  });
}
