import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import { instant } from "../../domain/time.ts";
import type { FeedStore, StoredSnapshot } from "../../ports/feed-store.ts";
import { blob, type Row, text, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

export function openFeedSnapshots(database: DatabaseSync, writer: Writer): FeedStore {
  const { packed, newest, touch, insert, applied, apply, unapply, prune } = prepare(database);
  return {
    async put(feed, source, { bytes, madeAt }, at) {
      const digest = digestOf(bytes);
      const small = gzipSync(bytes);
      await writer.write("power-cut", () => {
        const last = newest.get(feed, source, at);
        if (last !== undefined && text(last, "digest") === digest) touch.run(at, feed, source, digest);
        else insert.run(feed, source, digest, madeAt, at, at, small);
      });
      return digest;
    },
    async newest(feed, source, asOf) {
      return snapshotOf(newest.get(feed, source, asOf ?? Number.MAX_SAFE_INTEGER));
    },
    async bytes(feed, digest) {
      const row = packed.get(feed, digest);
      // Packed by this store, from bytes whose size was held when they were read.
      return row === undefined ? undefined : gunzipSync(blob(row, "packed"));
    },
    async applied(feed) {
      const row = applied.get(feed);
      return row === undefined ? undefined : parseDigest(text(row, "digest"));
    },
    apply: async (feed, digest) =>
      writer.write("crash", () => {
        if (digest === undefined) unapply.run(feed);
        else apply.run(feed, digest);
      }),
    prune: async (before) => writer.write("crash", () => void prune.run(before)),
  };
}

function prepare(database: DatabaseSync) {
  return {
    packed: database.prepare("SELECT packed FROM snapshot WHERE feed = ? AND digest = ? LIMIT 1"),
    newest: database.prepare(
      "SELECT digest, made_at, stored_at, checked_at FROM snapshot WHERE feed = ? AND source = ? AND stored_at <= ? ORDER BY stored_at DESC, rowid DESC LIMIT 1",
    ),
    touch: database.prepare("UPDATE snapshot SET checked_at = ? WHERE feed = ? AND source = ? AND digest = ?"),
    insert: database.prepare(
      "INSERT INTO snapshot (feed, source, digest, made_at, stored_at, checked_at, packed) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    applied: database.prepare("SELECT digest FROM applied_snapshot WHERE feed = ?"),
    apply: database.prepare("INSERT OR REPLACE INTO applied_snapshot (feed, digest) VALUES (?, ?)"),
    unapply: database.prepare("DELETE FROM applied_snapshot WHERE feed = ?"),
    // The last look at it is when it went out of use.
    prune: database.prepare(
      `DELETE FROM snapshot WHERE checked_at < ? AND digest NOT IN (SELECT digest FROM applied_snapshot)
       AND stored_at < (SELECT max(stored_at) FROM snapshot AS later WHERE later.feed = snapshot.feed AND later.source = snapshot.source)`,
    ),
  };
}

function snapshotOf(row: Row | undefined): StoredSnapshot | undefined {
  if (row === undefined) return undefined;
  return {
    digest: parseDigest(text(row, "digest")),
    madeAt: instant(whole(row, "made_at")),
    storedAt: instant(whole(row, "stored_at")),
    checkedAt: instant(whole(row, "checked_at")),
  };
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}
