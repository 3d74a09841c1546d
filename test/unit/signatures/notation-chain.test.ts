import { describe, expect, it } from "vitest";
import { LEVELS } from "../../../shared/signatures/notation/levels.ts";
import { rememberSigners } from "../../../shared/signatures/notation/signer.ts";
import { verifyEnvelope } from "../../../shared/signatures/notation/verify.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import {
  bytesOf,
  expecting,
  headerOf,
  jwsOf,
  NOTARY,
  rootName,
  type Signing,
  SUBJECT,
  signing,
  statement,
} from "../../fixtures/notation.ts";
import { authority, certify, ecKeys, extension, keyUsage, name, purposes, sequence } from "../../fixtures/x509.ts";

function codeOf(made: Signing, expected = expecting(made), header = headerOf()): string {
  const verified = verifyEnvelope(bytesOf(jwsOf(made, header)), "application/jose+json", expected);
  if (verified.kind === "refused") return verified.judgement.code;
  return verified.failures[0]?.code ?? "ok";
}

describe("T14 the signer's certificate", () => {
  it.each([
    ["may have the purpose of signing code", [keyUsage([0]), purposes(false, "1.3.6.1.5.5.7.3.3")], "ok"],
    ["is not an authority's", authority(), "malformed"],
    ["says what its key is for", [], "malformed"],
    ["says so as critical", [keyUsage([0], false)], "malformed"],
    ["is for nothing beside signatures", [keyUsage([0, 5])], "malformed"],
    ["is not for any purpose", [keyUsage([0]), purposes(false, "2.5.29.37.0")], "malformed"],
    ["is not a server's", [keyUsage([0]), purposes(false, "1.3.6.1.5.5.7.3.1")], "malformed"],
    ["is not for timestamps", [keyUsage([0]), purposes(false, "1.3.6.1.5.5.7.3.8")], "malformed"],
    ["has no critical extension that nobody knows", [keyUsage([0]), extension("1.2.3.4", sequence(), true)], "unsupported"],
    ["may have others", [keyUsage([0]), extension("1.2.3.4", sequence())], "ok"],
    ["has no extension twice", [keyUsage([0]), keyUsage([0])], "malformed"],
  ] as const)("%s", (_title, extensions, code) => {
    expect(codeOf(signing({ extensions }))).toBe(code);
  });

  it("is valid now where nobody trusted tells another time", () => {
    expect(codeOf(signing({ notAfter: "2026-11-21T11:59:59Z" }))).toBe("expired");
    expect(codeOf(signing({ notBefore: "2026-11-21T12:00:01Z" }))).toBe("not-yet-valid");
  });

  it("T16 is valid when a signing authority says that it signed", () => {
    const header = headerOf({
      crit: [`${NOTARY}.signingScheme`, `${NOTARY}.authenticSigningTime`],
      [`${NOTARY}.signingScheme`]: "notary.x509.signingAuthority",
      [`${NOTARY}.signingTime`]: undefined,
      [`${NOTARY}.authenticSigningTime`]: "2026-06-01T10:00:00Z",
    });
    const expired = signing({ notAfter: "2026-07-01T00:00:00Z" });
    expect(codeOf(expired, expecting(expired), header)).toBe("ok");
    const over = signing({ notAfter: "2026-05-01T00:00:00Z" });
    expect(codeOf(over, expecting(over), header)).toBe("expired");
    const inOther = expecting(expired, { anchors: { ...expecting(expired).anchors, signingAuthority: [] } });
    expect(codeOf(expired, inOther, header)).toBe("untrusted-root");
  });
});

