import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { at, digestOf, NOW } from "../fixtures/records.ts";
import type { WithStore } from "./store.ts";

const IMAGE = { digest: digestOf("a") };

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The rules of `ReportStore` in `ports/findings-source.ts`; every store keeps them. */
export function reportStoreContract(withStore: WithStore): void {
  test("a report is given back byte for byte, named by the digest of its bytes", () =>
    withStore(async ({ reports }) => {
      const report = Uint8Array.from({ length: 300 }, (_, place) => place % 256);
      const digest = await reports.put(IMAGE, "trivy", report, NOW);
      expect(digest).toBe(`sha256:${createHash("sha256").update(report).digest("hex")}`);
      const [stored, ...more] = await reports.list(IMAGE.digest);
      expect({ ...stored, bytes: Buffer.from(stored?.bytes ?? []) }).toEqual({
        format: "trivy",
        digest,
        storedAt: NOW,
        bytes: Buffer.from(report),
      });
      expect(more).toEqual([]);
      expect(await reports.list(digestOf("b"))).toEqual([]);
    }));

  test("the same report put twice is one report", () =>
    withStore(async ({ reports }) => {
      await Promise.all([reports.put(IMAGE, "trivy", bytes("{}"), NOW), reports.put(IMAGE, "trivy", bytes("{}"), at(1))]);
      expect(await reports.list(IMAGE.digest)).toHaveLength(1);
    }));

  test("a later report replaces the one of the same format and scanner, an older one does not", () =>
    withStore(async ({ reports }) => {
      await reports.put(IMAGE, "sarif", bytes("first"), at(10), "grype");
      await reports.put(IMAGE, "sarif", bytes("second"), at(20), "grype");
      await reports.put(IMAGE, "sarif", bytes("overtaken"), at(5), "grype");
      await reports.put(IMAGE, "sarif", bytes("another scanner"), at(15), "trivy");
      await reports.put(IMAGE, "trivy", bytes("another format"), at(30));
      const texts = (await reports.list(IMAGE.digest)).map((report) => Buffer.from(report.bytes).toString());
      expect(texts).toEqual(["another format", "second", "another scanner"]);
    }));
}
