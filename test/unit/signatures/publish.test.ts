import { createPublicKey, sign, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { parseImageKey } from "../../../shared/domain/image-ref.ts";
import { isRunnable, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import { digestOf as digestOfBytes } from "../../../shared/oci/content.ts";
import { readManifest } from "../../../shared/oci/schema.ts";
import { readBundle } from "../../../shared/signatures/cosign/bundle.ts";
import { preAuthenticationEncoding } from "../../../shared/signatures/dsse.ts";
import { bundleArtifact, olderArtifact, olderLayer } from "../../../shared/signatures/publish/artifacts.ts";
import { readOwnWords } from "../../../shared/signatures/publish/own-words.ts";
import { encodePass, says, timeOf } from "../../../shared/signatures/publish/statement.ts";
import { digestOf } from "../../fixtures/records.ts";
import { envelopeBy } from "../../fixtures/verdict-key.ts";

const AT = parseInstant("2026-11-21T10:00:00Z");
const PASS = {
  subject: parseImageKey(`registry.example/team/app@${digestOf("image")}`),
  policy: { name: "prod policy", digest: digestOf("policy") },
  inputs: digestOf("evidence"),
};
const VERIFIER = { id: "https://compliance.example/moorgate", version: "1.0.0", levels: ["ORG_SIGNED"] };

const hex = (name: string): string => digestOf(name).slice(7);

describe("the statement that an image passed", () => {
  test("has every field that a consumer of SLSA's summary asks for", () => {
    expect(JSON.parse(Buffer.from(encodePass(PASS, VERIFIER, AT)).toString("utf8"))).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "registry.example/team/app", digest: { sha256: hex("image") } }],
      predicateType: "https://slsa.dev/verification_summary/v1",
      predicate: {
        verifier: { id: VERIFIER.id, version: { moorgate: "1.0.0" } },
        timeVerified: "2026-11-21T10:00:00.000Z",
        resourceUri: `oci://registry.example/team/app@${digestOf("image")}`,
        policy: { uri: `${VERIFIER.id}/policies/prod%20policy`, digest: { sha256: hex("policy") } },
        inputAttestations: [{ uri: `${VERIFIER.id}/evidence/${hex("evidence")}`, digest: { sha256: hex("evidence") } }],
        verificationResult: "PASSED",
        verifiedLevels: ["SLSA_BUILD_LEVEL_UNEVALUATED", "ORG_SIGNED"],
        slsaVersion: "1.2",
      },
    });
  });

  test("is the same whenever and by whichever version it was made, and another for any other fact", () => {
    const payload = encodePass(PASS, { ...VERIFIER, version: "0.9.0" }, AT);
    expect([says(payload, PASS, VERIFIER), timeOf(payload)]).toEqual([true, AT]);
    const others = [
      [{ ...PASS, inputs: digestOf("other") }, VERIFIER],
      [{ ...PASS, policy: { ...PASS.policy, digest: digestOf("other") } }, VERIFIER],
      [{ ...PASS, subject: { ...PASS.subject, digest: digestOf("other") } }, VERIFIER],
      [PASS, { ...VERIFIER, levels: [] }],
      [PASS, { ...VERIFIER, id: "https://other.example" }],
    ] as const;
    for (const [pass, verifier] of others) expect(says(payload, pass, verifier)).toBe(false);
    expect(timeOf(Buffer.from("no statement"))).toBe("unknown");
  });
});

const key = makeSigningKey();
const keys = [{ key: createPublicKey(key.publicPem), isCurrent: true }];
const payload = encodePass(PASS, VERIFIER, AT);
const signed = {
  payload,
  signature: sign("sha256", preAuthenticationEncoding("application/vnd.in-toto+json", payload), key.privatePem),
  keyId: "hint",
};

