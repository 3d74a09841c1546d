import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyTimestamp } from "../../../shared/signatures/timestamp.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { authority, CODE_SIGNING, certify, extension, purposes, usage } from "../../fixtures/certificates.ts";
import { sequence } from "../../fixtures/der.ts";
import { judging } from "../../fixtures/keyless-codes.ts";
import { STAMPER, type Stamped, tokenOf } from "../../fixtures/revocation.ts";
import {
  act,
  ENDED_AT,
  goodBundle,
  type Instance,
  ISSUER,
  keylessBundle,
  makeInstance,
  type RootDocument,
  STARTED_AT,
  SUBJECT,
  trustingInstance,
  WORKFLOW,
} from "../../fixtures/sigstore.ts";
import { dsseBody, logEntry, stamp } from "../../fixtures/sigstore-log.ts";
import { certify as certifyNotary, name, authority as notaryAuthority } from "../../fixtures/x509.ts";

const instance = makeInstance();
const { codeOf, codeWhen } = judging(instance);

/** The same instance with other certificates above its signers. */
function above({
  root = {},
  intermediate = {},
}: {
  root?: Partial<Parameters<typeof certify>[0]>;
  intermediate?: Partial<Parameters<typeof certify>[0]>;
}): Instance {
  const long = { notBefore: 0, notAfter: STARTED_AT + 3_600_000_000, curve: "secp384r1" };
  const top = certify({ subject: "root", ...long, extensions: [authority(), usage("issues")], ...root });
  const extensions = [authority(0), usage("issues"), purposes(CODE_SIGNING)];
  return { ...instance, root: top, intermediate: certify({ subject: "issuing", issuer: top, ...long, extensions, ...intermediate }) };
}

describe("T14 the authorities above a signer, at the time of the signature", () => {
  it.each<[string, Parameters<typeof above>[0], string]>([
    ["are as they should be", {}, "ok"],
    ["whose root was over", { root: { notAfter: STARTED_AT } }, "expired"],
    ["whose root was not yet valid", { root: { notBefore: ENDED_AT } }, "not-yet-valid"],
    ["whose intermediate was over", { intermediate: { notAfter: STARTED_AT } }, "expired"],
    ["whose root allows none below it but one that signs", { root: { extensions: [authority(0), usage("issues")] } }, "untrusted-root"],
    ["whose root is no authority", { root: { extensions: [usage("issues")] } }, "untrusted-root"],
    [
      "whose intermediate is bound to names",
      { intermediate: { extensions: [authority(0), usage("issues"), extension("2.5.29.30", sequence(), true)] } },
      "untrusted-root",
    ],
  ])("%s", (_what, change, code) => {
    const changed = above(change);
    expect(codeOf(goodBundle(changed), trustingInstance(changed))).toBe(code);
  });

  it("count where no log is asked for as well (CVE-2026-24122)", () => {
    const changed = above({ intermediate: { notAfter: STARTED_AT } });
    const done = act(changed);
    const trust = trustingInstance(changed, { transparencyLog: "ignored", timestamp: "required" });
    expect(codeOf(keylessBundle(done, [], [stamp(changed.stamper, done.signature)]), trust)).toBe("expired");
  });
});

describe("T16 a key that the trusted root vouches for until a day", () => {
  const window = (start: string, end: string) => ({
    timestamp: "required" as const,
    change: (root: RootDocument) => ({
      ...root,
      timestampAuthorities: root.timestampAuthorities.map((each) => ({ ...each, validFor: { start, end } })),
    }),
  });
  const stamped = (options: ReturnType<typeof window>): string | undefined => {
    const done = act(instance);
    const document = keylessBundle(done, [logEntry(instance.log, dsseBody(done))], [stamp(instance.stamper, done.signature)]);
    return codeOf(document, trustingInstance(instance, options));
  };

  it("makes no timestamp before or after it", () => {
    expect(stamped(window("2026-01-01T00:00:00Z", "2026-06-01T10:01:00Z"))).toBe("ok");
    expect(stamped(window("2026-01-01T00:00:00Z", "2026-06-01T10:00:59Z"))).toBe("untrusted-root");
    expect(stamped(window("2026-06-01T10:01:01Z", "2027-01-01T00:00:00Z"))).toBe("untrusted-root");
  });
});

describe("T12 a pattern is never left out", () => {
  it.each([
    [ISSUER, SUBJECT, "ok"],
    [`${ISSUER}x*`, SUBJECT, "identity-mismatch"],
    [ISSUER, "nobody*", "identity-mismatch"],
    ["", "*", "identity-mismatch"],
    ["*", "", "identity-mismatch"],
  ])("issuer %j with subject %j: %s", (issuer, subject, code) => {
    const identity = { ...WORKFLOW, issuer: { kind: "pattern", value: issuer }, subject: { kind: "pattern", value: subject } } as const;
    expect(codeWhen({}, { identities: [identity] })).toBe(code);
  });
});

describe("T24 a timestamp by an authority with an RSA key", () => {
  const root = certifyNotary({ subject: name(["CN", "time root"]), extensions: notaryAuthority() });
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const rsa = certifyNotary({ subject: name(["CN", "time"]), issuer: root, serial: 9, extensions: STAMPER, keys });
  const over = Buffer.from("signature");
  const kindOf = (stamped: Stamped, changed = 0): string => {
    const token = tokenOf(rsa, root, over, stamped);
    token[token.length - 1] = (token.at(-1) ?? 0) ^ changed;
    return verifyTimestamp(token, over, [readCertificate(root.bytes)]).kind;
  };

  it.each(["with hash", "key alone"] as const)("counts, whichever way its scheme is written (%s)", (scheme) => {
    expect(kindOf({ rsa: scheme })).toBe("verified");
    expect(kindOf({ rsa: scheme }, 1)).toBe("invalid");
  });

  it("does not count by SHA-1, nor without the attribute that binds its certificate", () => {
    expect(kindOf({ rsa: "with SHA-1" })).toBe("invalid");
    expect(kindOf({ without: "certificate attribute" })).toBe("invalid");
  });
});
