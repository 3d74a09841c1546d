import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import { instant } from "../../domain/time.ts";
import type { ReportStore } from "../../ports/findings-source.ts";
import { blob, text, whole } from "./row.ts";
import type { Writer } from "./writer.ts";

export function openReports(database: DatabaseSync, writer: Writer): ReportStore {
  // A report that is older than the stored one changes nothing: deliveries overtake each other.
  const put = database.prepare(
    `INSERT INTO report (subject, format, scanner, digest, stored_at, bytes) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (subject, format, scanner) DO UPDATE SET digest = excluded.digest, stored_at = excluded.stored_at, bytes = excluded.bytes
     WHERE excluded.stored_at >= stored_at AND excluded.digest <> digest`,
  );
  const list = database.prepare(
    "SELECT format, digest, stored_at, bytes FROM report WHERE subject = ? ORDER BY stored_at DESC, rowid DESC",
  );
  return {
    async put(image, format, bytes, at, scanner = "") {
      const digest = digestOf(bytes);
      await writer.write("power-cut", () => put.run(image.digest, format, scanner, digest, at, bytes));
      return digest;
    },
    async list(digest) {
      return list.all(digest).map((row) => ({
        format: text(row, "format"),
        bytes: blob(row, "bytes"),
        digest: parseDigest(text(row, "digest")),
        storedAt: instant(whole(row, "stored_at")),
      }));
    },
  };
}

function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}