describe("what is pushed", () => {
  const image = { mediaType: OCI_MANIFEST, digest: digestOf("image"), size: 100 };

  test("is a bundle that our own strict reader reads, without a key id, in a manifest that nothing runs", () => {
    const { descriptor, bytes, blobs } = bundleArtifact(signed, image, AT);
    const manifest = readManifest(bytes, OCI_MANIFEST, descriptor.digest);
    expect(manifest).toMatchObject({ artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json", subject: image });
    expect(isRunnable(manifest)).toBe(false);
    const bundle = blobs.at(-1)?.bytes ?? new Uint8Array();
    const { content } = readBundle(bundle);
    expect(
      content.kind === "envelope" &&
        verify("sha256", preAuthenticationEncoding(content.payloadType, content.payload), key.publicPem, content.signature),
    ).toBe(true);
    expect(Buffer.from(bundle).toString("utf8")).not.toContain("keyid");
  });

  test("is in the older form one layer more, beside layers of others with all their members", () => {
    const theirs = {
      mediaType: "application/vnd.dsse.envelope.v1+json",
      digest: digestOf("theirs"),
      size: 7,
      annotations: { a: "b" },
      "x-own": 1,
    };
    const document = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: image, layers: [theirs], annotations: { kept: "yes" } };
    const text = Buffer.from(JSON.stringify(document));
    const manifest = readManifest(text, OCI_MANIFEST, digestOfBytes(text));
    if (manifest.kind !== "manifest") throw new Error("no manifest");
    const { bytes, descriptor } = olderArtifact(manifest, new Set([theirs.digest]), [olderLayer(signed)]);
    const written = JSON.parse(Buffer.from(bytes).toString("utf8")) as { layers: readonly object[]; annotations: object };
    expect(written.layers[0]).toEqual(theirs);
    expect([written.layers.length, written.annotations]).toEqual([2, { kept: "yes" }]);
    expect(isRunnable(readManifest(bytes, OCI_MANIFEST, descriptor.digest))).toBe(false);
  });
});

describe("the gate's own words", () => {
  const envelope = {
    payload: Buffer.from(payload).toString("base64"),
    payloadType: "application/vnd.in-toto+json",
    signatures: [{ sig: signed.signature.toString("base64") }],
  };
  const raw = sign("sha256", preAuthenticationEncoding(envelope.payloadType, payload), { key: key.privatePem, dsaEncoding: "ieee-p1363" });

  test.each([
    ["a bundle", { mediaType: "x", dsseEnvelope: envelope }],
    [
      "a bundle in snake case",
      { dsse_envelope: { payload: envelope.payload, payload_type: envelope.payloadType, signatures: envelope.signatures } },
    ],
    ["an envelope", envelope],
    [
      "an envelope with names in other cases",
      { PAYLOAD: envelope.payload, PayloadType: envelope.payloadType, Signatures: [{ SIG: envelope.signatures[0]?.sig }] },
    ],
    ["an envelope with a raw signature", { ...envelope, signatures: [{ keyid: "any", sig: raw.toString("base64") }] }],
    ["an envelope with base64 for URLs", { ...envelope, payload: Buffer.from(payload).toString("base64url") }],
    ["an envelope with one more signature before", { ...envelope, signatures: [{ sig: "AAAA" }, ...envelope.signatures] }],
    ["a bundle with things around it", { padding: " ".repeat(1_000), verificationMaterial: { tlogEntries: [{}] }, dsseEnvelope: envelope }],
  ])("are known in %s, as any consumer might read them", (_, document) => {
    const words = readOwnWords(Buffer.from(JSON.stringify(document)), keys);
    expect(words?.isCurrent).toBe(true);
    expect(Buffer.from(words?.payload ?? [])).toEqual(Buffer.from(payload));
  });

  test("are known by a key of before, and told apart", () => {
    const former = [{ key: createPublicKey(key.publicPem), isCurrent: false }];
    expect(readOwnWords(Buffer.from(JSON.stringify(envelope)), former)).toMatchObject({ isCurrent: false });
  });

  test.each([
    ["another key", JSON.stringify(envelopeBy(makeSigningKey().privatePem, { verificationResult: "PASSED" }))],
    ["another payload", JSON.stringify({ ...envelope, payload: "e30=" })],
    ["another payload type", JSON.stringify({ ...envelope, payloadType: "text/plain" })],
    ["no signature", JSON.stringify({ ...envelope, signatures: [] })],
    ["no JSON", "]["],
    ["null", "null"],
  ])("are not those of %s", (_, text) => {
    expect(readOwnWords(Buffer.from(text), keys)).toBeUndefined();
  });
});
