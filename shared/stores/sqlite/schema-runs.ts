// What had images judged again, and which of their holds were let through or wait for a person.
export const RUNS = `
CREATE TABLE run (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  cause TEXT NOT NULL,
  subject TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  stopped_at INTEGER,
  why TEXT,
  stopper TEXT,
  decided_at INTEGER,
  decided_by TEXT,
  replaced_by TEXT
) STRICT;
CREATE INDEX run_cause ON run (cause, number);
CREATE INDEX run_state ON run (state, number);
CREATE TABLE run_image (
  run INTEGER NOT NULL REFERENCES run (number),
  digest TEXT NOT NULL,
  repository TEXT NOT NULL,
  registry TEXT NOT NULL,
  answer TEXT NOT NULL,
  reasons TEXT NOT NULL,
  PRIMARY KEY (run, digest, repository, registry)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_answer ON run_image (run, answer);
`;

// What happened in a run and no summary has told yet. Rows go with the telling.
export const RUN_NEWS = `
CREATE TABLE run_news (
  run TEXT NOT NULL,
  news TEXT NOT NULL,
  place TEXT NOT NULL,
  count INTEGER NOT NULL,
  images TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (run, news, place)
) STRICT, WITHOUT ROWID;
ALTER TABLE run ADD COLUMN is_alerted INTEGER NOT NULL DEFAULT 0;
`;
