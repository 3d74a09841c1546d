import { describe, expect, it } from "vitest";
import type { Instant } from "../../../shared/domain/time.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { authority, CODE_SIGNING, certify, extension, purposes, TIME_STAMPING, usage } from "../../fixtures/certificates.ts";
import { bytesOf, ecSigner, IMAGE, OTHER_IMAGE, statementOf } from "../../fixtures/cosign.ts";
import { sequence } from "../../fixtures/der.ts";
import {
  type Act,
  act,
  bareClaim,
  base64,
  claim,
  dsseBody,
  ENDED_AT,
  goodBundle,
  ISSUER,
  keylessBundle,
  LOGGED_AT,
  logEntry,
  mail,
  makeInstance,
  makeLeaf,
  makeLog,
  NOW,
  type RootDocument,
  rootOf,
  type Signing,
  STARTED_AT,
  SUBJECT,
  sct,
  sctExtension,
  sha256,
  stamp,
  subjectNames,
  type TrustOptions,
  tileBody,
  trustingInstance,
  uri,
  userName,
  WORKFLOW,
} from "../../fixtures/sigstore.ts";

const instance = makeInstance();
const stranger = makeInstance();
const trusted = trustingInstance(instance);

const codeOf = (bundle: unknown, trust = trusted): string | undefined => verifyBundle(bytesOf(bundle), trust)?.code;
const codeWhen = (signing: Signing, options?: TrustOptions): string | undefined =>
  codeOf(goodBundle(instance, signing), options === undefined ? trusted : trustingInstance(instance, options));

type Entry = ReturnType<typeof logEntry>;
/** Code of a good signature whose log entry was changed. */
function codeWithEntry(change: (entry: Entry, done: Act) => object | readonly object[], options: TrustOptions = {}): string | undefined {
  const done = act(instance);
  const entries = [change(logEntry(instance.log, dsseBody(done)), done)].flat();
  return codeOf(keylessBundle(done, entries), trustingInstance(instance, options));
}

