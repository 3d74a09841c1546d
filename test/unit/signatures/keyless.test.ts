import { describe, expect, it } from "vitest";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { authority, CODE_SIGNING, certify, extension, purposes, TIME_STAMPING, usage } from "../../fixtures/certificates.ts";
import { bytesOf, ecSigner, IMAGE, OTHER_IMAGE, statementOf } from "../../fixtures/cosign.ts";
import { sequence } from "../../fixtures/der.ts";
import { judging } from "../../fixtures/keyless-codes.ts";
import {
  act,
  ENDED_AT,
  goodBundle,
  ISSUER,
  keylessBundle,
  makeInstance,
  type RootDocument,
  rootOf,
  STARTED_AT,
  SUBJECT,
  trustingInstance,
} from "../../fixtures/sigstore.ts";
import { base64, dsseBody, LOGGED_AT, logEntry } from "../../fixtures/sigstore-log.ts";

const instance = makeInstance();
const stranger = makeInstance();
const { trusted, codeOf, codeWhen, codeWithEntry } = judging(instance);

describe("a signature by a certificate counts", () => {
  it("by its log entry, and tells whom the certificate names", () => {
    expect(verifyBundle(bytesOf(goodBundle(instance)), trusted)).toEqual({
      code: "ok",
      identity: "release workflow",
      signer: { issuer: ISSUER, subject: SUBJECT },
      signedAt: { at: LOGGED_AT, by: "log" },
      madeAfter: { at: STARTED_AT, by: "certificate" },
      detail: "signed by release workflow",
    });
  });

  it("with a certificate of a P-384 key", () => {
    expect(codeWhen({ curve: "secp384r1" })).toBe("ok");
  });

  it("to the first and last instant of the certificate", () => {
    const at = (time: number): string | undefined => codeWithEntry((_entry, done) => logEntry(instance.log, dsseBody(done), { at: time }));
    expect([at(STARTED_AT), at(ENDED_AT)]).toEqual(["ok", "ok"]);
  });

  it("in an attestation that is asked for, which is no signature of the image (T31)", () => {
    const predicateType = "https://slsa.dev/provenance/v1";
    const attestation = goodBundle(instance, { statement: statementOf(IMAGE, { predicateType }) });
    expect(codeOf(attestation, { ...trusted, predicateType })).toBe("ok");
    expect(codeOf(attestation)).toBe("predicate-mismatch");
    expect(codeOf(goodBundle(instance), { ...trusted, predicateType })).toBe("predicate-mismatch");
    expect(codeOf(goodBundle(stranger, { statement: statementOf(IMAGE, { predicateType }) }))).toBeUndefined();
  });
});

