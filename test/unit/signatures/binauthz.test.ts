import { createHash } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { ATTESTOR_ALGORITHMS } from "../../../shared/domain/attestor-algorithm.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { decodeBytes } from "../../../shared/signatures/binauthz/bytes.ts";
import { judgeOccurrence } from "../../../shared/signatures/binauthz/judge.ts";
import { readKey } from "../../../shared/signatures/binauthz/keys.ts";
import {
  attestorOf,
  attestorSigner,
  bytesOf,
  codesOf,
  EXPECTED,
  IMAGE,
  OTHER_DIGEST,
  occurrence,
  occurrenceOf,
  payloadOf,
} from "../../fixtures/binauthz.ts";
import { armored, type CertificateDraft, MADE_AT, pgpCertificate, pgpKey, pgpMessage, SIGNED_AT } from "../../fixtures/openpgp.ts";

const signer = attestorSigner("EC_SIGN_P256_SHA256");
const stranger = attestorSigner("EC_SIGN_P256_SHA256");
const attestor = attestorOf(signer.key);

describe("an attestation counts", () => {
  it.each(ATTESTOR_ALGORITHMS)("when a key of %s made it", (algorithm) => {
    const made = attestorSigner(algorithm);
    expect(codesOf(occurrenceOf(made), attestorOf(made.key))).toEqual(["ok"]);
  });

  it("and is by the name that the policy gives its attestor", () => {
    expect(judgeOccurrence(occurrenceOf(signer), attestor, EXPECTED)).toMatchObject([{ code: "ok", identity: "ci" }]);
  });

  it("by a key without a name under the digest of the key (RFC 6920)", () => {
    const unnamed = attestorSigner("ECDSA_P256_SHA256", "");
    const { pem } = unnamed.key;
    const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const id = `ni:///sha-256;${createHash("sha256").update(der).digest("base64url")}`;
    const signatures = [{ publicKeyId: id, signature: unnamed.sign(bytesOf(payloadOf())).toString("base64") }];
    expect(codesOf(occurrenceOf(unnamed, payloadOf(), { signatures }), attestorOf(unnamed.key))).toEqual(["ok"]);
  });

  it("beside bad signatures of the same occurrence", () => {
    const signature = signer.sign(bytesOf(payloadOf())).toString("base64url");
    const signatures = [
      { publicKeyId: signer.key.id, signature: "AAAA" },
      { publicKeyId: "unknown", signature },
      { publicKeyId: signer.key.id, signature },
    ];
    expect(codesOf(occurrenceOf(signer, payloadOf(), { signatures }), attestor)).toEqual(["signature-invalid", "identity-mismatch", "ok"]);
  });

  it("and tells by which key, so that two attestors with one key count once", () => {
    const [first] = judgeOccurrence(occurrenceOf(signer), attestor, EXPECTED);
    const [second] = judgeOccurrence(occurrenceOf(signer), { ...attestor, name: "qa" }, EXPECTED);
    expect(first?.key).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(second).toMatchObject({ identity: "qa", key: first?.key });
  });

  it("with what else its signer said", () => {
    const payload = { ...payloadOf(), optional: { stage: "qa" } };
    expect(codesOf(occurrenceOf(signer, payload), attestor, { ...EXPECTED, annotations: { stage: "qa" } })).toEqual(["ok"]);
    expect(codesOf(occurrenceOf(signer, payload), attestor, { ...EXPECTED, annotations: { stage: "dev" } })).toEqual([
      "predicate-mismatch",
    ]);
  });
});

