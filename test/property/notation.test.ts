import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SignatureCode } from "../../shared/domain/evidence.ts";
import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { readCbor } from "../../shared/signatures/notation/cbor.ts";
import { readCose } from "../../shared/signatures/notation/cose.ts";
import { readJws } from "../../shared/signatures/notation/jws.ts";
import { type Verified, verifyEnvelope } from "../../shared/signatures/notation/verify.ts";
import { checkRevocation } from "../../shared/signatures/revocation/check.ts";
import { verifyTimestamp } from "../../shared/signatures/timestamp.ts";
import { readCertificate } from "../../shared/signatures/x509.ts";
import { bytesOf, cbor, coseOf, expecting, jwsOf, NOW, signing, type Written } from "../fixtures/notation.ts";
import {
  answering,
  asking,
  changesAt,
  changesSince,
  crlOf,
  listNumber,
  ocspOf,
  STAMPER,
  statusInAnswer,
  statusInCrl,
  tokenOf,
} from "../fixtures/revocation.ts";
import { certify, keyUsage, name } from "../fixtures/x509.ts";

const SEED = 20_261_121;
const made = signing({ serial: 77 });
const expected = expecting(made);
const jws = bytesOf(jwsOf(made));
const cose = coseOf(made);
const issued = { certificate: readCertificate(made.leaf.bytes), issuer: readCertificate(made.root.bytes) };

const CODES: readonly SignatureCode[] = [
  "ok",
  "untrusted-root",
  "malformed",
  "unsupported",
  "too-large",
  "signature-invalid",
  "digest-mismatch",
];

type Edit = { readonly at: number; readonly cut: number; readonly put: Uint8Array };