describe("the certificate", () => {
  it("must lead to a trusted root (T14)", () => {
    expect(codeOf(goodBundle({ ...instance, intermediate: stranger.intermediate }))).toBe("untrusted-root");
    const sameName = certify({
      subject: "issuing",
      curve: "secp384r1",
      notBefore: 0,
      notAfter: ENDED_AT,
      extensions: [authority(), usage("issues")],
    });
    expect(codeWhen({ issuedBy: sameName })).toBe("untrusted-root");
  });

  it.each([
    ["for servers", { uses: [usage("signs"), purposes("1.3.6.1.5.5.7.3.1")] }],
    ["for any purpose", { uses: [usage("signs"), purposes("2.5.29.37.0")] }],
    ["for no named purpose", { uses: [usage("signs")] }],
    ["without key usage", { uses: [purposes(CODE_SIGNING)] }],
    ["for issuing", { uses: [usage("issues"), purposes(CODE_SIGNING)] }],
    ["of an authority", { more: [authority()] }],
    ["with a critical extension nobody knows", { more: [extension("1.2.3.4", sequence(), true)] }],
  ])("is not one %s (T14)", (_what, signing) => {
    expect(codeWhen(signing)).toBe("untrusted-root");
  });

  it.each([
    ["is no authority", { extensions: [usage("issues")] }],
    ["may not issue", { extensions: [authority(), usage("signs")] }],
    ["is kept to other purposes", { extensions: [authority(), usage("issues"), purposes(TIME_STAMPING)] }],
    [
      "is restricted to names in a way nobody here reads",
      { extensions: [authority(), usage("issues"), extension("2.5.29.30", sequence(), true)] },
    ],
  ])("is not issued by one that %s (T14)", (_what, intermediate) => {
    const other = makeInstance(intermediate);
    expect(codeOf(goodBundle(other), trustingInstance(other))).toBe("untrusted-root");
  });

  it("is judged with its whole chain at the time of the signature (T14)", () => {
    const ended = makeInstance({ notAfter: STARTED_AT });
    expect(codeOf(goodBundle(ended), trustingInstance(ended))).toBe("expired");
    const early = makeInstance({ notBefore: ENDED_AT });
    expect(codeOf(goodBundle(early), trustingInstance(early))).toBe("not-yet-valid");
  });

  it("holds no longer path than its root allows (T14)", () => {
    const below = certify({
      subject: "below",
      issuer: instance.intermediate,
      notBefore: STARTED_AT,
      notAfter: ENDED_AT,
      extensions: [authority(), usage("issues")],
    });
    const done = act(instance, { issuedBy: below });
    const document = keylessBundle(done, [logEntry(instance.log, dsseBody(done))]);
    const certificates = [done.leaf, below].map(({ bytes }) => ({ rawBytes: base64(bytes) }));
    const { certificate: _, ...rest } = document.verificationMaterial;
    const chained = { ...document, verificationMaterial: { ...rest, x509CertificateChain: { certificates } } };
    expect(codeOf(chained)).toBe("malformed");
    expect(codeOf(chained, trustingInstance(instance, { allowsChain: true }))).toBe("untrusted-root");
  });

  it("must be one: a bare key, a second signer or a chain with its own root is refused (T15)", () => {
    const document = goodBundle(instance);
    const withMaterial = (more: object): object => ({ ...document, verificationMaterial: { ...document.verificationMaterial, ...more } });
    expect(codeOf(withMaterial({ certificate: { rawBytes: base64(instance.log.spki) } }))).toBe("malformed");
    expect(codeOf(withMaterial({ publicKey: { hint: "" } }))).toBe("malformed");
    const own = goodBundle(stranger);
    const { certificate, ...rest } = own.verificationMaterial;
    const certificates = [certificate, ...[stranger.intermediate, stranger.root].map(({ bytes }) => ({ rawBytes: base64(bytes) }))];
    const chained = { ...own, verificationMaterial: { ...rest, x509CertificateChain: { certificates } } };
    expect(codeOf(chained, trustingInstance(instance, { allowsChain: true, transparencyLog: "ignored" }))).toBe("untrusted-root");
  });

  it("must hold the key that signed", () => {
    const document = goodBundle(instance);
    const signed = ecSigner("prime256v1").sign(Buffer.from("something"));
    const [tampered, done] = [structuredClone(document), act(instance)];
    tampered.dsseEnvelope.signatures = [{ sig: base64(signed) }];
    expect(codeOf(tampered, trustingInstance(instance, { transparencyLog: "ignored" }))).toBe("expired");
    const forged = { ...done, signature: signed };
    expect(codeOf(keylessBundle(forged, [logEntry(instance.log, dsseBody(forged))]))).toBe("signature-invalid");
  });

  it("counts for its image only", () => {
    expect(codeWhen({ image: OTHER_IMAGE })).toBe("digest-mismatch");
  });
});

describe("a trusted root", () => {
  const changed = (change: (root: RootDocument) => unknown): string | undefined => codeWhen({}, { change });

  it("without the start of an entry does not trust that entry (T27)", () => {
    const without = (member: "certificateAuthorities" | "tlogs" | "ctlogs") =>
      changed((root) => JSON.parse(JSON.stringify(root, (key, value) => (key === member ? dropStart(value) : value))));
    expect(without("certificateAuthorities")).toBe("untrusted-root");
    expect(without("tlogs")).toBe("no-transparency-log");
    expect(without("ctlogs")).toBe("untrusted-root");
  });

  const dropStart = (documents: unknown): unknown =>
    JSON.parse(JSON.stringify(documents).replaceAll(/"start":"[^"]*"/g, '"end":"2040-01-01T00:00:00Z"'));

  it("with a kind of key that nobody knows yet still counts for the rest (T27)", () => {
    const unknown = { ...rootOf(stranger).tlogs[0], publicKey: { rawBytes: "AA==", keyDetails: "ML_DSA_87", validFor: {} } };
    expect(changed((root) => ({ ...root, tlogs: [unknown, ...root.tlogs] }))).toBe("ok");
  });

  it("trusts nobody when it is empty or cannot be read (T27)", () => {
    expect(changed(({ mediaType }) => ({ mediaType }))).toBe("no-transparency-log");
    expect(changed(() => ({}))).toBe("untrusted-root");
    expect(changed((root) => ({ ...root, mediaType: "application/json" }))).toBe("untrusted-root");
    expect(
      changed((root) => ({
        ...root,
        certificateAuthorities: [
          ...root.certificateAuthorities,
          { certChain: { certificates: [{ rawBytes: "AA==" }] }, validFor: { start: "2025-01-01T00:00:00Z" } },
        ],
      })),
    ).toBe("untrusted-root");
  });

  it("may hold several authorities and logs of one kind", () => {
    const other = rootOf(stranger);
    const both = (root: RootDocument) => ({
      ...root,
      certificateAuthorities: [...other.certificateAuthorities, ...root.certificateAuthorities],
      tlogs: [...other.tlogs, ...root.tlogs],
      ctlogs: [...other.ctlogs, ...root.ctlogs],
    });
    expect(changed(both)).toBe("ok");
    expect(codeOf(goodBundle(stranger), trustingInstance(instance, { change: both }))).toBe("ok");
  });
});
