import { describe, expect, it, test } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { readArmor } from "../../../shared/signatures/openpgp/armor.ts";
import { readCertificate } from "../../../shared/signatures/openpgp/certificate.ts";
import { verifyMessage } from "../../../shared/signatures/openpgp/verify.ts";
import {
  armored,
  type CertificateDraft,
  MADE_AT,
  type MessageDraft,
  PGP_KINDS,
  packet,
  pgpCertificate,
  pgpKey,
  pgpMessage,
  pgpSignature,
  SIGNED_AT,
} from "../../fixtures/openpgp.ts";

const NOW = instant(Date.parse("2026-11-21T08:00:00Z"));
const CONTENT = Buffer.from('{"critical":{}}\n');
const key = pgpKey("EdDSA");
const subkey = pgpKey("ECDSA P-256");
const DAYS_UNTIL_NOW = Math.ceil((NOW / 1000 - MADE_AT) / 86_400);

/** What is said of a message by one key, verified with a certificate. */
function outcome(signer = key, certificate: CertificateDraft = {}, message: MessageDraft = {}, now = NOW): unknown {
  return outcomeOf(() => {
    const read = readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key, certificate)));
    return verifyMessage(armored("PGP MESSAGE", pgpMessage(signer, CONTENT, message)), read, now).kind;
  });
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof AdapterError) return error.code;
    throw error;
  }
}

describe("a signed message counts", () => {
  it.each(PGP_KINDS)("by a key of %s, with each digest that counts, compressed or not", (kind) => {
    const made = pgpKey(kind);
    const certificate = readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(made)));
    expect(certificate.fingerprint).toBe(made.fingerprint);
    for (const hash of ["sha256", "sha384", "sha512"] as const)
      for (const compression of ["none", "zip"] as const) {
        const text = armored("PGP MESSAGE", pgpMessage(made, CONTENT, { hash, compression }));
        expect(verifyMessage(text, certificate, NOW)).toMatchObject({ kind: "good", content: CONTENT, signedAt: SIGNED_AT * 1000 });
      }
  });

  it("by a subkey that says itself that it belongs to the key", () => {
    expect(outcome(subkey, { subkey })).toBe("good");
  });

  it("in armor with line ends of Windows, headers, or under the name that kritis gives it", () => {
    const certificate = readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key)));
    const text = armored("PGP SIGNATURE", pgpMessage(key, CONTENT));
    const dressed = text.replace("-----\n\n", "-----\nVersion: GnuPG v2\nComment: a comment\n\n").replaceAll("\n", "\r\n");
    expect([text, dressed].map((one) => verifyMessage(one, certificate, NOW).kind)).toEqual(["good", "good"]);
  });

  it("until the earliest end of signature, key and subkey", () => {
    const ends = (certificate: CertificateDraft, message: MessageDraft = {}): unknown => {
      const read = readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key, { subkey, ...certificate })));
      const verified = verifyMessage(armored("PGP MESSAGE", pgpMessage(subkey, CONTENT, message)), read, NOW);
      return verified.kind === "good" ? verified.endsAt : verified.kind;
    };
    const day = (days: number): number => (MADE_AT + days * 86_400) * 1000;
    expect(ends({})).toBeUndefined();
    expect(ends({ livesFor: 400 })).toBe(day(400));
    expect(ends({ livesFor: 500, subkeyLivesFor: 400 })).toBe(day(400));
    expect(ends({ livesFor: 400, subkeyLivesFor: 500 })).toBe(day(400));
    const life = Buffer.alloc(4);
    life.writeUInt32BE(MADE_AT + 390 * 86_400 - SIGNED_AT);
    expect(ends({ livesFor: 400 }, { covered: [[3, life]] })).toBe(day(390));
  });
});

describe("T16: a key counts only within its life, whatever time the signature claims", () => {
  it.each([
    ["an expired key", key, { livesFor: DAYS_UNTIL_NOW - 1 }, {}, "expired"],
    ["a key that expires today", key, { livesFor: DAYS_UNTIL_NOW }, {}, "good"],
    ["an expired subkey", subkey, { subkey, subkeyLivesFor: DAYS_UNTIL_NOW - 1 }, {}, "expired"],
    ["a subkey of an expired key", subkey, { subkey, livesFor: DAYS_UNTIL_NOW - 1 }, {}, "expired"],
    ["an expired signature", key, {}, { covered: [[3, Buffer.from([0, 0, 0, 1])]] }, "expired"],
    ["a signature of tomorrow", key, {}, { at: NOW / 1000 + 86_400 }, "not-yet-valid"],
    ["a signature that is older than its key", key, {}, { at: MADE_AT - 1 }, "unable"],
    ["a revoked key", key, { revoked: "key" }, {}, "revoked"],
    ["a key that somebody else has revoked, perhaps rightly", key, { revoked: "key by somebody else" }, {}, "revoked"],
    ["a revoked subkey", subkey, { subkey, revoked: "subkey" }, {}, "revoked"],
    ["a subkey of a revoked key", subkey, { subkey, revoked: "key" }, {}, "revoked"],
    ["the key of a revoked subkey", key, { subkey, revoked: "subkey" }, {}, "good"],
  ] as const)("%s", (_, signer, certificate, message, expected) => {
    expect(outcome(signer, certificate, message)).toBe(expected);
  });
});

