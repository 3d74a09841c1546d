// What asked for an action, and when it ended (what is open ends after all others); read out of the documents, so that each is written once.
export const ACTION_CAUSES = `
UPDATE action SET body = json_set(body, '$.cause', json('{}')) WHERE json_extract(body, '$.cause') IS NULL;
UPDATE image SET body = json_set(body, '$.pending.cause', json('{}'))
  WHERE json_extract(body, '$.pending') IS NOT NULL AND json_extract(body, '$.pending.cause') IS NULL;
ALTER TABLE action ADD COLUMN run TEXT GENERATED ALWAYS AS (json_extract(body, '$.cause.run')) VIRTUAL;
ALTER TABLE action ADD COLUMN policy TEXT GENERATED ALWAYS AS (json_extract(body, '$.cause.policy')) VIRTUAL;
ALTER TABLE action ADD COLUMN ended_at INTEGER GENERATED ALWAYS AS (coalesce(json_extract(outcome, '$.at'), 9007199254740991)) VIRTUAL;
CREATE INDEX action_run ON action (run, sequence) WHERE run IS NOT NULL;
CREATE INDEX action_policy ON action (policy, sequence) WHERE policy IS NOT NULL;
CREATE INDEX action_ended ON action (ended_at);
`;

// What a person asked to take back, and what became of each step.
export const UNDOS = `
CREATE TABLE undo (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  actor TEXT NOT NULL,
  plan TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  left_alone TEXT NOT NULL
) STRICT;
CREATE INDEX undo_plan ON undo (plan) WHERE ended_at IS NULL;
CREATE TABLE undo_step (
  undo INTEGER NOT NULL REFERENCES undo (number),
  place INTEGER NOT NULL,
  registry TEXT NOT NULL,
  repository TEXT NOT NULL,
  body TEXT NOT NULL,
  result TEXT,
  PRIMARY KEY (undo, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX undo_step_waits ON undo_step (undo, registry, repository, place) WHERE result IS NULL;
`;

// When a hold of a run was let through, for the count of an hour; and since when a registry tells of pulls, for silence to mean something.
export const BRAKE_LIMITS = `
ALTER TABLE run_image ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_image_at ON run_image (at) WHERE answer = 'go';
CREATE TABLE pull_told (registry TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO pull_told SELECT registry, min(at) FROM pull GROUP BY registry;
`;
