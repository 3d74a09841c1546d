// One row while the gate is halted, none while it goes.
export const HALT = `
CREATE TABLE halt (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  since INTEGER NOT NULL,
  by_whom TEXT NOT NULL
) STRICT;
`;
