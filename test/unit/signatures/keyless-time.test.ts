import { describe, expect, it } from "vitest";
import { type Instant } from "../../../shared/domain/time.ts";
import { certify, purposes, TIME_STAMPING, usage } from "../../fixtures/certificates.ts";
import { judging } from "../../fixtures/keyless-codes.ts";
import {
  act,
  ENDED_AT,
  goodBundle,
  keylessBundle,
  makeInstance,
  makeLeaf,
  type RootDocument,
  type Signing,
  STARTED_AT,
  sct,
  sctExtension,
  type TrustOptions,
  trustingInstance,
} from "../../fixtures/sigstore.ts";
import { dsseBody, LOGGED_AT, logEntry, makeLog, stamp } from "../../fixtures/sigstore-log.ts";

const instance = makeInstance();
const stranger = makeInstance();
const { trusted, codeOf, codeWhen, codeWithEntry } = judging(instance);

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

it("the clock of the verifier plays no part once a log tells the time", () => {
  expect(codeOf(goodBundle(instance), { ...trusted, now: 0 as Instant })).toBe("ok");
});
