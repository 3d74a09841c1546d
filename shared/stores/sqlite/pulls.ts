import type { DatabaseSync } from "node:sqlite";
import { parseImageKey } from "../../domain/image-ref.ts";
import { instant, parseDuration } from "../../domain/time.ts";
import type { UsageStore } from "../../ports/usage-store.ts";
import { text, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

/** A cluster that starts a hundred pods pulls a hundred times. */
const NOT_SOONER = parseDuration("1m");
const KEPT = parseDuration("90d");

export function openPulls(database: DatabaseSync, writer: Writer): Pick<UsageStore, "pulled" | "pulls" | "pullsToldSince"> {
  const last = database.prepare("SELECT at FROM pull WHERE digest = ? AND repository = ? AND registry = ?");
  const keep = database.prepare(
    `INSERT INTO pull (digest, repository, registry, at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET at = max(at, excluded.at)`,
  );
  const tell = database.prepare(
    "INSERT INTO pull_told (registry, since) VALUES (?, ?) ON CONFLICT DO UPDATE SET since = min(since, excluded.since)",
  );
  const told = database.prepare("SELECT since FROM pull_told WHERE registry = ?");
  const drop = database.prepare("DELETE FROM pull WHERE at < ?");
  const since = database.prepare(
    "SELECT * FROM pull WHERE digest IN (SELECT value FROM json_each(?)) AND at >= ? ORDER BY digest, repository, registry",
  );
  return {
    async pulled({ digest, repository, registry }, at) {
      const known = last.get(digest, repository, registry);
      if (known !== undefined && at < whole(known, "at") + NOT_SOONER) return;
      await writer.write("crash", () => {
        drop.run(at - KEPT);
        keep.run(digest, repository, registry, at);
        tell.run(registry, at);
      });
    },
    async pullsToldSince(registry) {
      const row = told.get(registry);
      return row === undefined ? undefined : instant(whole(row, "since"));
    },
    async pulls(digests, from) {
      return since.all(JSON.stringify(digests), from).map((row) => ({
        image: parseImageKey(`${text(row, "registry")}/${text(row, "repository")}@${text(row, "digest")}`),
        at: instant(whole(row, "at")),
      }));
    },
  };
}
