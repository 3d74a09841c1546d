import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { isOnP256 } from "../../../shared/signatures/algorithms.ts";

const spkiOf = (namedCurve: string): Buffer =>
  generateKeyPairSync("ec", {
    namedCurve,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "der" },
  }).publicKey;

it("a key on P-256 is known by its bytes, and no other is taken for one", () => {
  for (let round = 0; round < 20; round++) expect(isOnP256(spkiOf("prime256v1"))).toBe(true);
  for (const curve of ["secp384r1", "secp521r1", "secp256k1", "brainpoolP256r1"]) expect(isOnP256(spkiOf(curve))).toBe(false);
  expect(isOnP256(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }))).toBe(false);
  expect(isOnP256(spkiOf("prime256v1").subarray(0, 90))).toBe(false);
});
