/** Whether the gate may act in a registry. Those that an older program has watched are in charge: it did not ask. */
export const STANDING = `
CREATE TABLE standing (registry TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE shown (
  registry TEXT NOT NULL,
  repository TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (registry, repository, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_registry ON image (registry, json_extract(body, '$.presence'), verdict, json_extract(body, '$.evidence.findings.kind'));
CREATE INDEX job_lane ON job (lane);
INSERT INTO standing
  SELECT DISTINCT registry, json_object('kind', 'in-charge', 'since', unixepoch() * 1000, 'how', 'known-before') FROM image;
`;
