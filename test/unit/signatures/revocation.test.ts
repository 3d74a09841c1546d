import { describe, expect, it } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import type { RevocationSource } from "../../../shared/ports/notation-trust.ts";
import { checkRevocation } from "../../../shared/signatures/revocation/check.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { NOW, rootName, signing } from "../../fixtures/notation.ts";
import { answering, asking, crlOf, ocspOf, responderOf, statusInAnswer, statusInCrl } from "../../fixtures/revocation.ts";
import { authority, certify, der, extension, keyUsage, sequence } from "../../fixtures/x509.ts";

const OCSP = "http://ocsp.acme.example";
const CRL = "http://crl.acme.example/root.crl";
const made = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([OCSP], [CRL])] });
const issued = { certificate: readCertificate(made.leaf.bytes), issuer: readCertificate(made.root.bytes) };
const impostor = certify({ subject: rootName, extensions: authority() });
const inCrl = (bytes: Uint8Array): string => statusInCrl(bytes, issued, NOW).kind;
const inOcsp = (bytes: Uint8Array): string => statusInAnswer(bytes, issued, NOW).kind;

describe("T25 a list of revoked certificates", () => {
  it("tells who is on it and who is not", () => {
    expect(inCrl(crlOf(made.root, []))).toBe("good");
    expect(inCrl(crlOf(made.root, [76, 78]))).toBe("good");
    expect(inCrl(crlOf(made.root, [76, 77]))).toBe("revoked");
  });

  it.each([
    ["is of another key", crlOf(impostor, [])],
    ["is not valid any more", crlOf(made.root, [], { nextUpdate: "2026-11-21T11:00:00Z" })],
    ["is not valid yet", crlOf(made.root, [], { thisUpdate: "2026-11-21T13:00:00Z" })],
    ["is a part of one", crlOf(made.root, [], { extensions: [extension("2.5.29.27", sequence(), true)] })],
    [
      "is for some certificates only",
      crlOf(made.root, [], { extensions: [extension("2.5.29.28", sequence(der(0x82, Buffer.of(0xff))), true)] }),
    ],
    ["has a critical extension that nobody knows", crlOf(made.root, [], { extensions: [extension("1.2.3", sequence(), true)] })],
    ["is none", Buffer.from("<html>")],
    ["has bytes behind it", Buffer.concat([crlOf(made.root, []), Buffer.of(0)])],
  ])("says nothing where it %s", (_title, bytes) => {
    expect(inCrl(bytes)).toBe("unknown");
  });
});

describe("T25 a responder's answer", () => {
  it.each(["good", "revoked", "unknown"] as const)("tells that a certificate is %s", (state) => {
    expect(inOcsp(ocspOf(made.root, 77, state))).toBe(state);
  });

  it("counts from whom the issuer lets answer, where nobody need be asked about that one", () => {
    expect(inOcsp(ocspOf(made.root, 77, "good", { signer: responderOf(made.root) }))).toBe("good");
    expect(inOcsp(ocspOf(made.root, 77, "good", { signer: responderOf(impostor) }))).toBe("unknown");
    expect(inOcsp(ocspOf(made.root, 77, "good", { signer: made.leaf }))).toBe("unknown");
  });

  it("counts where it was given after the time was read, or by a clock that is a little ahead", () => {
    expect(inOcsp(ocspOf(made.root, 77, "revoked", { thisUpdate: "2026-11-21T12:05:00Z" }))).toBe("revoked");
    expect(inCrl(crlOf(made.root, [77], { thisUpdate: "2026-11-21T12:05:00Z" }))).toBe("revoked");
  });

  it.each([
    ["about another certificate", ocspOf(made.root, 78, "good")],
    ["too old", ocspOf(made.root, 77, "good", { nextUpdate: "2026-11-21T11:00:00Z" })],
    ["from the future", ocspOf(made.root, 77, "good", { thisUpdate: "2026-11-21T12:05:01Z" })],
    ["a refusal", sequence(Buffer.from([0x0a, 0x01, 0x06]))],
    ["no answer at all", Buffer.from("<html>")],
  ])("says nothing where it is %s", (_title, bytes) => {
    expect(inOcsp(bytes)).toBe("unknown");
  });
});

describe("T25 a chain is asked about", () => {
  const chain = [issued.certificate, issued.issuer];
  const check = async (source: RevocationSource | undefined, signedAt?: string): Promise<string> =>
    (await checkRevocation({ source, now: NOW }, chain, signedAt === undefined ? undefined : parseInstant(signedAt))).kind;

  it("at the responder first, and in the list where that gives no answer", async () => {
    const asked: string[] = [];
    expect(await check(answering({ [OCSP]: ocspOf(made.root, 77, "good"), [CRL]: crlOf(made.root, [77]) }, asked))).toBe("good");
    expect(asked).toEqual([OCSP]);
    expect(await check(answering({ [CRL]: crlOf(made.root, [77]) }))).toBe("revoked");
    expect(await check(answering({ [OCSP]: ocspOf(made.root, 77, "unknown"), [CRL]: crlOf(made.root, []) }))).toBe("good");
  });

  it("and stays unknown without an answer, never good", async () => {
    expect(await check(answering({}))).toBe("unknown");
    expect(await check(undefined)).toBe("unknown");
  });

  it("and nothing is asked of certificates that name nobody to ask", async () => {
    const plain = signing();
    const asked: string[] = [];
    const status = await checkRevocation(
      { source: answering({}, asked), now: NOW },
      [plain.leaf, plain.root].map(({ bytes }) => readCertificate(bytes)),
      undefined,
    );
    expect([status.kind, asked]).toEqual(["good", []]);
  });

  it("and what was signed before it became invalid stays good, where somebody trusted tells when", async () => {
    const source = answering({ [CRL]: crlOf(made.root, [77], { invalidAt: "2026-09-01T00:00:00Z" }) });
    expect(await check(source, "2026-08-01T00:00:00Z")).toBe("good");
    expect(await check(source, "2026-09-02T00:00:00Z")).toBe("revoked");
    expect(await check(source)).toBe("revoked");
  });
});
