import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkSignature, readKey } from "../../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../../shared/signatures/cosign/verify-payload.ts";
import {
  bundleOf,
  bytesOf,
  ecSigner,
  IMAGE,
  payloadOf,
  rsaSigner,
  SIGNERS,
  type Signer,
  signedPayload,
  trusting,
} from "../../fixtures/cosign.ts";

const DATA = Buffer.from("what was signed");
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe.each(Object.entries(SIGNERS))("a signature by an %s key", (_kind, make) => {
  const signer = make();

  it("counts in a bundle", () => {
    expect(verifyBundle(bytesOf(bundleOf(signer)), trusting(signer))).toMatchObject({ code: "ok", identity: "release" });
  });

  it("counts under the older tag", () => {
    expect(verifyPayload(signedPayload(signer, payloadOf(IMAGE)), trusting(signer))).toMatchObject({ code: "ok", identity: "release" });
  });

  it("does not count by another key of its kind", () => {
    expect(verifyBundle(bytesOf(bundleOf(make())), trusting(signer))).toMatchObject({ code: "signature-invalid" });
    expect(verifyPayload(signedPayload(make(), payloadOf(IMAGE)), trusting(signer))).toMatchObject({ code: "signature-invalid" });
  });

  it("does not count when one bit of it is another", () => {
    const signed = signedPayload(signer, payloadOf(IMAGE));
    const bytes = Buffer.from(signed.signature, "base64");
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    expect(verifyPayload({ ...signed, signature: bytes.toString("base64") }, trusting(signer))).toMatchObject({
      code: "signature-invalid",
    });
  });
});

describe("ECDSA signatures (T37)", () => {
  it.each([
    ["prime256v1", "sha256"],
    ["secp384r1", "sha384"],
    ["secp521r1", "sha512"],
  ] as const)("of %s count in the raw form that key services give", (curve, hash) => {
    const signer = ecSigner(curve, hash);
    const raw = sign(hash, DATA, { key: signer.privateKey, dsaEncoding: "ieee-p1363" });
    expect(checkSignature([readKey(signer.key)], DATA, raw)).toMatchObject({ kind: "verified", key: { name: "release" } });
    expect(checkSignature([readKey(signer.key)], DATA, raw.subarray(2))).toEqual({ kind: "refused" });
  });

  it("count with the other one of the two values of s", () => {
    const signer = ecSigner("prime256v1");
    const raw = sign("sha256", DATA, { key: signer.privateKey, dsaEncoding: "ieee-p1363" });
    const s = P256_ORDER - BigInt(`0x${raw.toString("hex", 32)}`);
    const other = Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
    expect(checkSignature([readKey(signer.key)], DATA, other)).toMatchObject({ kind: "verified" });
  });

  it("do not count with another digest than the one that goes with the key", () => {
    const signer = ecSigner("secp384r1", "sha384");
    expect(checkSignature([readKey({ ...signer.key, hash: "sha256" })], DATA, signer.sign(DATA))).toEqual({ kind: "refused" });
  });

  it("do not count with bytes after them", () => {
    const signer = ecSigner("prime256v1");
    expect(checkSignature([readKey(signer.key)], DATA, Buffer.concat([signer.sign(DATA), Buffer.alloc(1)]))).toEqual({ kind: "refused" });
  });
});

