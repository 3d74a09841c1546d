import { describe, expect, it } from "vitest";
import { readKey } from "../../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { verifyEnvelope } from "../../../shared/signatures/cosign/verify-envelope.ts";
import { verifyPayload } from "../../../shared/signatures/cosign/verify-payload.ts";
import { signWith } from "../../fixtures/certificates.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE, payloadOf, statementOf } from "../../fixtures/cosign.ts";
import { act, makeInstance, makeLeaf, type TrustOptions, trustingInstance } from "../../fixtures/sigstore.ts";
import { type Act, base64, dsseBody, LOGGED_AT, payloadBody, pem, promise, stamp } from "../../fixtures/sigstore-log.ts";

const instance = makeInstance();
const stranger = makeInstance();
const trusted = trustingInstance(instance);

/** The annotation that cosign writes for an entry of the log. */
function logAnnotation(body: object, { at = LOGGED_AT, index = 4301 } = {}): string {
  const bytes = Buffer.from(JSON.stringify(body));
  const Payload = { body: base64(bytes), integratedTime: at / 1000, logIndex: index, logID: instance.log.id.toString("hex") };
  return JSON.stringify({ SignedEntryTimestamp: base64(promise(instance.log, bytes, at, index)), Payload });
}

function signedBy(by: typeof instance): Pick<Act, "leaf" | "covered" | "signature"> {
  const covered = bytesOf(payloadOf(IMAGE));
  const leaf = makeLeaf(by);
  return { leaf, covered, signature: signWith(leaf, covered).signature };
}

function layerOf(done: Pick<Act, "leaf" | "covered" | "signature">) {
  return {
    payload: done.covered,
    signature: base64(done.signature),
    certificate: pem("CERTIFICATE", done.leaf.bytes),
    chain: pem("CERTIFICATE", instance.intermediate.bytes) + pem("CERTIFICATE", instance.root.bytes),
    bundle: logAnnotation(payloadBody(done)),
  };
}

const done = signedBy(instance);
const layer = layerOf(done);
const codeWith = (change: object, options: TrustOptions = {}): string =>
  verifyPayload({ ...layer, ...change }, trustingInstance(instance, options)).code;

describe("a keyless signature of the older form", () => {
  it("counts by the annotations of its layer, with the chain or without", () => {
    expect(codeWith({})).toBe("ok");
    expect(codeWith({ chain: undefined })).toBe("ok");
    expect(codeWith({ chain: "" })).toBe("ok");
  });

  it("counts by a timestamp where no log is asked for", () => {
    const timestamp = JSON.stringify({ SignedRFC3161Timestamp: base64(stamp(instance.stamper, done.signature)) });
    const needs = { transparencyLog: "ignored", timestamp: "required" } as const;
    expect(codeWith({ bundle: undefined, timestamp }, needs)).toBe("ok");
    expect(codeWith({ bundle: undefined }, needs)).toBe("no-timestamp");
    expect(codeWith({ timestamp: "{}" }, needs)).toBe("malformed");
  });

  it("needs the log's word about this very signature (T20, T21)", () => {
    expect(codeWith({ bundle: undefined })).toBe("no-transparency-log");
    expect(codeWith({ bundle: logAnnotation(payloadBody({ ...done, covered: Buffer.from("another") })) })).toBe("signature-invalid");
    expect(codeWith({ bundle: logAnnotation(payloadBody({ ...done, leaf: makeLeaf(instance) })) })).toBe("signature-invalid");
    expect(codeWith({ bundle: layer.bundle.replace("4301", "4302") })).toBe("signature-invalid");
    const { Payload } = JSON.parse(layer.bundle);
    expect(codeWith({ bundle: JSON.stringify({ Payload }) })).toBe("no-transparency-log");
    expect(codeWith({ bundle: JSON.stringify({ Payload, SignedEntryTimestamp: "!" }) })).toBe("signature-invalid");
  });

  it("is nobody's who brings a bare key or a root of their own (T15)", () => {
    expect(codeWith({ certificate: pem("PUBLIC KEY", done.leaf.spki) })).toBe("malformed");
    expect(codeWith({ certificate: layer.certificate + layer.certificate })).toBe("malformed");
    expect(codeWith({ chain: pem("PUBLIC KEY", done.leaf.spki) })).toBe("malformed");
    expect(codeWith({ chain: layer.certificate.repeat(11) })).toBe("malformed");
    const own = layerOf(signedBy(stranger));
    const chain = pem("CERTIFICATE", stranger.intermediate.bytes) + pem("CERTIFICATE", stranger.root.bytes);
    expect(codeWith({ ...own, chain })).toBe("untrusted-root");
  });
});

it("an attestation of the older form counts by its annotations, when one of its type is asked for", () => {
  const predicateType = "https://slsa.dev/provenance/v1";
  const made = act(instance, { statement: statementOf(IMAGE, { predicateType }) });
  const payload = bytesOf({
    payload: base64(made.payload),
    payloadType: "application/vnd.in-toto+json",
    signatures: [{ keyid: "", sig: base64(made.signature) }],
  });
  const beside = { signature: "", certificate: pem("CERTIFICATE", made.leaf.bytes), bundle: logAnnotation(dsseBody(made)) };
  expect(verifyEnvelope({ payload, ...beside }, { ...trusted, predicateType })?.code).toBe("ok");
  expect(verifyEnvelope({ payload, ...beside }, { ...trusted, predicateType: `${predicateType}.1` })?.code).toBe("predicate-mismatch");
  expect(verifyEnvelope({ payload, ...beside, bundle: undefined }, { ...trusted, predicateType })?.code).toBe("no-transparency-log");
  expect(verifyEnvelope({ payload: bytesOf("[]"), ...beside }, { ...trusted, predicateType })?.code).toBe("malformed");
});

describe("a signature by a key whose policy asks for the log", () => {
  const signer = ecSigner("prime256v1");
  const key = readKey({ ...signer.key, transparencyLog: "required" });
  const covered = bytesOf(payloadOf(IMAGE));
  const signature = signer.sign(covered);
  const bodyBy = (text: string): object => {
    const body = payloadBody({ leaf: done.leaf, covered, signature });
    return JSON.parse(
      JSON.stringify(body).replace(/"publicKey":\{"content":"[^"]*"/, `"publicKey":{"content":"${base64(Buffer.from(text))}"`),
    );
  };

  it("counts only with an entry that names this key (T20)", () => {
    const code = (bundle: string | undefined): string =>
      verifyPayload({ payload: covered, signature: base64(signature), bundle }, { ...trusted, keys: [key] }).code;
    expect(code(logAnnotation(bodyBy(signer.key.pem)))).toBe("ok");
    expect(code(logAnnotation(bodyBy(ecSigner("prime256v1").key.pem)))).toBe("signature-invalid");
    expect(code(undefined)).toBe("no-transparency-log");
  });

  it("never counts where the policy knows no log", () => {
    const { sigstore: _, ...without } = trusted;
    const unlogged = { payload: covered, signature: base64(signature), bundle: logAnnotation(bodyBy(signer.key.pem)) };
    expect(verifyPayload(unlogged, { ...without, keys: [key] }).code).toBe("untrusted-root");
  });

  it("does not count in a bundle without entry", () => {
    expect(verifyBundle(bytesOf(bundleOf(signer)), { ...trusted, keys: [key] })?.code).toBe("no-transparency-log");
  });
});