// Lengths, tags and numbers of both binary forms, pieces of JSON, and damage anywhere.
const PIECES = ["80", "81ff", "84ffffffff", "9f", "bf", "ff", "5bffffffffffffffff", "d2", "c1", "f97e00", "3000", "0500", "22", "7b", "2c"];
const edits = fc.array(
  fc.record({
    at: fc.nat(),
    cut: fc.oneof(fc.constant(0), fc.nat({ max: 4 }), fc.nat({ max: 200 })),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom(...PIECES).map((piece) => new Uint8Array(Buffer.from(piece, "hex"))),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

function edited(bytes: Buffer, changes: readonly Edit[]): Buffer {
  return changes.reduce((before, { at, cut, put }) => {
    const place = at % (before.length + 1);
    return Buffer.concat([before.subarray(0, place), put, before.subarray(place + cut)]);
  }, bytes);
}

describe("damaged envelopes, certificates, tokens and answers end in a code", () => {
  it.each([
    ["application/jose+json", jws, readJws, 2_000],
    ["application/cose", cose, readCose, 3_000],
  ] as const)("%s counts only with what was signed, by whom it was signed", (mediaType, whole, read, numRuns) => {
    const { signed, signature, certificates } = read(whole);
    const leaf = Buffer.from(certificates[0] ?? []);
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(whole, changes);
        const verified = verifyEnvelope(damaged, mediaType, expected);
        const code = codeOf(verified);
        expect(CODES).toContain(code);
        if (code !== "ok") return;
        // What is not covered by the signature may change: the name of the program that signed, and nothing that counts.
        const kept = read(damaged);
        expect([signed, signature].every((bytes, at) => Buffer.from(bytes).equals([kept.signed, kept.signature][at] ?? Buffer.of()))).toBe(
          true,
        );
        expect(leaf.equals(kept.certificates[0] ?? Buffer.of())).toBe(true);
      }),
      { seed: SEED, numRuns },
    );
  });

  it("a damaged certificate is another one or none", () => {
    const whole = made.leaf.bytes;
    fc.assert(
      fc.property(edits, (changes) => {
        const damaged = edited(whole, changes);
        fc.pre(!damaged.equals(whole));
        const document = jwsOf(made);
        document.header["x5c"] = [damaged, made.root.bytes].map((bytes) => bytes.toString("base64"));
        const verified = verifyEnvelope(bytesOf(document), "application/jose+json", expected);
        expect(CODES.slice(1)).toContain(codeOf(verified));
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("a damaged timestamp proves nothing", () => {
    const root = certify({ subject: name(["CN", "time"]), extensions: STAMPER, serial: 9 });
    const over = Buffer.from("signature");
    const whole = tokenOf(root, root, over);
    const anchors = [readCertificate(root.bytes)];
    const from = Date.parse("2026-06-01T09:59:59Z");
    expect(verifyTimestamp(whole, over, anchors)).toMatchObject({ kind: "verified", timestamp: { from } });
    fc.assert(
      fc.property(edits, (changes) => {
        const outcome = attempt(() => verifyTimestamp(edited(whole, changes), over, anchors));
        // Outside of what is signed something may change: then it says the same.
        expect(outcome?.kind === "verified" ? outcome.timestamp.from : from).toBe(from);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it.each([
    ["list", crlOf(made.root, [77]), statusInCrl],
    ["answer", ocspOf(made.root, 77, "revoked"), statusInAnswer],
  ] as const)("a damaged %s never says that a revoked certificate is good", (_what, whole, status) => {
    fc.assert(
      fc.property(edits, (changes) => {
        expect(status(edited(whole, changes), issued, NOW).kind).not.toBe("good");
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it("damaged changes of a list never say that a revoked certificate is good", async () => {
    const urls = ["http://crl.acme.example/whole", "http://crl.acme.example/changes"] as const;
    const own = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], [urls[0]])] });
    const whole = crlOf(own.root, [], { extensions: [listNumber(5), changesAt(urls[1])] });
    const changes = crlOf(own.root, [77], { extensions: [listNumber(6), changesSince(5)] });
    const chain = [own.leaf, own.root].map(({ bytes }) => readCertificate(bytes));
    const statusWith = async (later: Buffer): Promise<string> =>
      (await checkRevocation({ source: answering({ [urls[0]]: whole, [urls[1]]: later }), now: NOW }, chain, undefined)).kind;
    expect(await statusWith(changes)).toBe("revoked");
    await fc.assert(
      fc.asyncProperty(edits, async (damage) => {
        expect(await statusWith(edited(changes, damage))).not.toBe("good");
      }),
      { seed: SEED, numRuns: 750 },
    );
  });
});

function codeOf(verified: Verified): SignatureCode {
  return verified.kind === "refused" ? verified.judgement.code : (verified.failures[0]?.code ?? "ok");
}

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof AdapterError) return undefined;
    throw error;
  }
}

describe("CBOR", () => {
  const LIMITS = { maxDepth: 16, maxValues: 1000, place: "test" };
  const value: fc.Arbitrary<Written> = fc.letrec<{ value: Written }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.string(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
    ),
  })).value;

  it("is read as it was written", () => {
    fc.assert(
      fc.property(value, (written) => {
        expect(cbor(readCbor(cbor(written), LIMITS) as Written).equals(cbor(written))).toBe(true);
      }),
      { seed: SEED, numRuns: 250 },
    );
  });

  it.each([
    ["T55 a list nested deeper than the cap", "81".repeat(100_000)],
    ["T55 tags without end", "c1".repeat(100_000)],
    ["T55 a list that promises more than there is", "9bffffffffffffffff"],
    ["T55 a string that promises more than there is", "5affffffff00"],
    ["T55 an indefinite list", "9f01ff"],
    ["T55 an indefinite map", "bf0101ff"],
    ["T55 a key twice", "a201010102"],
    ["T55 a key that is a list", "a18001"],
    ["T55 a length that is not in its shortest form", "1801"],
    ["T55 a float", "f93c00"],
    ["T55 text that is not UTF-8", "61ff"],
    ["T55 bytes behind the end", "0101"],
    ["T55 nothing", ""],
  ])("%s is refused", (_title, hex) => {
    expect(attempt(() => readCbor(Buffer.from(hex, "hex"), LIMITS))).toBeUndefined();
  });

  it("T55 more values than the cap are refused", () => {
    expect(attempt(() => readCbor(cbor(Array.from({ length: 1001 }, () => 0)), LIMITS))).toBeUndefined();
  });
});
