import { describe, expect, it } from "vitest";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import {
  type BundleDocument,
  bundleOf,
  bytesOf,
  ecSigner,
  IMAGE,
  OTHER_IMAGE,
  SIGN_PREDICATE,
  STATEMENT_TYPE,
  statementOf,
  trusting,
} from "../../fixtures/cosign.ts";

const signer = ecSigner("prime256v1");
const stranger = ecSigner("prime256v1");
const expected = trusting(signer);
const codeOf = (document: unknown): string | undefined => verifyBundle(bytesOf(document), expected)?.code;

/** A good bundle with one thing changed. */
function changed(change: (bundle: BundleDocument) => void): BundleDocument {
  const bundle = bundleOf(signer);
  change(bundle);
  return bundle;
}

const LOG_ENTRY = {
  logIndex: "1",
  logId: { keyId: "aWQ=" },
  kindVersion: { kind: "dsse", version: "0.0.1" },
  integratedTime: "1790000000",
  inclusionPromise: { signedEntryTimestamp: "c2V0" },
  inclusionProof: { logIndex: "1", rootHash: "cm9vdA==", treeSize: "2", hashes: ["aGFzaA=="], checkpoint: { envelope: "checkpoint" } },
  canonicalizedBody: "Ym9keQ==",
};
const CERTIFICATE = { rawBytes: "Y2VydGlmaWNhdGU=" };

describe("a bundle counts", () => {
  it.each([
    "application/vnd.dev.sigstore.bundle.v0.3+json",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
  ])("as %s", (mediaType) => {
    expect(codeOf(changed((bundle) => void (bundle.mediaType = mediaType)))).toBe("ok");
  });

  it("with entries of a transparency log, which are not asked for", () => {
    expect(codeOf(changed((bundle) => void (bundle.verificationMaterial["tlogEntries"] = [LOG_ENTRY])))).toBe("ok");
  });

  it("with null for what is not there", () => {
    expect(codeOf(changed((bundle) => Object.assign(bundle, { messageSignature: null })))).toBe("ok");
    expect(
      codeOf(changed((bundle) => Object.assign(bundle.verificationMaterial, { certificate: null, timestampVerificationData: null }))),
    ).toBe("ok");
  });

  it("whatever its hint says, which nobody signed", () => {
    expect(codeOf(changed((bundle) => void (bundle.verificationMaterial["publicKey"] = { hint: "another" })))).toBe("ok");
    expect(codeOf(changed((bundle) => void (bundle.verificationMaterial["publicKey"] = {})))).toBe("ok");
  });

  it.each([{ predicate: {} }, { predicate: null }, { predicate: undefined }])(
    "with the predicate that any cosign 3 writes: %j",
    (predicate) => {
      expect(codeOf(bundleOf(signer, statementOf(IMAGE, predicate)))).toBe("ok");
    },
  );

  it("when the second of its subjects is the image", () => {
    const subject = [{ digest: { sha256: "00" } }, { name: "x", digest: { sha256: IMAGE.slice(7) } }];
    expect(codeOf(bundleOf(signer, statementOf(IMAGE, { subject })))).toBe("ok");
  });

  it("with a statement of version 0.1", () => {
    expect(codeOf(bundleOf(signer, statementOf(IMAGE, { _type: "https://in-toto.io/Statement/v0.1" })))).toBe("ok");
  });
});

