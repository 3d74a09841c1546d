import { describe, expect, it } from "vitest";
import { judge } from "../../../shared/signatures/notation/judge.ts";
import type { Judgement } from "../../../shared/signatures/notation/judgement.ts";
import { LEVELS } from "../../../shared/signatures/notation/levels.ts";
import { verifyEnvelope } from "../../../shared/signatures/notation/verify.ts";
import { verifyTimestamp } from "../../../shared/signatures/timestamp.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { bytesOf, expecting, jwsOf, NOTARY, signing, statement } from "../../fixtures/notation.ts";
import { answering, asking, crlOf, STAMPER, type Stamped, tokenOf } from "../../fixtures/revocation.ts";
import { authority, certify, keyUsage, name, purposes } from "../../fixtures/x509.ts";

const root = certify({ subject: name(["CN", "time root"]), extensions: authority() });
const stamper = (extensions = STAMPER, more: object = {}): typeof root =>
  certify({ subject: name(["CN", "time"]), issuer: root, serial: 9, extensions, ...more });
const good = stamper();
const over = Buffer.from("signature");
const anchors = [readCertificate(root.bytes)];
const outcome = (token: Buffer): string => verifyTimestamp(token, over, anchors).kind;

describe("T24 a timestamp", () => {
  it("tells the range in which something existed", () => {
    const verified = verifyTimestamp(tokenOf(good, root, over, { seconds: 2 }), over, anchors);
    const at = Date.parse("2026-06-01T10:00:00Z");
    expect(verified).toMatchObject({ kind: "verified", timestamp: { from: at - 2000, to: at + 2000 } });
  });

  it.each<[string, Buffer, string]>([
    ["is of other bytes", tokenOf(good, root, Buffer.from("other")), "mismatch"],
    ["binds another certificate", tokenOf(good, root, over, { names: root }), "invalid"],
    ["binds no certificate", tokenOf(good, root, over, { without: "certificate attribute" }), "invalid"],
    ["brings no certificate", tokenOf(good, root, over, { without: "certificate" }), "untrusted"],
    ["is signed by another key", tokenOf({ ...good, privateKey: root.privateKey }, root, over), "invalid"],
    ["comes from a certificate for code", tokenOf(stamper([keyUsage([0]), purposes(true, "1.3.6.1.5.5.7.3.3")]), root, over), "invalid"],
    [
      "comes from a certificate for more than time",
      tokenOf(stamper([purposes(true, "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.3")]), root, over),
      "invalid",
    ],
    [
      "comes from a certificate whose purpose is not critical",
      tokenOf(stamper([purposes(false, "1.3.6.1.5.5.7.3.8")]), root, over),
      "invalid",
    ],
    ["comes from a certificate that was over", tokenOf(stamper(STAMPER, { notAfter: "2026-05-01T00:00:00Z" }), root, over), "untrusted"],
  ])("does not count where it %s", (_title, token, kind) => {
    expect(outcome(token)).toBe(kind);
  });

  it("does not count from an authority that nobody trusts, whatever its name", () => {
    const impostor = certify({ subject: name(["CN", "time root"]), extensions: authority() });
    const other = certify({ subject: name(["CN", "time"]), issuer: impostor, serial: 9, extensions: STAMPER });
    expect(outcome(tokenOf(other, impostor, over))).toBe("untrusted");
  });
});

describe("T16 a signature with a timestamp", () => {
  const made = signing({ notBefore: "2026-05-01T00:00:00Z", notAfter: "2026-06-30T00:00:00Z" });
  const anchored = { ...expecting(made).anchors, tsa: anchors };
  const stores = ["ca:acme", "tsa:acme"];
  const codeOf = (stamped: Stamped | undefined, verifyTimestamp: "always" | "afterCertExpiry" = "always", own = made): string => {
    const document = jwsOf(own);
    const token = stamped === undefined ? undefined : tokenOf(good, root, Buffer.from(document.signature, "base64url"), stamped);
    document.header[`${NOTARY}.timestampSignature`] = token?.toString("base64");
    const expected = expecting(own, {
      statement: statement({ stores, verifyTimestamp }),
      anchors: { ...expecting(own).anchors, tsa: anchored.tsa },
    });
    const verified = verifyEnvelope(bytesOf(document), "application/jose+json", expected);
    return verified.kind === "refused" ? verified.judgement.code : (verified.failures[0]?.code ?? "ok");
  };

  it("outlives its certificate", () => {
    expect(codeOf({})).toBe("ok");
  });

  it("must have been made while its certificates were valid, for the whole range", () => {
    expect(codeOf({ at: "2026-07-01T00:00:00Z" })).toBe("expired");
    expect(codeOf({ at: "2026-04-01T00:00:00Z" })).toBe("not-yet-valid");
    expect(codeOf({ at: "2026-06-29T23:59:59Z", seconds: 2 })).toBe("expired");
    expect(codeOf({ at: "2026-06-29T23:59:58Z", seconds: 2 })).toBe("ok");
  });

  it("must have one where the policy trusts an authority for it; after the end only, if it says so", () => {
    expect(codeOf(undefined)).toBe("no-timestamp");
    expect(codeOf(undefined, "always", signing())).toBe("no-timestamp");
    expect(codeOf(undefined, "afterCertExpiry", signing())).toBe("ok");
    expect(codeOf(undefined, "afterCertExpiry")).toBe("no-timestamp");
  });

  it("T24 T25 falls with an authority that was revoked or may have been, even where the policy does not ask about signers", async () => {
    const url = "http://crl.acme.example";
    const asked = stamper([...STAMPER, ...asking([], [url])]);
    const document = jwsOf(made);
    document.header[`${NOTARY}.timestampSignature`] = tokenOf(asked, root, Buffer.from(document.signature, "base64url")).toString("base64");
    const actions = { ...LEVELS.strict, revocation: "skip" } as const;
    const expected = expecting(made, { statement: statement({ stores, actions }), anchors: anchored });
    const judged = async (list: Buffer | undefined): Promise<Judgement> => {
      const revocation = answering(list === undefined ? {} : { [url]: list });
      return judge({ bytes: bytesOf(document), mediaType: "application/jose+json", revocation }, expected);
    };
    expect(await judged(undefined)).toMatchObject({ code: "revocation-unknown" });
    expect(await judged(crlOf(root, [asked.serial]))).toMatchObject({ code: "revoked" });
    // Whatever it stamped before may as well have been stamped after.
    expect(await judged(crlOf(root, [asked.serial], { invalidAt: "2026-09-01T00:00:00Z" }))).toMatchObject({ code: "revoked" });
    expect(await judged(crlOf(root, []))).toMatchObject({ code: "ok", goodUntil: Date.parse("2026-11-22T00:00:00Z") });
  });
});
