import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instant } from "../../shared/domain/time.ts";
import { importBinauthzPolicy, printImported } from "../../shared/policy/binauthz/import.ts";
import { parsePolicy } from "../../shared/policy/document.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
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
      { seed: SEED, numRuns: 500 },
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
      { seed: SEED, numRuns: 500 },
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
      { seed: SEED, numRuns: 500 },
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
  const whole = made.map((each) => ({ ...each, certificate: certificateOf(each.key), text: armored("PGP MESSAGE", each.message) }));

  it("a message counts only with the content that was signed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.boolean(), edits, ({ certificate, message, packed }, isPacked, changes) => {
        const damaged = edited(isPacked ? packed : message, changes);
        const verified = orRefused(() => verifyMessage(armored("PGP MESSAGE", damaged), certificate, NOW));
        expect(verified?.kind !== "good" || content.equals(verified.content)).toBe(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("a key lives no longer for being damaged, and signs nothing that it did not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...whole), edits, ({ key, certificate, text }, changes) => {
        const damaged = orRefused(() => certificateOf(edited(key, changes)));
        const verified = damaged === undefined ? undefined : orRefused(() => verifyMessage(text, damaged, NOW));
        const before = verifyMessage(text, certificate, NOW);
        expect(verified?.kind !== "good" || (before.kind === "good" && verified.endsAt === before.endsAt)).toBe(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("any bytes in armor, and any text, are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, text) => {
        expect(orRefused(() => certificateOf(bytes))).toBeUndefined();
        expect(orRefused(() => readCertificate(text))).toBeUndefined();
        for (const { certificate } of whole.slice(0, 1))
          expect(orRefused(() => verifyMessage(armored("PGP MESSAGE", bytes), certificate, NOW))).toBeUndefined();
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe("a policy of Binary Authorization is refused, or gives a draft that our own parser takes", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "REQUIRE_ATTESTATION",
      "ALWAYS_DENY",
      "ALWAYS_ALLOW",
      "BLOCK_ALL",
      "LOW",
      "HIGH",
      "projects/p/attestors/a",
      "gcr.io/p/**",
    ),
    fc.string({ maxLength: 30 }),
  );
  const words = fc.array(word, { maxLength: 4 });
  const check = fc.record(
    {
      displayName: word,
      alwaysDeny: fc.boolean(),
      imageAllowlist: fc.record({ allowPattern: words }),
      trustedDirectoryCheck: fc.record({ trustedDirPatterns: words }),
      imageFreshnessCheck: fc.record({ maxUploadAgeDays: fc.oneof(fc.integer(), fc.double()) }),
      vulnerabilityCheck: fc.record({
        maximumFixableSeverity: word,
        maximumUnfixableSeverity: word,
        allowedCves: words,
        blockedCves: words,
      }),
      sigstoreSignatureCheck: fc.record({
        sigstoreAuthorities: fc.array(
          fc.record({ displayName: word, publicKeySet: fc.record({ publicKeys: fc.array(fc.record({ publicKeyPem: word })) }) }),
        ),
      }),
    },
    { requiredKeys: [] },
  );
  const document = fc.oneof(
    fc.record({
      name: word,
      defaultAdmissionRule: fc.record({ evaluationMode: word, enforcementMode: word, requireAttestationsBy: words }),
      admissionWhitelistPatterns: fc.array(fc.record({ namePattern: word }), { maxLength: 3 }),
    }),
    fc.record({
      name: word,
      gkePolicy: fc.record({ checkSets: fc.array(fc.record({ checks: fc.array(check, { maxLength: 3 }) }), { maxLength: 2 }) }),
    }),
    fc.object(),
  );

  /** Places of problems that are not in the file that was given; all else than a list of problems is thrown. */
  function strayPlaces(given: unknown): readonly string[] {
    try {
      const { policy } = importBinauthzPolicy(JSON.stringify(given), "google.json");
      if (policy !== undefined) parsePolicy(printImported(policy), "policy.yaml", "v");
      return [];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return error.problems.map(({ place }) => place).filter((place) => !place.startsWith("google.json"));
    }
  }

  it("whatever stands in it", () => {
    fc.assert(
      fc.property(document, (given) => {
        expect(strayPlaces(given)).toEqual([]);
      }),
      { seed: SEED, numRuns: 750 },
    );
  });
});
