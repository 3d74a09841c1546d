import { describe, expect, it } from "vitest";
import { verifyPayload } from "../../../shared/signatures/cosign/verify-payload.ts";
import { ecSigner, IMAGE, OTHER_IMAGE, payloadOf, signedPayload, trusting } from "../../fixtures/cosign.ts";

const signer = ecSigner("prime256v1");
const stranger = ecSigner("prime256v1");
const codeOf = (payload: string | object): string => verifyPayload(signedPayload(signer, payload), trusting(signer)).code;
const text = JSON.stringify(payloadOf(IMAGE));

describe("a genuine payload of the older form (T30)", () => {
  it("counts for the image whose digest it holds, whatever its repository is called", () => {
    expect(codeOf(payloadOf(IMAGE))).toBe("ok");
    expect(codeOf(payloadOf(IMAGE, { creator: "ci", timestamp: 1 }))).toBe("ok");
    expect(codeOf(text.replace("registry.example/shop/api", "elsewhere.example/other"))).toBe("ok");
  });

  it("is a digest mismatch for any other image", () => {
    expect(codeOf(payloadOf(OTHER_IMAGE))).toBe("digest-mismatch");
    expect(codeOf(text.replace(IMAGE, IMAGE.toUpperCase()))).toBe("digest-mismatch");
  });

  it.each([
    ["its digest under a capitalised name", text.replace("docker-manifest-digest", "Docker-manifest-digest")],
    [
      "its digest under both spellings",
      text.replace('"docker-manifest-digest"', `"Docker-manifest-digest":"${OTHER_IMAGE}","docker-manifest-digest"`),
    ],
    ["its digest twice", text.replace('"docker-manifest-digest"', `"docker-manifest-digest":"${OTHER_IMAGE}","docker-manifest-digest"`)],
    ["another type", text.replace("cosign container image signature", "atomic container signature")],
    ["no critical part", JSON.stringify({ optional: null })],
    ["no image", text.replace('"image"', '"picture"')],
    ["bytes after its end", `${text}x`],
    ["no JSON in it", "payload"],
    ["a digest that is no text", text.replace(`"${IMAGE}"`, "1")],
  ])("is malformed with %s", (_what, payload) => {
    expect(codeOf(payload)).toBe("malformed");
  });

  it("is too large over 1 MiB", () => {
    expect(codeOf(payloadOf(IMAGE, { x: "x".repeat(1024 * 1024) }))).toBe("too-large");
  });

  it("must hold the annotations that are asked for, as texts", () => {
    const judge = (optional: object | null) =>
      verifyPayload(signedPayload(signer, payloadOf(IMAGE, optional)), { ...trusting(signer), annotations: { env: "1" } }).code;
    expect(judge({ env: "1", more: true })).toBe("ok");
    expect(judge({ env: 1 })).toBe("predicate-mismatch");
    expect(judge({ env: "2" })).toBe("predicate-mismatch");
    expect(judge(null)).toBe("predicate-mismatch");
  });
});

describe("a payload that no trusted key signed", () => {
  it("is an invalid signature before anybody reads it", () => {
    expect(verifyPayload(signedPayload(stranger, payloadOf(OTHER_IMAGE)), trusting(signer)).code).toBe("signature-invalid");
    expect(verifyPayload(signedPayload(stranger, "{"), trusting(signer)).code).toBe("signature-invalid");
  });

  it("is an invalid signature when it was changed afterwards", () => {
    const signed = signedPayload(signer, payloadOf(OTHER_IMAGE));
    expect(verifyPayload({ ...signed, payload: Buffer.from(text) }, trusting(signer)).code).toBe("signature-invalid");
  });

  it("is nobody's whose key is trusted when a certificate came along", () => {
    expect(verifyPayload({ ...signedPayload(stranger, text), certificate: "unread" }, trusting(signer)).code).toBe("identity-mismatch");
  });

  it("counts by its key even when a certificate came along", () => {
    expect(verifyPayload({ ...signedPayload(signer, text), certificate: "unread" }, trusting(signer)).code).toBe("ok");
  });
});

it.each([
  ["none", undefined],
  ["an empty one", ""],
  ["one of the URL alphabet", "-_-_"],
  ["one with a blank after it", `${signedPayload(signer, text).signature} `],
])("a layer with no canonical base64 signature (%s) is malformed", (_what, signature) => {
  expect(verifyPayload({ payload: Buffer.from(text), signature }, trusting(signer)).code).toBe("malformed");
});