describe("T14 the chain", () => {
  const made = signing();
  const chained = (...certificates: readonly Buffer[]): string => {
    const document = jwsOf(made);
    document.header["x5c"] = certificates.map((bytes) => bytes.toString("base64"));
    const verified = verifyEnvelope(bytesOf(document), "application/jose+json", expecting(made));
    return verified.kind === "refused" ? verified.judgement.code : (verified.failures[0]?.code ?? "ok");
  };

  it("is complete, in order, and without anything twice", () => {
    const [leaf, root] = [made.leaf.bytes, made.root.bytes];
    expect(chained(leaf, root)).toBe("ok");
    expect(chained(leaf)).toBe("malformed");
    expect(chained(root, leaf)).toBe("malformed");
    expect(chained(leaf, root, root)).toBe("malformed");
    expect(chained()).toBe("malformed");
    expect(chained(leaf, ...Array.from({ length: 10 }, () => root))).toBe("malformed");
  });

  it("leads to a certificate of the store: a name alone is nothing", () => {
    const impostor = certify({ subject: rootName, extensions: authority(), serial: 9 });
    expect(chained(made.leaf.bytes, impostor.bytes)).toBe("untrusted-root");
    const forged: Signing = { root: made.root, leaf: certify({ subject: SUBJECT, issuer: impostor, extensions: [keyUsage([0])] }) };
    expect(codeOf(forged, expecting(made))).toBe("untrusted-root");
  });

  it("has authorities that may sign certificates, and no more of them than they allow", () => {
    const wrong = (extensions: readonly Buffer[]): string => {
      const root = certify({ subject: rootName, extensions });
      const own = { root, leaf: certify({ subject: SUBJECT, issuer: root, extensions: [keyUsage([0])] }) };
      return codeOf(own, expecting(own));
    };
    expect(wrong(authority())).toBe("ok");
    expect(wrong([keyUsage([5])])).toBe("malformed");
    expect(wrong([authority()[0] ?? Buffer.alloc(0), keyUsage([6])])).toBe("malformed");
    const top = certify({ subject: name(["CN", "top"]), extensions: authority(0) });
    const middle = certify({ subject: rootName, issuer: top, extensions: authority() });
    const leaf = certify({ subject: SUBJECT, issuer: middle, extensions: [keyUsage([0])] });
    const document = jwsOf({ root: top, leaf });
    document.header["x5c"] = [leaf, middle, top].map(({ bytes }) => bytes.toString("base64"));
    const verified = verifyEnvelope(bytesOf(document), "application/jose+json", expecting({ root: top, leaf }));
    expect(verified).toMatchObject({ kind: "refused", judgement: { code: "malformed" } });
  });

  it("may be a single self-signed certificate that the store has", () => {
    const leaf = certify({ subject: SUBJECT, extensions: [keyUsage([0])] });
    const document = jwsOf({ root: leaf, leaf });
    document.header["x5c"] = [leaf.bytes.toString("base64")];
    const check = (root: Signing["root"]): unknown => verifyEnvelope(bytesOf(document), "application/jose+json", expecting({ root, leaf }));
    expect(check(leaf)).toMatchObject({ kind: "genuine", failures: [] });
    expect(check(made.root)).toMatchObject({ kind: "genuine", failures: [{ code: "untrusted-root" }] });
  });
});

describe("T10 identities", () => {
  const made = signing();
  const by = (wanted: Record<string, string>): string =>
    codeOf(made, expecting(made, { statement: statement({ identities: [new Map(Object.entries(wanted))] }) }));

  it("match every attribute exactly", () => {
    const base = { C: "US", ST: "WA", O: "acme.example" };
    expect(by({ ...base, CN: "builder" })).toBe("ok");
    expect(by({ ...base, CN: "build" })).toBe("identity-mismatch");
    expect(by({ ...base, CN: "BUILDER" })).toBe("identity-mismatch");
    expect(by({ ...base, OU: "x" })).toBe("identity-mismatch");
  });

  it("T13 do not match a subject that has the attribute twice", () => {
    const doubled = signing({ subject: name(["C", "US"], ["ST", "WA"], ["O", "acme.example"], ["O", "evil.example"]) });
    expect(codeOf(doubled)).toBe("identity-mismatch");
  });

  it("say nothing where the policy trusts every one of its stores", () => {
    expect(codeOf(made, expecting(made, { statement: statement({ identities: "any", actions: LEVELS.audit }) }))).toBe("ok");
  });
});

describe("signers that are remembered", () => {
  it("are the same for the same certificates, and no others", () => {
    const made = signing();
    const read = rememberSigners();
    const certificates = [made.leaf.bytes, made.root.bytes];
    expect(read(certificates)).toBe(read(certificates.map((bytes) => Buffer.from(bytes))));
    const other = signing();
    expect(read([other.leaf.bytes, other.root.bytes])).not.toBe(read(certificates));
    expect(() => read([Buffer.concat(certificates)])).toThrowError(expect.objectContaining({ code: "malformed" }));
  });

  it("are forgotten after 256 others", () => {
    const root = certify({ subject: rootName, extensions: authority() });
    const keys = ecKeys();
    const read = rememberSigners();
    const chainOf = (serial: number): Buffer[] => [
      certify({ subject: SUBJECT, issuer: root, extensions: [keyUsage([0])], keys, serial }).bytes,
      root.bytes,
    ];
    const first = chainOf(1);
    const signer = read(first);
    for (let serial = 2; serial <= 257; serial++) read(chainOf(serial));
    expect(read(first)).not.toBe(signer);
  });
});

it("T14 a certificate of version 1 is refused", () => {
  expect(() => readCertificate(sequence(sequence(), sequence()))).toThrowError(expect.objectContaining({ code: "malformed" }));
});