describe("a key that is too weak or of another kind", () => {
  const exportOf = (publicKey: { export(options: { type: "spki"; format: "pem" }): string | Buffer }): string =>
    String(publicKey.export({ type: "spki", format: "pem" }));
  const good = ecSigner("prime256v1");
  const keys: Record<string, string> = {
    "RSA below 2048 bits": rsaSigner(1024).key.pem,
    "an ECDSA curve below 256 bits": ecSigner("secp224r1").key.pem,
    "an ECDSA curve that is none of NIST's": ecSigner("secp256k1").key.pem,
    "RSA-PSS": exportOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey),
    Ed448: exportOf(generateKeyPairSync("ed448").publicKey),
    X25519: exportOf(generateKeyPairSync("x25519").publicKey),
    "a private key": String(good.privateKey.export({ type: "pkcs8", format: "pem" })),
    "an RSA key in PKCS #1 form": String(
      generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "pkcs1", format: "pem" }),
    ),
    "two keys in one text": good.key.pem + good.key.pem,
    "no key": "",
  };

  it.each(Object.entries(keys))("is never used: %s", (_what, pem) => {
    expect(readKey({ name: "weak", pem, hash: "sha256" })).toMatchObject({ kind: "unusable", name: "weak" });
  });

  it.each([
    ["prime256v1", "sha256"],
    ["secp384r1", "sha384"],
    ["secp521r1", "sha512"],
  ] as const)("of %s goes with the digest of its strength where the policy names none", (curve, hash) => {
    const signer = ecSigner(curve, hash);
    const key = readKey({ ...signer.key, hash: "of-key" });
    expect(checkSignature([key], DATA, signer.sign(DATA)).kind).toBe("verified");
  });

  it("of Ed25519 counts in the form that the policy names, in either where it names none, and with no SHA-384", () => {
    const forms = [SIGNERS.Ed25519(), SIGNERS["Ed25519, pre-hashed"]()];
    const outcomes = (["sha256", "sha512", "of-key"] as const).map((hash) =>
      forms.map((signer) => checkSignature([readKey({ ...signer.key, hash })], DATA, signer.sign(DATA)).kind),
    );
    expect(outcomes).toEqual([
      ["verified", "refused"],
      ["refused", "verified"],
      ["verified", "verified"],
    ]);
    expect(readKey({ ...SIGNERS.Ed25519().key, hash: "sha384" }).kind).toBe("unusable");
  });

  it("of Ed25519 counts under each of its names by whose form it is made", () => {
    const signer = SIGNERS["Ed25519, pre-hashed"]();
    const keys = (["of-key", "sha256", "sha512"] as const).map((hash) => readKey({ ...signer.key, name: hash, hash }));
    expect(checkSignature(keys, DATA, signer.sign(DATA))).toMatchObject({ names: ["of-key", "sha512"] });
  });

  it("of Ed25519 accepts no signature that is changed in a bit, cut, or written in another way (RFC 8032, 5.1.7)", () => {
    const signer = SIGNERS["Ed25519, pre-hashed"]();
    const key = readKey(signer.key);
    const signature = signer.sign(DATA);
    for (let bit = 0; bit < 512; bit += 7) {
      const changed = Buffer.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(checkSignature([key], DATA, changed).kind).toBe("refused");
    }
    expect(checkSignature([key], DATA, signature.subarray(1)).kind).toBe("refused");
    expect(checkSignature([key], DATA, Buffer.alloc(64)).kind).toBe("refused");
    expect(checkSignature([key], DATA, withLargerScalar(signature)).kind).toBe("refused");
  });

  it("leaves open who signed, and does not hide a good key", () => {
    const weak: Signer = rsaSigner(1024);
    const signed = signedPayload(weak, payloadOf(IMAGE));
    expect(verifyPayload(signed, trusting(weak))).toMatchObject({ code: "unsupported" });
    expect(verifyPayload(signed, trusting(weak, good))).toMatchObject({ code: "unsupported" });
    expect(verifyPayload(signedPayload(good, payloadOf(IMAGE)), trusting(weak, good))).toMatchObject({ code: "ok" });
  });
});

it("RSA signatures over SHA-1 do not count", () => {
  const signer = rsaSigner(2048);
  expect(checkSignature([readKey(signer.key)], DATA, sign("sha1", DATA, signer.privateKey))).toEqual({ kind: "refused" });
});

it("any one of several trusted keys is enough, and its name is told", () => {
  const [first, second] = [ecSigner("prime256v1"), ecSigner("prime256v1")];
  const keys = [first.key, { ...second.key, name: "second" }].map(readKey);
  expect(checkSignature(keys, DATA, second.sign(DATA))).toMatchObject({ kind: "verified", key: { name: "second" } });
});

it("nobody is trusted where no key is", () => {
  expect(checkSignature([], DATA, ecSigner("prime256v1").sign(DATA))).toEqual({ kind: "refused" });
});

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The same signature with the order of the group added to its scalar: equal on the curve, and not the number that was written. */
function withLargerScalar(signature: Buffer): Buffer {
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString("hex")}`) + ORDER;
  const bytes = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex").reverse();
  return Buffer.concat([signature.subarray(0, 32), bytes]);
}
