import type { DatabaseSync } from "node:sqlite";
import { type ImageKey, parseRegistryHost } from "../../domain/image-ref.ts";
import type { Standing } from "../../domain/take-over.ts";
import type { RegistryCounts, StandingStore } from "../../ports/standing-store.ts";
import { body, type Row, text, textOrNone, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

export function openStandings(database: DatabaseSync, writer: Writer): StandingStore {
  const all = database.prepare("SELECT registry, body FROM standing ORDER BY registry");
  const find = database.prepare("SELECT body FROM standing WHERE registry = ?");
  const save = database.prepare("INSERT OR REPLACE INTO standing (registry, body) VALUES (?, ?)");
  const clear = database.prepare("DELETE FROM shown WHERE registry = ?");
  const show = database.prepare("INSERT OR IGNORE INTO shown (registry, repository, digest) VALUES (?, ?, ?)");
  const isShown = database.prepare("SELECT 1 FROM shown WHERE registry = ? AND repository = ? AND digest = ?");
  const counts = database.prepare(
    `SELECT verdict, ${FINDINGS} AS findings, count(*) AS images FROM image WHERE registry = ? AND ${PRESENCE} = 'present' GROUP BY 1, 2`,
  );

  const replaceShown = (registry: string, images: readonly ImageKey[]): void => {
    clear.run(registry);
    for (const { repository, digest } of images) show.run(registry, repository, digest);
  };

  return {
    async all() {
      return new Map(all.all().map((row) => [parseRegistryHost(text(row, "registry")), body<Standing>(row, "body")]));
    },
    change: (registry, change, shown) =>
      writer.write("power-cut", () => {
        const row = find.get(registry);
        const before = row === undefined ? undefined : body<Standing>(row, "body");
        const after = change(before);
        if (after === undefined) return before;
        save.run(registry, JSON.stringify(after));
        if (shown !== undefined) replaceShown(registry, shown);
        return after;
      }),
    async shown(images) {
      return images.filter(({ registry, repository, digest }) => isShown.get(registry, repository, digest) !== undefined);
    },
    async counts(registry) {
      return countsOf(counts.all(registry));
    },
  };
}

/** As the index on images has them: counting reads no record. */
const PRESENCE = "json_extract(body, '$.presence')";
const FINDINGS = "json_extract(body, '$.evidence.findings.kind')";

function countsOf(rows: readonly Row[]): RegistryCounts {
  const sum = (of: (row: Row) => boolean): number => rows.filter(of).reduce((total, row) => total + whole(row, "images"), 0);
  const judged = (kind: string): number => sum((row) => textOrNone(row, "verdict") === kind);
  return {
    images: sum(() => true),
    verdicts: { compliant: judged("compliant"), violating: judged("violating"), indeterminate: judged("indeterminate") },
    withoutFindings: sum((row) => textOrNone(row, "findings") === "absent"),
  };
}
