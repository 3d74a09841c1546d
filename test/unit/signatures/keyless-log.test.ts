import { describe, expect, it } from "vitest";
import { judging } from "../../fixtures/keyless-codes.ts";
import {
  act,
  keylessBundle,
  makeInstance,
  makeLeaf,
  type RootDocument,
  type TrustOptions,
  trustingInstance,
} from "../../fixtures/sigstore.ts";
import { type Act, base64, dsseBody, LOGGED_AT, logEntry, makeLog, sha256, stamp, tileBody } from "../../fixtures/sigstore-log.ts";

const instance = makeInstance();
const { codeOf, codeWithEntry } = judging(instance);

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

  it("tells a time only under the log's which covers time, index and body (T21)", () => {
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