describe("T30: an attestation is for one image in one repository", () => {
  const elsewhere = { ...IMAGE, repository: parseRepository("acme/shop/other") };
  const otherHost = { ...IMAGE, registry: parseRegistryHost("us-docker.pkg.dev") };
  it.each([
    ["another repository", payloadOf(elsewhere), "scope-mismatch"],
    ["another registry", payloadOf(otherHost), "scope-mismatch"],
    ["another digest", payloadOf({ ...IMAGE, digest: OTHER_DIGEST }), "digest-mismatch"],
    ["cosign's type", payloadOf(IMAGE, "cosign container image signature"), "malformed"],
    ["the type of the format that it comes from", payloadOf(IMAGE, "atomic container signature"), "malformed"],
  ])("signed for %s it does not count", (_, payload, code) => {
    expect(codesOf(occurrenceOf(signer, payload), attestor)).toEqual([code]);
  });

  it.each([
    ["a digest twice", JSON.stringify(payloadOf()).replace('"image":{', `"image":{"docker-manifest-digest":"${OTHER_DIGEST}",`)],
    [
      "a digest in other letter case",
      JSON.stringify(payloadOf()).replace('"image":{', `"image":{"Docker-Manifest-Digest":"${OTHER_DIGEST}",`),
    ],
    ["no JSON", "critical"],
    ["a member more", JSON.stringify({ ...payloadOf(), more: 1 })],
  ])("with %s it is malformed", (_, payload) => {
    expect(codesOf(occurrenceOf(signer, payload), attestor)).toEqual(["malformed"]);
  });

  it("does not count where its occurrence is on another resource", () => {
    const resourceUri = `https://europe-docker.pkg.dev/acme/shop/api@${OTHER_DIGEST}`;
    expect(codesOf({ ...occurrenceOf(signer), resourceUri }, attestor)).toEqual(["scope-mismatch"]);
    expect(codesOf({ ...occurrenceOf(signer), resourceUri: "europe-docker.pkg.dev/acme/shop/api" }, attestor)).toEqual(["scope-mismatch"]);
  });

  it("does not count where its occurrence is on the note of another attestor", () => {
    expect(codesOf({ ...occurrenceOf(signer), noteName: "projects/acme/notes/qa" }, attestor)).toEqual(["untrusted-root"]);
  });
});

describe("T31: an attestation that nobody has signed is none", () => {
  const serializedPayload = bytesOf(payloadOf()).toString("base64");
  it.each([
    ["no signatures", { serializedPayload }, ["malformed"]],
    ["an empty list", { serializedPayload, signatures: [] }, ["malformed"]],
    ["a JWT instead", { serializedPayload, jwts: [{ compactJwt: "e30.e30." }] }, ["unsupported"]],
    ["an empty signature", { serializedPayload, signatures: [{ publicKeyId: signer.key.id, signature: "" }] }, ["malformed"]],
    ["a signature of nothing", { signatures: [{ publicKeyId: signer.key.id, signature: "AAAA" }] }, ["malformed"]],
  ])("with %s", (_, attestation, codes) => {
    expect(codesOf(occurrence(attestation), attestor)).toEqual(codes);
  });

  it("nor is an occurrence of another kind", () => {
    expect(codesOf({ ...occurrenceOf(signer), kind: "DSSE_ATTESTATION" }, attestor)).toEqual(["unsupported"]);
  });
});

describe("T13: who signed is decided by keys, and names are hints", () => {
  it("a stranger's signature under the trusted key's name does not count", () => {
    expect(codesOf(occurrenceOf(stranger), attestor)).toEqual(["signature-invalid"]);
  });

  it("a trusted key's signature under another name does not count", () => {
    const other = { ...signer, key: { ...signer.key, id: `${signer.key.id}0` } };
    expect(codesOf(occurrenceOf(other), attestor)).toEqual(["identity-mismatch"]);
  });

  it("the right one of two keys of one name is found", () => {
    expect(codesOf(occurrenceOf(stranger), attestorOf(signer.key, stranger.key))).toEqual(["ok"]);
  });
});

describe("T37: an algorithm is what the attestor's key says, never what a signature would like", () => {
  const p384 = attestorSigner("ECDSA_P384_SHA384");
  const rsa = attestorSigner("RSA_SIGN_PKCS1_2048_SHA256");
  it.each([
    ["ECDSA P-256 with a key on P-384", { ...p384.key, algorithm: "ECDSA_P256_SHA256" }],
    ["RSA 4096 with a key of 2048 bits", { ...rsa.key, algorithm: "RSA_SIGN_PKCS1_4096_SHA256" }],
    ["ECDSA with an RSA key", { ...rsa.key, algorithm: "ECDSA_P256_SHA256" }],
    ["RSA with an ECDSA key", { ...p384.key, algorithm: "RSA_PSS_2048_SHA256" }],
    ["a private key", { ...p384.key, pem: "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----" }],
  ] as const)("%s is no usable key", (_, key) => {
    expect(readKey(key).kind).toBe("unusable");
    expect(codesOf(occurrenceOf(p384), attestorOf(key))).toEqual(["unsupported"]);
  });

  it.each([
    ["RSA_PSS_2048_SHA256", "RSA_SIGN_PKCS1_2048_SHA256"],
    ["RSA_SIGN_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA256"],
    ["RSA_SIGN_PKCS1_4096_SHA256", "RSA_SIGN_PKCS1_4096_SHA512"],
    ["RSA_PSS_4096_SHA512", "RSA_PSS_4096_SHA256"],
  ] as const)("a signature by %s is none by %s", (made, wanted) => {
    const maker = attestorSigner(made);
    expect(codesOf(occurrenceOf(maker), attestorOf({ ...maker.key, algorithm: wanted }))).toEqual(["signature-invalid"]);
  });
});