describe("T13: a subkey signs only where both keys say so", () => {
  it.each([
    ["without its own word", { subkey, backBy: null }, "unable"],
    ["with a word of the key in place of its own", { subkey, backBy: key }, "unable"],
    ["for encryption", { subkey, subkeyFlags: 0x0c }, "unable"],
  ] as const)("not %s", (_, certificate, expected) => {
    expect(outcome(subkey, certificate)).toBe(expected);
  });

  it("and neither does a key that only certifies", () => {
    expect(outcome(key, { flags: 0x01 })).toBe("unable");
  });

  it("nor a key that is not among them", () => {
    expect(outcome(pgpKey("EdDSA"), { subkey })).toBe("wrong-key");
  });

  it("nor one whose only words of itself are made with SHA-1", () => {
    expect(outcome(key, { hash: "sha1" })).toBe("unsupported");
  });
});

describe("T37: what a message demands or announces does not choose how it is verified", () => {
  it.each([
    ["SHA-1", { hash: "sha1" }, "unsupported"],
    ["text with its line ends made equal", { type: 1 }, "unsupported"],
    ["a critical demand that nobody knows", { covered: [[0x80 | 60, Buffer.from("x")]] }, "unsupported"],
    ["critical notation data", { covered: [[0x80 | 20, Buffer.alloc(8)]] }, "unsupported"],
    ["two times of making", { covered: [[2, Buffer.alloc(4)]] }, "malformed"],
    ["another content than was signed", { content: Buffer.from("{}") }, "wrong-key"],
    ["another signature announced", { announced: Buffer.from("030008160000000000000000" + "01", "hex") }, "malformed"],
  ] as const)("%s", (_, message, expected) => {
    expect(outcome(key, {}, message)).toBe(expected);
  });
});

describe("only a content with one signature is a signed message", () => {
  const certificate = readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key)));
  const plain = pgpMessage(key, CONTENT, { compression: "none" });
  const code = (bytes: Uint8Array): unknown => outcomeOf(() => verifyMessage(armored("PGP MESSAGE", bytes), certificate, NOW).kind);
  const signature = packet(2, pgpSignature(key, CONTENT, { type: 0 }));
  test.each([
    ["a signature alone", signature, "unsupported"],
    ["a signature in front", Buffer.concat([signature, packet(11, Buffer.from("b\0\0\0\0\0"))]), "unsupported"],
    ["two messages", Buffer.concat([plain, plain]), "malformed"],
    ["a compressed message in a compressed one", Buffer.concat([Uint8Array.of(0xa3, 0), pgpMessage(key, CONTENT)]), "malformed"],
    ["bytes behind what is compressed", Buffer.concat([pgpMessage(key, CONTENT), Buffer.from("x")]), "malformed"],
    ["no packets", Buffer.from("hello"), "malformed"],
    ["an encrypted message", packet(18, Buffer.alloc(40)), "malformed"],
    ["a message compressed with BZIP2", Uint8Array.of(0xa3, 3, 1, 2, 3), "unsupported"],
  ])("%s is none", (_, bytes, expected) => {
    expect(code(bytes)).toBe(expected);
  });

  it("T51: what would unpack to more than 1 MiB is not unpacked", () => {
    expect(code(pgpMessage(key, Buffer.alloc(8 * 1024 * 1024)))).toBe("too-large");
  });
});

describe("a key file holds one public key", () => {
  const read = (bytes: Uint8Array): unknown => outcomeOf(() => readCertificate(armored("PGP PUBLIC KEY BLOCK", bytes)).fingerprint);
  const whole = pgpCertificate(key, { subkey });
  test.each([
    ["two keys", Buffer.concat([whole, pgpCertificate(pgpKey("EdDSA"))]), "malformed"],
    ["a subkey first", whole.subarray(whole.indexOf(packet(14, subkey.body))), "malformed"],
    ["a user id of somebody else", swapUser(whole), "malformed"],
    ["nothing said of itself", packet(6, key.body), "unsupported"],
    ["a key of version 6", packet(6, Buffer.concat([Uint8Array.of(6), key.body.subarray(1)])), "unsupported"],
    ["a cut-off key", whole.subarray(0, -1), "malformed"],
  ])("%s is refused", (_, bytes, expected) => {
    expect(read(bytes)).toBe(expected);
  });

  it("words of others about it are passed over", () => {
    const user = packet(2, pgpSignature(pgpKey("RSA"), Buffer.from("anything"), { type: 0x10 }));
    const end = whole.indexOf(packet(14, subkey.body));
    expect(read(Buffer.concat([whole.subarray(0, end), user, whole.subarray(end)]))).toBe(key.fingerprint);
  });
});

describe("armor is one block, and nothing around it", () => {
  const text = armored("PGP MESSAGE", Buffer.from("some bytes"));
  const read = (one: string): unknown => outcomeOf(() => String(readArmor(one, ["PGP MESSAGE"], "test")));
  test.each([
    ["as it was made", text, "some bytes"],
    ["without a checksum", text.replace(/=....\n-----END/, "-----END"), "some bytes"],
    ["with a wrong checksum", text.replace(/=....\n-----END/, "=AAAA\n-----END"), "malformed"],
    ["with text in front", `hello\n${text}`, "malformed"],
    ["twice", text + text, "malformed"],
    ["without an empty line", text.replace("-----\n\n", "-----\n"), "malformed"],
    ["of another kind", armored("PGP SIGNATURE", Buffer.from("some bytes")), "malformed"],
    ["with base64 that is not canonical", text.replace("c29tZ", "c29t\nZ="), "malformed"],
  ])("%s", (_, one, expected) => {
    expect(read(one)).toBe(expected);
  });
});

function swapUser(certificate: Buffer): Buffer {
  const other = Buffer.from(certificate);
  other.write("Attacker", other.indexOf("Attestor"));
  return other;
}
