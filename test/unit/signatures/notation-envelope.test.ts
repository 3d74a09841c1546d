import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyEnvelope } from "../../../shared/signatures/notation/verify.ts";
import { OTHER_IMAGE } from "../../fixtures/cosign.ts";
import {
  bytesOf,
  coseHeader,
  coseOf,
  type Entry,
  epoch,
  expecting,
  headerOf,
  type Jws,
  jwsOf,
  NOTARY,
  payloadOf,
  rawSign,
  signing,
} from "../../fixtures/notation.ts";
import { ecKeys } from "../../fixtures/x509.ts";

const made = signing();
const expected = expecting(made);
const CRIT = `${NOTARY}.signingScheme`;
const EXPIRY = `${NOTARY}.expiry`;
const AUTHENTIC = `${NOTARY}.authenticSigningTime`;

function codeOf(bytes: Uint8Array, mediaType = "application/jose+json", against = expected): string {
  const verified = verifyEnvelope(bytes, mediaType, against);
  if (verified.kind === "refused") return verified.judgement.code;
  return verified.failures[0]?.code ?? "ok";
}

const jws = (header: object | string, payload?: object | string): string => codeOf(bytesOf(jwsOf(made, header, payload)));
const cose = (...more: readonly Entry[]): string => codeOf(coseOf(made, coseHeader(...more)), "application/cose");
const changed = (change: (document: Jws) => void): string => {
  const document = jwsOf(made);
  change(document);
  return codeOf(bytesOf(document));
};

describe("a Notation envelope counts in exactly one form", () => {
  it("T33 takes the flattened form with its four members", () => {
    expect(jws(headerOf())).toBe("ok");
    expect(changed((document) => Object.assign(document.header, { other: { nested: [1] } }))).toBe("ok");
    expect(changed((document) => (document["signatures"] = []))).toBe("malformed");
    expect(codeOf(bytesOf({ payload: "e30", signatures: [{ protected: "e30", signature: "AA" }] }))).toBe("malformed");
    expect(codeOf(Buffer.concat([bytesOf(jwsOf(made)), Buffer.from(" x")]))).toBe("malformed");
  });

  it("T33 refuses base64url with padding, and bits that stand for nothing", () => {
    expect(changed((document) => (document.payload += "="))).toBe("malformed");
    expect(changed((document) => (document.signature = `${document.signature.slice(0, -1)}B`))).not.toBe("ok");
  });

  it("T54 refuses a protected member that stands twice", () => {
    const text = JSON.stringify(headerOf());
    expect(jws(`{"cty":"x",${text.slice(1)}`)).toBe("malformed");
  });

  it("T33 takes COSE only with its tag, and with nothing behind it", () => {
    const bytes = coseOf(made);
    expect(codeOf(bytes, "application/cose")).toBe("ok");
    expect(codeOf(bytes.subarray(1), "application/cose")).toBe("malformed");
    expect(codeOf(Buffer.concat([bytes, Buffer.of(0)]), "application/cose")).toBe("malformed");
  });

  it("T39 refuses another media type, and a form under the other's media type", () => {
    expect(codeOf(coseOf(made), "application/jose+json")).toBe("malformed");
    expect(codeOf(coseOf(made), "application/octet-stream")).toBe("unsupported");
  });

  it("T51 refuses an envelope of more than 1 MiB before it is read", () => {
    expect(codeOf(Buffer.alloc(1024 * 1024 + 1), "application/cose")).toBe("too-large");
    expect(codeOf(Buffer.alloc(1024 * 1024 + 1))).toBe("too-large");
  });
});

describe("the key decides the algorithm", () => {
  it.each(["none", "HS256", "RS256", "ES384", "PS256", "EdDSA"])("T37 refuses %s for a P-256 key", (alg) => {
    expect(jws(headerOf({ alg }))).toBe("unsupported");
  });

  it.each([-35, -37, -8, 5])("T37 refuses the COSE algorithm %i for a P-256 key", (alg) => {
    expect(cose([1, alg])).toBe("unsupported");
  });

  it.each([
    ["secp384r1", "ES384", -35],
    ["secp521r1", "ES512", -36],
  ] as const)("T37 takes %s with %s", (curve, alg, label) => {
    const own = signing({ keys: ecKeys(curve) });
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg }))), "application/jose+json", expecting(own))).toBe("ok");
    expect(codeOf(coseOf(own, coseHeader([1, label])), "application/cose", expecting(own))).toBe("ok");
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg: "ES256" }))), "application/jose+json", expecting(own))).toBe("unsupported");
  });

  it("T37 takes RSA with PSS and with as many bits as the algorithm asks for", () => {
    const own = signing({ keys: generateKeyPairSync("rsa", { modulusLength: 2048 }) });
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg: "PS256" }))), "application/jose+json", expecting(own))).toBe("ok");
    expect(codeOf(coseOf(own, coseHeader([1, -37])), "application/cose", expecting(own))).toBe("ok");
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg: "PS384" }))), "application/jose+json", expecting(own))).toBe("unsupported");
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg: "RS256" }))), "application/jose+json", expecting(own))).toBe("unsupported");
  });

  it("T37 refuses keys that are too weak or odd", () => {
    const own = signing({ keys: generateKeyPairSync("rsa", { modulusLength: 1024 }) });
    expect(codeOf(bytesOf(jwsOf(own, headerOf({ alg: "PS256" }))), "application/jose+json", expecting(own))).toBe("unsupported");
  });

  it("T37 refuses an ECDSA signature in DER", () => {
    expect(
      changed((document) => {
        const der = Buffer.from("3006020101020101", "hex");
        document.signature = der.toString("base64url");
      }),
    ).toBe("signature-invalid");
  });
});

