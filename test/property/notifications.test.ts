import fc from "fast-check";
import { expect, test } from "vitest";
import { isDigest } from "../../shared/domain/digest.ts";
import { isRepository, isTag } from "../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";
import { oci } from "../../shared/providers/oci/index.ts";
import { digestOf, NOW } from "../fixtures/records.ts";

const anything = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string()), fc.dictionary(fc.string(), fc.string()));
/** Mostly right, so that what comes after a member is reached as well. */
const mostly = (...right: readonly unknown[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: anything });
const members = (record: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof({ weight: 6, arbitrary: fc.record(record, { requiredKeys: [] }) }, { weight: 1, arbitrary: anything });
const event = members({
  id: mostly("1"),
  action: mostly("push", "delete"),
  timestamp: mostly("2026-11-21T11:00:00Z", "0001-01-01T00:00:00Z"),
  target: members({
    repository: mostly("shop/api"),
    digest: mostly(digestOf("x"), "", "sha256:EXAMPLE"),
    tag: mostly("1.0", "", "-x"),
    mediaType: mostly(OCI_MANIFEST, "", "application/octet-stream"),
  }),
  request: members({ host: mostly("registry:5000") }),
  actor: members({ name: mostly("ci", "") }),
});

test("a decoder never throws, and what it tells can be asked for", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.record({ events: fc.array(event) }),
        fc.json().map((text) => JSON.parse(text)),
      ),
      (document) => {
        const decoded = oci.decoder.decode({ headers: {}, body: Buffer.from(JSON.stringify(document)), receivedAt: NOW });
        for (const told of decoded.kind === "events" ? decoded.events : []) {
          expect(isRepository(told.repository)).toBe(true);
          expect([told.digest, told.tag].some((name) => name !== undefined)).toBe(true);
          expect(told.digest === undefined || isDigest(told.digest)).toBe(true);
          expect(told.tag === undefined || isTag(told.tag)).toBe(true);
        }
      },
    ),
  );
});

test("a decoder never throws on bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (body) => {
      expect(["events", "malformed"]).toContain(oci.decoder.decode({ headers: {}, body, receivedAt: NOW }).kind);
    }),
  );
});
