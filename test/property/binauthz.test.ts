import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant } from "../../shared/domain/time.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readAttestor } from "../../shared/signatures/binauthz/attestor.ts";
import { readExported } from "../../shared/signatures/binauthz/exported.ts";
import { judgeOccurrence } from "../../shared/signatures/binauthz/judge.ts";
import { readCertificate } from "../../shared/signatures/openpgp/certificate.ts";
import { verifyMessage } from "../../shared/signatures/openpgp/verify.ts";
import { attestorOf, attestorSigner, bytesOf, EXPECTED, occurrence, occurrenceOf, payloadOf } from "../fixtures/binauthz.ts";
import { edited } from "../fixtures/damage.ts";
import { armored, type PgpKey, pgpCertificate, pgpKey, pgpMessage } from "../fixtures/openpgp.ts";

const SEED = 20_261_121;
const NOW = instant(Date.parse("2026-11-21T08:00:00Z"));
const PIECES = ['"', ",", "{", "}", "null", '"image":', "A", "=", "\n", "\u0000", "\u00ff", "\u0099", "\u00ff\u00ff\u00ff\u00ff"];
const put = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.constantFrom(...PIECES).map((piece) => new Uint8Array(Buffer.from(piece, "latin1"))),
);
const edits = fc.array(fc.record({ at: fc.nat(), cut: fc.oneof(fc.constant(0), fc.nat({ max: 4 }), fc.nat({ max: 100 })), put }), {
  minLength: 1,
  maxLength: 3,
});

/** What a reader gives, or `undefined` where it refused; any other error fails the test. */
function orRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

describe("damaged attestations end in a code, and none counts that was not signed so", () => {
  const signer = attestorSigner("EC_SIGN_P256_SHA256");
  const attestor = attestorOf(signer.key);
  const payload = bytesOf(payloadOf());

  it("a payload counts only as it was signed", () => {
    const signatures = [{ publicKeyId: signer.key.id, signature: signer.sign(payload).toString("base64") }];
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(payload, changes);
        fc.pre(!damaged.equals(payload));
        const [judgement] = judgeOccurrence(occurrence({ serializedPayload: damaged.toString("base64"), signatures }), attestor, EXPECTED);
        expect(["signature-invalid", "malformed"]).toContain(judgement?.code);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("a genuine payload with other content counts only for the image that it is about", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const text = edited(payload, changes).toString("latin1");
        const [judgement] = judgeOccurrence(occurrenceOf(signer, text), attestor, EXPECTED);
        const isWhole = text.includes(EXPECTED.image.digest) && text.includes(`${EXPECTED.image.registry}/${EXPECTED.image.repository}`);
        expect(judgement?.code !== "ok" || isWhole).toBe(true);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("any JSON in place of an occurrence, an attestor or an export is refused or read, and never counts", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const document: unknown = JSON.parse(text);
        expect(judgeOccurrence(document, attestor, EXPECTED).map(({ code }) => code)).toEqual(["malformed"]);
        expect(
          judgeOccurrence({ ...occurrenceOf(signer), attestation: document }, attestor, EXPECTED).every(({ code }) => code !== "ok"),
        ).toBe(true);
        expect(orRefused(() => readAttestor(document))).toBeUndefined();
        orRefused(() => readExported(Buffer.from(text), "export"));
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});

describe("T55: damaged OpenPGP is refused, or says what was signed", () => {
  const keys: readonly PgpKey[] = [pgpKey("EdDSA"), pgpKey("ECDSA P-256"), pgpKey("RSA")];
  const content = bytesOf(payloadOf());
  const made = keys.map((key) => ({
    key: pgpCertificate(key, { subkey: pgpKey("Ed25519"), livesFor: 400 }),
    message: pgpMessage(key, content, { compression: "none" }),
    packed: pgpMessage(key, content),
  }));
  const certificateOf = (bytes: Uint8Array) => readCertificate(armored("PGP PUBLIC KEY BLOCK", bytes));

  it("a message counts only with the content that was signed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...made), fc.boolean(), edits, ({ key, message, packed }, isPacked, changes) => {
        const damaged = edited(isPacked ? packed : message, changes);
        const verified = orRefused(() => verifyMessage(armored("PGP MESSAGE", damaged), certificateOf(key), NOW));
        expect(verified?.kind !== "good" || content.equals(verified.content)).toBe(true);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("a key lives no longer for being damaged, and signs nothing that it did not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...made), edits, ({ key, message }, changes) => {
        const certificate = orRefused(() => certificateOf(edited(key, changes)));
        const text = armored("PGP MESSAGE", message);
        const verified = certificate === undefined ? undefined : orRefused(() => verifyMessage(text, certificate, NOW));
        const whole = verifyMessage(text, certificateOf(key), NOW);
        expect(verified?.kind !== "good" || (whole.kind === "good" && verified.endsAt === whole.endsAt)).toBe(true);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("any bytes in armor, and any text, are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, text) => {
        expect(orRefused(() => certificateOf(bytes))).toBeUndefined();
        expect(orRefused(() => readCertificate(text))).toBeUndefined();
        const [{ key } = made[0] ?? { key: bytes }] = made;
        const certificate = certificateOf(key);
        expect(orRefused(() => verifyMessage(armored("PGP MESSAGE", bytes), certificate, NOW))).toBeUndefined();
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});
