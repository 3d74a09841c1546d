import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignatureCode } from "../../shared/domain/evidence.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { matches, readSigner } from "../../shared/signatures/sigstore/identity.ts";
import { parseTrustedRoot } from "../../shared/signatures/sigstore/root.ts";
import { verifyStamp } from "../../shared/signatures/sigstore/timestamp.ts";
import { readCertificate } from "../../shared/signatures/x509.ts";
import { bytesOf } from "../fixtures/cosign.ts";
import { edited } from "../fixtures/damage.ts";
import { act, goodBundle, type KeylessDocument, keylessBundle, makeInstance, rootOf, trustingInstance } from "../fixtures/sigstore.ts";
import { base64, logEntry, stamp, tileBody } from "../fixtures/sigstore-log.ts";

const SEED = 20_261_121;
const instance = makeInstance();
const trusted = trustingInstance(instance);
const first = goodBundle(instance);
const done = act(instance);
const token = stamp(instance.stamper, done.signature);
const second = keylessBundle(done, [logEntry(instance.tiles, tileBody(done))], [token]);
const root = parseTrustedRoot(JSON.stringify(rootOf(instance)));

const REFUSALS: readonly (SignatureCode | undefined)[] = [
  "malformed",
  "unsupported",
  "too-large",
  "signature-invalid",
  "identity-mismatch",
  "digest-mismatch",
  "predicate-mismatch",
  "untrusted-root",
  "expired",
  "not-yet-valid",
  "no-transparency-log",
  "no-timestamp",
  undefined,
];

const edits = fc.array(
  fc.record({ at: fc.nat(), cut: fc.oneof(fc.constant(0), fc.constant(1), fc.nat({ max: 40 })), put: fc.uint8Array({ maxLength: 3 }) }),
  { minLength: 1, maxLength: 3 },
);

type Place = readonly string[];

/** Every text of a document, by its place. */
function textsIn(value: unknown, place: Place = []): readonly Place[] {
  if (typeof value === "string") return [place];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, [...place, name]));
}

function put(value: unknown, [name, ...rest]: Place, change: (text: string) => string): unknown {
  if (name === undefined) return change(String(value));
  if (Array.isArray(value)) return value.map((item, at) => (`${at}` === name ? put(item, rest, change) : item));
  const members = Object.entries(value as object).map(([key, member]) => [key, key === name ? put(member, rest, change) : member]);
  return Object.fromEntries(members);
}

// What nobody signed and no verdict rests on: where a log of the second generation says that the entry is, and the form of a token's shell.
const isFree = (place: Place): boolean => (place.length === 4 && place[3] === "logIndex") || place.includes("signedTimestamp");

describe("damaged keyless signatures end in a code, and none is accepted (T55)", () => {
  it.each([
    ["of the first generation", first],
    ["of the second generation", second],
  ])("a byte changed, cut or put into any member of a bundle %s refuses it", (_what, document: KeylessDocument) => {
    const places = textsIn(document);
    fc.assert(
      fc.property(fc.constantFrom(...places), edits, (place, changes) => {
        let isSame = false;
        const damaged = put(document, place, (text) => {
          const binary = Buffer.from(text, "base64");
          const isBase64 = binary.toString("base64") === text && text.length > 8;
          const after = isBase64 ? base64(edited(binary, changes)) : edited(Buffer.from(text), changes).toString("latin1");
          isSame = after === text;
          return after;
        });
        fc.pre(!isSame && (document === first || !isFree(place)));
        expect(REFUSALS).toContain(verifyBundle(bytesOf(damaged), trusted)?.code);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("bytes changed anywhere in the text of a bundle never make it count for another payload", () => {
    const bytes = bytesOf(first);
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(bytes, changes);
        const code = verifyBundle(damaged, trusted)?.code;
        expect(code === "ok" ? damaged.includes(first.dsseEnvelope.payload) : REFUSALS.includes(code)).toBe(true);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("a certificate is read or malformed, whatever its bytes", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        expect(outcomeOf(() => readSigner(readCertificate(edited(done.leaf.bytes, changes))))).toBeDefined();
      }),
      { seed: SEED, numRuns: 5_000 },
    );
  });

  it("a token whose bytes were changed never tells another time", () => {
    const told = verifyStamp(token, done.signature, root.timestampAuthorities);
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(token, changes);
        expect([true, "refused"]).toContain(outcomeOf(() => isSameOrRefused(damaged, told)));
      }),
      { seed: SEED, numRuns: 2_500 },
    );
  });

  it("a trusted root is read or malformed, whatever its text", () => {
    const text = JSON.stringify(rootOf(instance));
    fc.assert(
      fc.property(edits, (changes) => {
        expect(outcomeOf(() => parseTrustedRoot(edited(Buffer.from(text), changes).toString()))).toBeDefined();
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

/** What a reader answers; that it cannot read is an answer too, and every other error is a defect. */
function outcomeOf(judge: () => unknown): unknown {
  try {
    return judge();
  } catch (error) {
    if (error instanceof AdapterError && ["malformed", "too-large", "unsupported"].includes(error.code)) return "refused";
    throw error;
  }
}

/** Whether a changed token is refused or tells what the unchanged one told. */
function isSameOrRefused(damaged: Uint8Array, told: ReturnType<typeof verifyStamp>): boolean {
  const outcome = verifyStamp(damaged, done.signature, root.timestampAuthorities);
  return outcome.kind === "objection" || isDeepStrictEqual(outcome, told);
}

it("a pattern matches exactly what its pieces and any characters between them make", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const escaped = pattern.split("*").map((piece) => piece.replaceAll(".", "\\."));
      expect(matches({ kind: "pattern", value: pattern }, subject)).toBe(new RegExp(`^${escaped.join(".*")}$`, "s").test(subject));
    }),
    { seed: SEED, numRuns: 2_500 },
  );
});
