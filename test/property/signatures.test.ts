import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignatureCode } from "../../shared/domain/evidence.ts";
import { readBundle } from "../../shared/signatures/cosign/bundle.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../shared/signatures/cosign/verify-payload.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE, OTHER_IMAGE, payloadOf, signedPayload, statementOf, trusting } from "../fixtures/cosign.ts";
import { edited } from "../fixtures/damage.ts";

const SEED = 20_261_121;
const signer = ecSigner("prime256v1");
const expected = trusting(signer);
const bundle = bytesOf(bundleOf(signer));
const signed = signedPayload(signer, payloadOf(IMAGE));

const CODES: readonly (SignatureCode | undefined)[] = [
  "ok",
  "malformed",
  "unsupported",
  "too-large",
  "signature-invalid",
  "identity-mismatch",
  "digest-mismatch",
  "predicate-mismatch",
  undefined,
];

// Bits, bytes and pieces of the grammar, anywhere: what damage and what attackers make of a text.
const PIECES = [
  '"',
  ",",
  "{",
  "}",
  "[",
  "]",
  ":",
  "null",
  "0",
  "-1",
  "1e999",
  "\\u0000",
  '"sig":"AA=="',
  '"payload":""',
  '"__proto__":{}',
  "\ud800",
  "=",
  "A",
  "\ufeff",
];
const put = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.constantFrom(...PIECES).map((piece) => new Uint8Array(Buffer.from(piece))),
);
const edits = fc.array(fc.record({ at: fc.nat(), cut: fc.oneof(fc.constant(0), fc.nat({ max: 4 }), fc.nat({ max: 200 })), put }), {
  minLength: 1,
  maxLength: 3,
});

/** The bytes that a bundle's signature covers; a bundle that was accepted can be read. */
function payloadIn(bytes: Uint8Array): Buffer {
  const { content } = readBundle(bytes);
  return Buffer.from(content.kind === "envelope" ? content.payload : []);
}

describe("damaged signatures end in a code, and none is accepted that a trusted key did not make", () => {
  it("a bundle counts only with the payload that was signed", () => {
    const payload = payloadIn(bundle);
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(bundle, changes);
        const code = verifyBundle(damaged, expected)?.code;
        expect(CODES).toContain(code);
        expect(code !== "ok" || payloadIn(damaged).equals(payload)).toBe(true);
      }),
      { seed: SEED, numRuns: 4_000 },
    );
  });

  it("a payload of the older form counts only as it was signed", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const payload = edited(signed.payload, changes);
        fc.pre(!payload.equals(signed.payload));
        expect(verifyPayload({ ...signed, payload }, expected).code).toBe("signature-invalid");
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("a signature counts only as it was made", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const signature = edited(Buffer.from(signed.signature), changes).toString("latin1");
        fc.pre(signature !== signed.signature);
        expect(["malformed", "signature-invalid"]).toContain(verifyPayload({ ...signed, signature }, expected).code);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("a genuine payload with other content counts only for the image it is about", () => {
    const documents = [statementOf(IMAGE), statementOf(OTHER_IMAGE), payloadOf(IMAGE)].map(bytesOf);
    // The key signs whatever comes out: only the reading of the content stands between this and a verdict.
    fc.assert(
      fc.property(fc.constantFrom(...documents), edits, (document, changes) => {
        const text = edited(document, changes).toString("latin1");
        const code = verifyBundle(bytesOf(bundleOf(signer, text)), expected)?.code;
        expect(CODES).toContain(code);
        expect(code !== "ok" || text.includes(IMAGE.slice("sha256:".length))).toBe(true);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("any JSON at all ends in a code, and is not accepted", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const code = verifyBundle(bytesOf(text), expected)?.code;
        expect(code).toBe("malformed");
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
