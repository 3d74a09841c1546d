import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../domain/digest.ts";
import type { Instant } from "../../domain/time.ts";
import type { ReportStore } from "../../ports/findings-source.ts";
import type { Documents } from "./documents.ts";
import type { Stamps } from "./stamps.ts";

/** Bytes stand in JSON: packed, they cost what they hold. */
interface ReportDocument {
  readonly format: string;
  readonly digest: Digest;
  readonly storedAt: Instant;
  readonly putAt: number;
  readonly base64: string;
}

export function openReports(documents: Documents, stamps: Stamps): ReportStore {
  const hashOf = (digest: string) => `report#${digest}`;
  return {
    async put(image, format, bytes, at, scanner = "") {
      const digest = digestOf(bytes);
      const key = { pk: hashOf(image.digest), sk: JSON.stringify([format, scanner]) };
      await documents.change(key.pk, async (change) => {
        const before = await change.get<ReportDocument>(key);
        // A report that is older than the stored one changes nothing: deliveries overtake each other.
        if (before !== undefined && (at < before.storedAt || digest === before.digest)) return;
        const putAt = before?.putAt ?? stamps();
        const report: ReportDocument = { format, digest, storedAt: at, putAt, base64: Buffer.from(bytes).toString("base64") };
        change.put(key, report);
      });
      return digest;
    },
    async list(digest) {
      const found: ReportDocument[] = [];
      for await (const { body } of documents.list<ReportDocument>({ hash: hashOf(digest) })) found.push(body);
      return found
        .toSorted((one, other) => other.storedAt - one.storedAt || other.putAt - one.putAt)
        .map((each) => ({
          format: each.format,
          bytes: Buffer.from(each.base64, "base64"),
          digest: each.digest,
          storedAt: each.storedAt,
        }));
    },
  };
}

export function digestOf(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
}