describe("a bundle of a damaged form is malformed (T33, T54)", () => {
  const good = JSON.stringify(bundleOf(signer));
  const envelope = (change: object) => changed(({ dsseEnvelope }) => void Object.assign(dsseEnvelope, change));
  const material = (change: object) => changed(({ verificationMaterial }) => void Object.assign(verificationMaterial, change));
  const [{ sig } = { sig: "" }] = bundleOf(signer).dsseEnvelope.signatures;
  const cases: Record<string, unknown> = {
    "not JSON": "bundle",
    "bytes after its end": `${good} {}`,
    "a list": "[]",
    "a member twice": good.replace('{"mediaType"', '{"mediaType":"x","mediaType"'),
    "a member twice, spelled differently": good.replace('"payloadType"', '"payload\\u0054ype":"text/plain","payloadType"'),
    "an unknown member": changed((bundle) => void (bundle["signedBy"] = "me")),
    "an unknown member in the envelope": envelope({ sig: "" }),
    "a name in the other spelling of protobuf": changed((bundle) => void (bundle["media_type"] = bundle.mediaType)),
    "another media type": changed((bundle) => void (bundle.mediaType = "application/json")),
    "a media type that every object has": changed((bundle) => void (bundle.mediaType = "constructor")),
    "no media type": changed((bundle) => Reflect.deleteProperty(bundle, "mediaType")),
    "no material": changed((bundle) => Reflect.deleteProperty(bundle, "verificationMaterial")),
    "no signer": changed((bundle) => void (bundle.verificationMaterial = {})),
    "a key and a certificate": material({ certificate: CERTIFICATE }),
    "a key and a chain": material({ x509CertificateChain: { certificates: [CERTIFICATE] } }),
    "a chain, which version 0.3 does not have": changed(
      (bundle) => void (bundle.verificationMaterial = { x509CertificateChain: { certificates: [CERTIFICATE] } }),
    ),
    "neither envelope nor message": changed((bundle) => Reflect.deleteProperty(bundle, "dsseEnvelope")),
    "an envelope and a message": changed((bundle) => void (bundle["messageSignature"] = { signature: sig })),
    "no signature": envelope({ signatures: [] }),
    "two signatures": envelope({ signatures: [{ sig }, { sig }] }),
    "an empty signature": envelope({ signatures: [{ sig: "" }] }),
    "a key id that is not the hint": envelope({ signatures: [{ sig, keyid: "another" }] }),
    "base64 of the URL alphabet": envelope({
      payload: Buffer.from(JSON.stringify(statementOf(IMAGE, { x: "~~~???" }))).toString("base64url"),
    }),
    "base64 without padding": envelope({ payload: "QQ" }),
    "base64 with a line break": envelope({ payload: "QUFB\nQUFB" }),
    "base64 with spare bits set": envelope({ payload: "QR==" }),
    "a payload that is no text": envelope({ payload: 1 }),
    "a payload type that is no statement": bundleOf(signer, statementOf(IMAGE), "text/plain"),
    "an older name of the payload type": bundleOf(signer, statementOf(IMAGE), "application/vnd.in-toto.provenance+json"),
    "a log entry without a proof": material({ tlogEntries: [{ ...LOG_ENTRY, inclusionProof: null }] }),
    "a log entry with an index that is no number": material({ tlogEntries: [{ ...LOG_ENTRY, logIndex: "1e3" }] }),
    "nested without end": `${"[".repeat(100_000)}`,
    "a prototype for its material": good.replace('"verificationMaterial"', '"__proto__"'),
  };

  it.each(Object.entries(cases))("%s", (_what, document) => {
    expect(codeOf(document)).toBe("malformed");
  });

  it("a log entry of version 0.1 without a promise", () => {
    const bundle = material({ tlogEntries: [{ ...LOG_ENTRY, inclusionPromise: null }] });
    expect(codeOf({ ...bundle, mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1" })).toBe("malformed");
  });
});

describe("a bundle that is too large is not read (T51, T52)", () => {
  it("over 1 MiB, whatever is in it", () => {
    expect(codeOf(" ".repeat(1024 * 1024 + 1))).toBe("too-large");
  });

  it("with more log entries, timestamps or certificates than anybody makes", () => {
    const fill = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
    const material = (change: object) => codeOf(changed((bundle) => Object.assign(bundle.verificationMaterial, change)));
    expect(material({ tlogEntries: fill(17, LOG_ENTRY) })).toBe("too-large");
    expect(material({ tlogEntries: fill(16, LOG_ENTRY).map((entry, at) => ({ ...entry, logIndex: `${at}` })) })).toBe("ok");
    expect(material({ timestampVerificationData: { rfc3161Timestamps: fill(33, { signedTimestamp: "dHM=" }) } })).toBe("too-large");
    expect(material({ publicKey: null, x509CertificateChain: { certificates: fill(11, CERTIFICATE) } })).toBe("too-large");
  });
});

it("a bundle of a later version is unsupported, not malformed", () => {
  expect(codeOf({ mediaType: "application/vnd.dev.sigstore.bundle.v0.9+json", somethingNew: true })).toBe("unsupported");
});

describe("what was signed must be about this image (T32, T36)", () => {
  it.each([
    ["another image", statementOf(OTHER_IMAGE)],
    ["the image by name only", statementOf(IMAGE, { subject: [{ name: IMAGE, digest: {} }] })],
    ["the image without any digest", statementOf(IMAGE, { subject: [{ name: IMAGE }] })],
    [
      "its digest under another algorithm",
      statementOf(IMAGE, { subject: [{ digest: { sha512: IMAGE.slice(7), gitCommit: IMAGE.slice(7) } }] }),
    ],
    ["a commit alone", statementOf(IMAGE, { subject: [{ digest: { sha1: IMAGE.slice(7, 47), gitCommit: IMAGE.slice(7, 47) } }] })],
    ["a commit alone", statementOf(IMAGE, { subject: [{ digest: { sha1: IMAGE.slice(7, 47), gitCommit: IMAGE.slice(7, 47) } }] })],
    ["its digest in capitals", statementOf(IMAGE, { subject: [{ digest: { sha256: IMAGE.slice(7).toUpperCase() } }] })],
  ])("a statement about %s is a digest mismatch", (_what, statement) => {
    expect(codeOf(bundleOf(signer, statement))).toBe("digest-mismatch");
  });

  it.each([
    ["no subject", statementOf(IMAGE, { subject: [] })],
    ["subjects that are no list", statementOf(IMAGE, { subject: {} })],
    ["an unknown type", statementOf(IMAGE, { _type: "https://in-toto.io/Statement/v9" })],
    ["a predicate that is a text", statementOf(IMAGE, { predicate: "x" })],
    ["no predicate type", statementOf(IMAGE, { predicateType: undefined })],
    ["text that is no JSON", "signed"],
    [
      "a repeated subject",
      JSON.stringify(statementOf(OTHER_IMAGE)).replace(
        '"predicateType"',
        `"subject":${JSON.stringify(statementOf(IMAGE)["subject"])},"predicateType"`,
      ),
    ],
  ])("a genuine statement with %s is malformed", (_what, statement) => {
    expect(codeOf(bundleOf(signer, statement))).toBe("malformed");
  });

  it("a payload changed after signing, or signed without its type, is an invalid signature", () => {
    const other = bundleOf(signer, statementOf(OTHER_IMAGE));
    const payload = Buffer.from(JSON.stringify(statementOf(IMAGE)));
    expect(codeOf({ ...other, dsseEnvelope: { ...other.dsseEnvelope, payload: payload.toString("base64") } })).toBe("signature-invalid");
    const signatures = [{ sig: signer.sign(payload).toString("base64") }];
    expect(codeOf({ ...other, dsseEnvelope: { payloadType: STATEMENT_TYPE, payload: payload.toString("base64"), signatures } })).toBe(
      "signature-invalid",
    );
  });
});

describe("an attestation is no signature of the image (T31)", () => {
  const provenance = statementOf(IMAGE, { predicateType: "https://slsa.dev/provenance/v1", predicate: { x: 1 } });

  it("made by the trusted key, it does not count as one", () => {
    expect(codeOf(bundleOf(signer, provenance))).toBe("predicate-mismatch");
  });

  it("made by anybody else, it is not even a bad one", () => {
    expect(codeOf(bundleOf(stranger, provenance))).toBeUndefined();
    expect(codeOf({ ...bundleOf(stranger, provenance), verificationMaterial: { certificate: CERTIFICATE } })).toBeUndefined();
  });
});

it("a signature with a certificate is nobody's whose key is trusted", () => {
  expect(codeOf(changed((bundle) => void (bundle.verificationMaterial = { certificate: CERTIFICATE })))).toBe("identity-mismatch");
});

it("annotations that are asked for must stand in the subject that is the image", () => {
  const judge = (annotations: object, asked: Record<string, string>) => {
    const subject = [
      { digest: { sha256: IMAGE.slice(7) }, annotations },
      { digest: { sha256: "00" }, annotations: { env: "prod" } },
    ];
    return verifyBundle(bytesOf(bundleOf(signer, statementOf(IMAGE, { subject }))), { ...expected, annotations: asked })?.code;
  };
  expect(judge({ env: "prod", team: "a" }, { env: "prod" })).toBe("ok");
  expect(judge({ env: "test" }, { env: "prod" })).toBe("predicate-mismatch");
  expect(judge({}, { env: "prod" })).toBe("predicate-mismatch");
});

it("the predicate type is compared whole", () => {
  expect(codeOf(bundleOf(signer, statementOf(IMAGE, { predicateType: `${SIGN_PREDICATE}x` })))).toBe("predicate-mismatch");
});