describe("bytes in JSON are base64 of either alphabet", () => {
  test.each(["-_-_", "+/+/", "-_8=", "-_8", "+/8="])("%s is read", (text) => {
    expect(decodeBytes(text)?.toString("base64url")).toBe(text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""));
  });
  test.each(["", "+_8=", "A", "AB==C", "AB=", "AB", "A B=", "AAA=="])("%j is refused", (text) => {
    expect(decodeBytes(text)).toBeUndefined();
  });
});

describe("an OpenPGP key of an attestor", () => {
  const key = pgpKey("EdDSA");
  const subkey = pgpKey("RSA");
  const armoredKey = armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key, { subkey, livesFor: 400 }));
  const owner = attestorOf({ kind: "pgp", armored: armoredKey });
  const attested = (payload: object, id = key.fingerprint, beside: object | undefined = payload, by = subkey): object => {
    const signature = Buffer.from(armored("PGP MESSAGE", pgpMessage(by, bytesOf(payload)))).toString("base64");
    const serializedPayload = beside === undefined ? "" : bytesOf(beside).toString("base64");
    return occurrence({ serializedPayload, signatures: [{ publicKeyId: id, signature }] });
  };

  it("attests with its subkey, under its own fingerprint, until it ends, and by its word alone for the time", () => {
    expect(judgeOccurrence(attested(payloadOf()), owner, EXPECTED)).toMatchObject([
      {
        code: "ok",
        identity: "ci",
        signedAt: { at: SIGNED_AT * 1000, by: "signer" },
        madeAfter: { at: SIGNED_AT * 1000, by: "signer" },
        goodUntil: (MADE_AT + 400 * 86_400) * 1000,
      },
    ]);
    expect(codesOf(attested(payloadOf(), `openpgp4fpr:${key.fingerprint.toLowerCase()}`), owner)).toEqual(["ok"]);
  });

  it("is not named by the fingerprint of its subkey", () => {
    expect(codesOf(attested(payloadOf(), subkey.fingerprint), owner)).toEqual(["identity-mismatch"]);
  });

  it("counts with the payload in its message alone where none stands beside it, and with no other", () => {
    expect(codesOf(attested(payloadOf(), key.fingerprint, undefined), owner)).toEqual(["ok"]);
    const other = payloadOf({ ...IMAGE, digest: OTHER_DIGEST });
    expect(codesOf(attested(other, key.fingerprint, payloadOf()), owner)).toEqual(["signature-invalid"]);
    expect(codesOf(attested(payloadOf(), key.fingerprint, other), owner)).toEqual(["signature-invalid"]);
    expect(codesOf(attested(other), owner)).toEqual(["digest-mismatch"]);
  });

  it("does not count when it is a stranger's, has been taken back or has expired", () => {
    const withKey = (draft: CertificateDraft): ReturnType<typeof attestorOf> =>
      attestorOf({ kind: "pgp", armored: armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key, { subkey, ...draft })) });
    expect(codesOf(attested(payloadOf(), key.fingerprint, undefined, pgpKey("EdDSA")), owner)).toEqual(["signature-invalid"]);
    expect(codesOf(attested(payloadOf()), withKey({ revoked: "key" }))).toEqual(["revoked"]);
    expect(codesOf(attested(payloadOf()), withKey({ livesFor: 300 }))).toEqual(["expired"]);
  });
});

test("an unreadable occurrence is a judgement, and says nothing of others", () => {
  for (const document of [undefined, null, 1, "x", [], {}, { ...occurrenceOf(signer), attestation: null }])
    expect(codesOf(document, attestor)).toEqual(["malformed"]);
});