describe("a signature by a certificate counts", () => {
  it("by its log entry, and tells whom the certificate names", () => {
    expect(verifyBundle(bytesOf(goodBundle(instance)), trusted)).toEqual({
      code: "ok",
      identity: "release workflow",
      signer: { issuer: ISSUER, subject: SUBJECT },
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

describe("identity", () => {
  const named = (issuer: string, subject: string): TrustOptions => ({
    identities: [{ ...WORKFLOW, issuer: { kind: "exact", value: issuer }, subject: { kind: "exact", value: subject } }],
  });
  const patterns = (issuer: string, subject: string): TrustOptions => ({
    identities: [{ ...WORKFLOW, issuer: { kind: "pattern", value: issuer }, subject: { kind: "pattern", value: subject } }],
  });

  it("is compared to the last character, issuer and subject (T10)", () => {
    expect(codeWhen({}, named(ISSUER, SUBJECT))).toBe("ok");
    expect(codeWhen({}, named(`${ISSUER}/`, SUBJECT))).toBe("identity-mismatch");
    expect(codeWhen({}, named(ISSUER, SUBJECT.slice(0, -1)))).toBe("identity-mismatch");
    expect(codeWhen({}, named("", ""))).toBe("identity-mismatch");
  });

  it("needs somebody who is trusted", () => {
    expect(codeWhen({}, { identities: [] })).toBe("identity-mismatch");
    expect(codeOf(goodBundle(instance), { image: IMAGE, keys: [], annotations: {}, now: NOW })).toBe("identity-mismatch");
  });

  it("is that of the second where the first is another (T10)", () => {
    const [other = WORKFLOW] = named(ISSUER, "robot@else.example").identities ?? [];
    expect(codeWhen({}, { identities: [other, WORKFLOW] })).toBe("ok");
  });

  it.each([
    ["https://code.example/shop/*", "ok"],
    ["*", "ok"],
    ["https://code.example/*/.github/workflows/*@refs/heads/main", "ok"],
    ["https://code.example/shop/*/main", "ok"],
    ["https://code.example/shop", "identity-mismatch"],
    ["code.example/shop/*", "identity-mismatch"],
    ["https://code.example/shop/*heads", "identity-mismatch"],
    ["https://code.exampl./shop/*", "identity-mismatch"],
    ["https://code.example/shop/(.*)", "identity-mismatch"],
    ["https://code.example/shop/*main*main", "identity-mismatch"],
    ["", "identity-mismatch"],
  ])("matches the pattern %s as a whole, `*` alone is special: %s (T11, T12)", (pattern, code) => {
    expect(codeWhen({}, patterns(ISSUER, pattern))).toBe(code);
  });

  it("is not matched by a longer or a look-alike name (T11)", () => {
    const trust = patterns(ISSUER, "https://code.example/shop/*");
    for (const subject of ["https://code.example.evil/shop/x", "https://codeXexample/shop/x", "https://code.example/shop-evil/x"])
      expect(codeWhen({ names: subjectNames(uri(subject)) }, trust)).toBe("identity-mismatch");
  });

  it("is compared in time that does not explode, whatever the pattern (T18)", () => {
    const subject = `https://code.example/${"a".repeat(20_000)}`;
    expect(codeWhen({ names: subjectNames(uri(subject)) }, patterns("*", `${"*a".repeat(5_000)}*b`))).toBe("identity-mismatch");
  });

  it.each([
    ["mail address", mail("robot@shop.example"), "robot@shop.example"],
    ["URI", uri("spiffe://shop.example/ci"), "spiffe://shop.example/ci"],
    ["user name", userName("robot!shop"), "robot!shop"],
  ])("may be a %s (T13)", (_what, name, subject) => {
    expect(codeWhen({ names: subjectNames(name) }, named(ISSUER, subject))).toBe("ok");
    expect(codeWhen({ names: subjectNames(name) }, named(ISSUER, subject.toUpperCase()))).toBe("identity-mismatch");
  });

  it("is nobody's where the certificate names several or none (T13)", () => {
    expect(codeWhen({ names: subjectNames(uri(SUBJECT), mail("robot@shop.example")) })).toBe("identity-mismatch");
    expect(codeWhen({ names: subjectNames() })).toBe("identity-mismatch");
    expect(codeWhen({ names: extension("2.5.29.14", sequence()) })).toBe("identity-mismatch");
  });

  it("is nobody's where the two issuers of the certificate disagree, or there is none (T13)", () => {
    expect(codeWhen({ issuers: [bareClaim(1, ISSUER)] })).toBe("ok");
    expect(codeWhen({ issuers: [claim(8, ISSUER)] })).toBe("ok");
    expect(codeWhen({ issuers: [bareClaim(1, ISSUER), claim(8, "https://evil.example")] })).toBe("identity-mismatch");
    expect(codeWhen({ issuers: [bareClaim(1, "https://evil.example"), claim(8, ISSUER)] })).toBe("identity-mismatch");
    expect(codeWhen({ issuers: [] })).toBe("identity-mismatch");
  });

  it("may ask for what else the certificate says, of which nothing may be missing (T10)", () => {
    const asking = (claims: Record<string, string>): TrustOptions => ({ identities: [{ ...WORKFLOW, claims }] });
    const more = [bareClaim(5, "shop/api"), claim(14, "refs/heads/main")];
    expect(codeWhen({ more }, asking({ githubWorkflowRepository: "shop/api", sourceRepositoryRef: "refs/heads/main" }))).toBe("ok");
    expect(codeWhen({ more }, asking({ githubWorkflowRepository: "shop/ap" }))).toBe("identity-mismatch");
    expect(codeWhen({ more }, asking({ githubWorkflowSha: "" }))).toBe("identity-mismatch");
    expect(codeWhen({ more }, asking({ toString: "shop/api" }))).toBe("identity-mismatch");
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

describe("time", () => {
  it("outside of the certificate's is none (T16)", () => {
    const at = (time: number): string | undefined => codeWithEntry((_entry, done) => logEntry(instance.log, dsseBody(done), { at: time }));
    expect([at(STARTED_AT - 1000), at(ENDED_AT + 1000)]).toEqual(["not-yet-valid", "expired"]);
  });

  it.each([
    ["authority", "certificateAuthorities", "untrusted-root"],
    ["log", "tlogs", "no-transparency-log"],
    ["certificate log", "ctlogs", "untrusted-root"],
  ] as const)("outside of what the root vouches for of its %s is none (T16)", (_what, member, code) => {
    const ending = (end: string) => ({
      change: (root: RootDocument) => {
        const documents = structuredClone(root[member]);
        for (const document of documents) setWindow(document, { start: "2025-01-01T00:00:00Z", end });
        return { ...root, [member]: documents };
      },
    });
    expect(codeWhen({}, ending("2026-06-01T09:59:59Z"))).toBe(code);
    expect(codeWhen({}, ending("2026-06-01T10:01:00Z"))).toBe("ok");
  });

  function setWindow(
    document: RootDocument["tlogs"][number] | RootDocument["certificateAuthorities"][number],
    window: { start?: string; end?: string },
  ): void {
    if ("publicKey" in document) document.publicKey.validFor = window;
    else document.validFor = window;
  }

  it("is now where neither log nor timestamp is asked for", () => {
    const trust = trustingInstance(instance, { transparencyLog: "ignored" });
    const document = goodBundle(instance);
    expect(codeOf(document, trust)).toBe("expired");
    expect(codeOf(document, { ...trust, now: LOGGED_AT })).toBe("ok");
  });
});

describe("the timestamp of a certificate log", () => {
  const scts = (make: (...of: Parameters<NonNullable<Signing["scts"]>>) => readonly Buffer[]): Signing => ({ scts: make });
  const other = makeLog();

  it("is needed, unless the policy says otherwise (T17)", () => {
    expect(codeWhen(scts(() => []))).toBe("no-transparency-log");
    expect(
      codeWhen(
        scts(() => []),
        { sct: "ignored" },
      ),
    ).toBe("ok");
  });

  it("counts by a known log only; one by an unknown log beside it does no harm (T17)", () => {
    const { certificateLog } = instance;
    expect(codeWhen(scts((signed, issuer) => [sctExtension(sct(other, signed, issuer))]))).toBe("untrusted-root");
    expect(codeWhen(scts((signed, issuer) => [sctExtension(sct(other, signed, issuer), sct(certificateLog, signed, issuer))]))).toBe("ok");
  });

  it("is of this certificate and this issuer (T17)", () => {
    const { certificateLog, intermediate, root } = instance;
    const foreign = makeLeaf(
      instance,
      scts(() => []),
    ).bytes;
    expect(codeWhen(scts((_signed, issuer) => [sctExtension(sct(certificateLog, foreign, issuer))]))).toBe("signature-invalid");
    expect(codeWhen(scts((signed) => [sctExtension(sct(certificateLog, signed, root))]))).toBe("signature-invalid");
    const badBeside = scts((signed, issuer) => [
      sctExtension(sct(certificateLog, signed, issuer), sct(certificateLog, foreign, intermediate)),
    ]);
    expect(codeWhen(badBeside)).toBe("signature-invalid");
  });

  it.each([0, 1, 5, 20, 44, 60])("is malformed when %i bytes of it are left (T55)", (length) => {
    const cut = scts((signed, issuer) => [sctExtension(sct(instance.certificateLog, signed, issuer).subarray(0, length))]);
    expect(codeWhen(cut)).toBe("malformed");
  });
});

describe("the log entry", () => {
  it("is needed, and in a known log (T20)", () => {
    expect(codeWithEntry(() => [])).toBe("no-transparency-log");
    expect(codeWithEntry((_entry, done) => logEntry(makeLog(), dsseBody(done)))).toBe("no-transparency-log");
  });

  it("is of this content, this signature and this certificate (T20)", () => {
    const of = (change: (done: Act) => Parameters<typeof dsseBody>[0]) =>
      codeWithEntry((_entry, done) => logEntry(instance.log, dsseBody(change(done))));
    expect(of((done) => done)).toBe("ok");
    expect(of((done) => ({ ...done, payload: Buffer.from("{}") }))).toBe("signature-invalid");
    expect(of((done) => ({ ...done, signature: Buffer.from("another") }))).toBe("signature-invalid");
    expect(of((done) => ({ ...done, leaf: makeLeaf(instance) }))).toBe("signature-invalid");
  });

  it("is of a kind that we know, and the one it is told to be (T20)", () => {
    expect(codeWithEntry((_entry, done) => logEntry(instance.log, { ...dsseBody(done), kind: "rpm" }))).toBe("unsupported");
    expect(codeWithEntry((entry) => ({ ...entry, kindVersion: { kind: "hashedrekord", version: "0.0.1" } }))).toBe("malformed");
    expect(codeWithEntry((_entry, done) => logEntry(instance.log, { ...dsseBody(done), spec: {} }))).toBe("malformed");
  });

  it("tells a time only under the log's promise, which covers time, index and body (T21)", () => {
    expect(codeWithEntry((entry) => ({ ...entry, integratedTime: `${LOGGED_AT / 1000 + 1}` }))).toBe("signature-invalid");
    expect(codeWithEntry((entry) => ({ ...entry, logIndex: "4302" }))).toBe("signature-invalid");
    expect(codeWithEntry((entry) => ({ ...entry, inclusionPromise: null }))).toBe("no-timestamp");
    expect(codeWithEntry((entry) => ({ ...entry, inclusionPromise: { signedEntryTimestamp: null } }))).toBe("signature-invalid");
  });

  it("counts once (T22)", () => {
    expect(codeWithEntry((entry) => [entry, entry])).toBe("malformed");
    expect(codeWithEntry((entry) => [entry, { ...entry, logIndex: "04301" }])).toBe("malformed");
  });

  it("must be right in each known log, and an unknown one beside it does no harm (T22)", () => {
    expect(codeWithEntry((entry, done) => [entry, logEntry(makeLog(), dsseBody(done))])).toBe("ok");
    expect(
      codeWithEntry((entry, done) => [entry, logEntry(instance.log, dsseBody({ ...done, payload: Buffer.of(1) }), { index: 9 })]),
    ).toBe("signature-invalid");
  });

  const proof = (change: Record<string, unknown>) =>
    codeWithEntry((entry) => ({ ...entry, inclusionProof: { ...entry.inclusionProof, ...change } }));
  const good = logEntry(instance.log, { kind: "", apiVersion: "" }).inclusionProof;

  it.each([
    ["another root", { rootHash: base64(sha256()) }],
    ["an index that is not its place", { logIndex: "3" }],
    ["an index behind the tree", { logIndex: "5" }],
    ["a negative index", { logIndex: "-1" }],
    ["a huge index", { logIndex: "9223372036854775807", treeSize: "9223372036854775807" }],
    ["an empty tree", { treeSize: "0" }],
    ["another tree size", { treeSize: "6" }],
    ["a hash too few", { hashes: good.hashes.slice(1) }],
    ["a hash too many", { hashes: [...good.hashes, base64(sha256())] }],
    ["ten thousand hashes (T52)", { hashes: Array.from({ length: 10_000 }, () => base64(sha256())) }],
    ["a short hash", { hashes: [base64(Buffer.of(1)), ...good.hashes.slice(1)] }],
  ])("is not included by a proof with %s (T23)", (_what, change) => {
    expect(proof(change)).toBe("signature-invalid");
  });

  it.each([
    [
      "signed by another log",
      (envelope: string) => envelope.replace(/\S+\n$/, `${base64(Buffer.concat([instance.log.id.subarray(0, 4), sha256()]))}\n`),
      "signature-invalid",
    ],
    ["about another tree", (envelope: string) => envelope.replace("\n5\n", "\n6\n"), "signature-invalid"],
    ["without signature", (envelope: string) => envelope.replace(/\u2014.*\n/, "\n"), "signature-invalid"],
    ["cut off", (envelope: string) => envelope.slice(0, -1), "malformed"],
    ["that is no note", () => "checkpoint", "malformed"],
    ["without size", (envelope: string) => envelope.replace("\n5\n", "\nfive\n"), "malformed"],
  ])("is not included under a checkpoint %s (T23)", (_what, change, code) => {
    expect(
      codeWithEntry((entry) => {
        const { checkpoint, ...rest } = entry.inclusionProof;
        return { ...entry, inclusionProof: { ...rest, checkpoint: { envelope: change(checkpoint.envelope) } } };
      }),
    ).toBe(code);
  });
});

describe("a log of the second generation", () => {
  const logged = (stamps: (done: Act) => readonly Buffer[], options: TrustOptions = {}): string | undefined => {
    const done = act(instance);
    return codeOf(keylessBundle(done, [logEntry(instance.tiles, tileBody(done))], stamps(done)), trustingInstance(instance, options));
  };

  it("tells no time, so a timestamp is needed (T26)", () => {
    expect(logged(() => [])).toBe("no-timestamp");
    expect(logged((done) => [stamp(instance.stamper, done.signature)])).toBe("ok");
  });

  it("must have been trusted when the timestamp was made (T16, T26)", () => {
    const change = (root: RootDocument) => {
      const tlogs = structuredClone(root.tlogs);
      for (const { publicKey } of tlogs) publicKey.validFor = { start: "2026-06-01T10:02:00Z" };
      return { ...root, tlogs };
    };
    expect(logged((done) => [stamp(instance.stamper, done.signature)], { change })).toBe("no-transparency-log");
  });
});

describe("a timestamp", () => {
  const stamped = (make: (signature: Buffer) => readonly Buffer[], options: TrustOptions = {}): string | undefined => {
    const done = act(instance);
    const trust = trustingInstance(instance, { transparencyLog: "ignored", timestamp: "required", ...options });
    return codeOf(keylessBundle(done, [], make(done.signature)), trust);
  };

  it("alone proves the time where the policy does not ask for a log (T24)", () => {
    expect(stamped((signature) => [stamp(instance.stamper, signature)])).toBe("ok");
    expect(stamped(() => [])).toBe("no-timestamp");
  });

  it("is of this signature, granted, and by a trusted authority (T24)", () => {
    expect(stamped(() => [stamp(instance.stamper, Buffer.from("another"))])).toBe("signature-invalid");
    expect(stamped((signature) => [stamp(instance.stamper, signature, LOGGED_AT, 2)])).toBe("malformed");
    expect(stamped((signature) => [stamp(stranger.stamper, signature)])).toBe("untrusted-root");
  });

  it("is not made by another certificate that came along (T24)", () => {
    const always = { notBefore: 0, notAfter: ENDED_AT };
    const other = certify({
      subject: "stamper",
      issuer: instance.stampRoot,
      ...always,
      extensions: [usage("signs"), purposes(TIME_STAMPING)],
    });
    const { bytes } = instance.stamper;
    expect(stamped((signature) => [stamp(other, signature)])).toBe("untrusted-root");
    expect(stamped((signature) => [stamp({ ...other, bytes }, signature)])).not.toBe("ok");
  });

  it("outside of the certificate's time says that it was expired, and each one counts (T16)", () => {
    expect(stamped((signature) => [stamp(instance.stamper, signature, ENDED_AT + 1000)])).toBe("expired");
    expect(stamped((signature) => [stamp(instance.stamper, signature), stamp(instance.stamper, signature, ENDED_AT + 1000)])).toBe(
      "expired",
    );
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

it("the clock of the verifier plays no part once a log tells the time", () => {
  expect(codeOf(goodBundle(instance), { ...trusted, now: 0 as Instant })).toBe("ok");
});
