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
