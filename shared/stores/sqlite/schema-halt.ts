// One row while the gate is halted, none while it goes.
export const HALT = `
CREATE TABLE halt (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  since INTEGER NOT NULL,
  by_whom TEXT NOT NULL
) STRICT;
`;

// Acts that wait for a second person, and what became of them.
export const PROPOSALS = `
CREATE TABLE proposal (
  number INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  decided_at INTEGER,
  decided_by TEXT
) STRICT;
CREATE INDEX proposal_state ON proposal (state, number);
`;