describe("critical attributes", () => {
  it("T38 must name the signing scheme", () => {
    expect(jws(headerOf({ crit: ["other"], other: "x" }))).toBe("malformed");
    expect(jws(headerOf({ crit: undefined }))).toBe("malformed");
    expect(jws(headerOf({ crit: [] }))).toBe("malformed");
    expect(jws(headerOf({ crit: [CRIT, CRIT] }))).toBe("malformed");
    expect(cose([2, []])).toBe("malformed");
  });

  it("T38 must be there when they are named, and under the signature", () => {
    expect(jws(headerOf({ crit: [CRIT, EXPIRY] }))).toBe("malformed");
    expect(cose([2, [CRIT, EXPIRY]])).toBe("malformed");
    expect(cose([2, [CRIT, 1]])).toBe("malformed");
    const unprotected = headerOf({ [CRIT]: undefined });
    const document = jwsOf(made, unprotected);
    document.header[CRIT] = "notary.x509";
    expect(codeOf(bytesOf(document))).toBe("malformed");
  });

  it("T38 that nobody knows are refused, with a plugin or without", () => {
    expect(jws(headerOf({ crit: [CRIT, "com.example.odd"], "com.example.odd": 1 }))).toBe("unsupported");
    expect(jws(headerOf({ "com.example.odd": 1 }))).toBe("ok");
    expect(jws(headerOf({ crit: [CRIT, `${NOTARY}.verificationPlugin`], [`${NOTARY}.verificationPlugin`]: "aws" }))).toBe("unsupported");
  });

  it("T40 an expiry must be critical, after the signing, and not over", () => {
    const crit = [CRIT, EXPIRY];
    expect(jws(headerOf({ [EXPIRY]: "2027-01-01T00:00:00Z" }))).toBe("malformed");
    expect(jws(headerOf({ crit, [EXPIRY]: "2026-06-01T10:00:00Z" }))).toBe("malformed");
    expect(jws(headerOf({ crit, [EXPIRY]: "2027-01-01T00:00:00Z" }))).toBe("ok");
    expect(jws(headerOf({ crit, [EXPIRY]: "2026-11-21T12:00:00Z" }))).toBe("expired");
    expect(cose([2, crit], [EXPIRY, epoch("2026-11-21T12:00:00Z")])).toBe("expired");
    expect(cose([2, crit], [EXPIRY, 1_900_000_000])).toBe("malformed");
  });

  it("T38 a scheme has its own signing time and not the other's", () => {
    const authority = { [CRIT]: "notary.x509.signingAuthority", [`${NOTARY}.signingTime`]: undefined };
    const at = "2026-06-01T10:00:00Z";
    expect(jws(headerOf({ ...authority, crit: [CRIT, AUTHENTIC], [AUTHENTIC]: at }))).toBe("ok");
    expect(jws(headerOf({ ...authority, [AUTHENTIC]: at }))).toBe("malformed");
    expect(jws(headerOf(authority))).toBe("malformed");
    expect(jws(headerOf({ crit: [CRIT, AUTHENTIC], [AUTHENTIC]: at }))).toBe("malformed");
    expect(jws(headerOf({ [`${NOTARY}.signingTime`]: undefined }))).toBe("malformed");
    expect(jws(headerOf({ [`${NOTARY}.signingTime`]: "yesterday" }))).toBe("malformed");
    expect(jws(headerOf({ [CRIT]: "notary.x509.v2" }))).toBe("unsupported");
  });
});

describe("the payload names the image whole", () => {
  it("T30, T39 with its digest, media type and size", () => {
    expect(jws(headerOf(), payloadOf({ digest: OTHER_IMAGE }))).toBe("digest-mismatch");
    expect(jws(headerOf(), payloadOf({ size: 402 }))).toBe("digest-mismatch");
    expect(jws(headerOf(), payloadOf({ mediaType: "application/vnd.oci.image.index.v1+json" }))).toBe("digest-mismatch");
  });

  it("T30 in a strict form", () => {
    expect(jws(headerOf(), "{}")).toBe("malformed");
    expect(jws(headerOf(), payloadOf({ extra: 1 }))).toBe("malformed");
    expect(jws(headerOf({ cty: "application/json" }))).toBe("malformed");
  });

  it("T31 with the metadata that are asked for, under the signature", () => {
    const asking = expecting(made, { metadata: { build: "123" } });
    const signed = (annotations: object): string =>
      codeOf(bytesOf(jwsOf(made, headerOf(), payloadOf({ annotations }))), "application/jose+json", asking);
    expect(signed({ build: "123", more: "x" })).toBe("ok");
    expect(signed({ build: "124" })).toBe("predicate-mismatch");
    expect(signed({})).toBe("predicate-mismatch");
  });

  it("T30 and nothing counts that the signer's key did not sign", () => {
    const other = ecKeys();
    expect(
      changed((document) => {
        document.signature = rawSign(other.privateKey, Buffer.from(`${document.protected}.${document.payload}`)).toString("base64url");
      }),
    ).toBe("signature-invalid");
  });
});
