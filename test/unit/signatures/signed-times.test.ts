import { describe, expect, it } from "vitest";
import { instant, parseInstant } from "../../../shared/domain/time.ts";
import { readKey } from "../../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { verifyPayload } from "../../../shared/signatures/cosign/verify-payload.ts";
import { judge } from "../../../shared/signatures/notation/judge.ts";
import { LEVELS } from "../../../shared/signatures/notation/levels.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE, payloadOf, statementOf, trusting } from "../../fixtures/cosign.ts";
import * as notary from "../../fixtures/notation.ts";
import { STAMPER, tokenOf } from "../../fixtures/revocation.ts";
import { act, ENDED_AT, goodBundle, keylessBundle, makeInstance, STARTED_AT, trustingInstance, WORKFLOW } from "../../fixtures/sigstore.ts";
import { base64, LOGGED_AT, payloadBody, promise, stamp } from "../../fixtures/sigstore-log.ts";
import { authority, certify, name } from "../../fixtures/x509.ts";

const instance = makeInstance();
const stranger = makeInstance();

describe("a signature with a key", () => {
  const signer = ecSigner("prime256v1");
  const trusted = { ...trustingInstance(instance), keys: [readKey(signer.key)] };

  /** Older form, with what a log and an authority said of it. */
  function judged(by: { log?: typeof instance; stamper?: typeof instance; payload?: object } = {}, expected = trusted) {
    const covered = bytesOf(by.payload ?? payloadOf(IMAGE));
    const signature = signer.sign(covered);
    const leaf = act(instance).leaf;
    const body = Buffer.from(
      JSON.stringify(payloadBody({ leaf, covered, signature })).replace(
        /"publicKey":\{"content":"[^"]*"/,
        `"publicKey":{"content":"${base64(Buffer.from(signer.key.pem))}"`,
      ),
    );
    const { log } = by.log ?? instance;
    const Payload = { body: base64(body), integratedTime: LOGGED_AT / 1000, logIndex: 7, logID: log.id.toString("hex") };
    const bundle = JSON.stringify({ SignedEntryTimestamp: base64(promise(log, body, LOGGED_AT, 7)), Payload });
    const token = by.stamper === undefined ? undefined : base64(stamp(by.stamper.stamper, signature));
    return verifyPayload(
      {
        payload: covered,
        signature: base64(signature),
        ...(by.log === undefined ? {} : { bundle }),
        ...(token === undefined ? {} : { timestamp: JSON.stringify({ SignedRFC3161Timestamp: token }) }),
      },
      expected,
    );
  }

  it("was there by the time that a trusted log or authority tells, and nobody says since when", () => {
    expect(judged()).not.toHaveProperty("signedAt");
    expect(judged({ log: instance })).toMatchObject({ code: "ok", signedAt: { at: LOGGED_AT, by: "log" } });
    expect(judged({ stamper: instance })).toMatchObject({ signedAt: { at: LOGGED_AT, by: "timestamp-authority" } });
    expect(judged({ log: instance })).not.toHaveProperty("madeAfter");
    const logged = { ...trusted, keys: [readKey({ ...signer.key, transparencyLog: "required" as const })] };
    expect(judged({ log: instance }, logged)).toMatchObject({ code: "ok", signedAt: { at: LOGGED_AT, by: "log" } });
  });

  it("is as good, and tells no time, where nobody trusted does and none was asked for", () => {
    for (const by of [{ log: stranger }, { stamper: stranger }]) {
      const judgement = judged(by);
      expect(judgement.code).toBe("ok");
      expect(judgement).not.toHaveProperty("signedAt");
    }
  });

  it("tells the texts that were signed along, and takes none of them for a time", () => {
    const payload = payloadOf(IMAGE, { timestamp: STARTED_AT / 1000, stage: "production", count: 3 });
    expect(judged({ payload })).toMatchObject({ code: "ok", annotations: { stage: "production" } });
    expect(judged({ payload })).not.toHaveProperty("madeAfter");
  });

  it("goes by every name that the policy has for the key, under the same conditions", () => {
    const named = (more: object) => readKey({ ...signer.key, name: "other", ...more });
    const both = (more: object) =>
      verifyBundle(bytesOf(bundleOf(signer)), { ...trusting(signer), keys: [readKey(signer.key), named(more)] });
    expect(both({})).toMatchObject({ identity: "release", alsoAs: ["other"] });
    expect(both({ transparencyLog: "required" })).not.toHaveProperty("alsoAs");
    expect(both({ hash: "sha512" })).not.toHaveProperty("alsoAs");
  });

  it("of a statement tells which one where attestations were asked for, and what stands beside the image in it", () => {
    const document = statementOf(IMAGE);
    const [subject] = document["subject"] as [object];
    const annotated = { ...document, subject: [{ ...subject, annotations: { stage: "production", other: 1 } }] };
    const judgement = verifyBundle(bytesOf(bundleOf(signer, annotated)), trusting(signer));
    expect(judgement).toMatchObject({ annotations: { stage: "production" } });
    expect(judgement).not.toHaveProperty("statement");
  });
});

describe("a keyless signature", () => {
  it("was there when the log or the authority says, and not before its certificate", () => {
    const madeAfter = { at: STARTED_AT, by: "certificate" };
    expect(verifyBundle(bytesOf(goodBundle(instance)), trustingInstance(instance))).toMatchObject({
      signedAt: { at: LOGGED_AT, by: "log" },
      madeAfter,
    });
    const done = act(instance);
    const stamped = keylessBundle(done, [], [stamp(instance.stamper, done.signature)]);
    const judgement = verifyBundle(bytesOf(stamped), trustingInstance(instance, { transparencyLog: "ignored", timestamp: "required" }));
    expect(judgement).toMatchObject({ signedAt: { at: LOGGED_AT, by: "timestamp-authority" }, madeAfter });
    expect(judgement).not.toHaveProperty("goodUntil");
  });

  it("of which nobody tells the time ends with its certificate", () => {
    const expected = { ...trustingInstance(instance, { transparencyLog: "ignored" }), now: LOGGED_AT };
    const judgement = verifyBundle(bytesOf(goodBundle(instance)), expected);
    expect(judgement).toMatchObject({ code: "ok", goodUntil: ENDED_AT + 1, madeAfter: { at: STARTED_AT } });
    expect(judgement).not.toHaveProperty("signedAt");
    expect(verifyBundle(bytesOf(goodBundle(instance)), { ...expected, now: instant(ENDED_AT + 1) })?.code).toBe("expired");
  });

  it("goes by every identity that its certificate is of", () => {
    const wide = { ...WORKFLOW, name: "anybody there", subject: { kind: "pattern", value: "https://code.example/*" } as const };
    const judgement = verifyBundle(bytesOf(goodBundle(instance)), trustingInstance(instance, { identities: [wide, WORKFLOW] }));
    expect(judgement).toMatchObject({ identity: "anybody there", alsoAs: [WORKFLOW.name] });
  });
});

describe("a signature of Notation", () => {
  const made = notary.signing();
  const claimed = parseInstant("2026-06-01T10:00:00Z");
  const judged = (header: Record<string, unknown> = {}, more: Parameters<typeof notary.expecting>[1] = {}, by = made) => {
    const envelope = notary.bytesOf(notary.jwsOf(by, notary.headerOf(header)));
    return judge({ bytes: envelope, mediaType: "application/jose+json", revocation: undefined }, notary.expecting(by, more));
  };

  it("has the word of its signer for the time, and ends with its certificates", async () => {
    const own = { at: claimed, by: "signer" };
    expect(await judged()).toMatchObject({ code: "ok", signedAt: own, madeAfter: own, goodUntil: Date.parse("2030-01-01T00:00:00Z") + 1 });
  });

  it("T40: ends when its signer lets it expire, where the policy enforces that", async () => {
    const header = {
      crit: [`${notary.NOTARY}.signingScheme`, `${notary.NOTARY}.expiry`],
      [`${notary.NOTARY}.expiry`]: "2026-12-01T00:00:00Z",
    };
    const end = parseInstant("2026-12-01T00:00:00Z");
    expect(await judged(header)).toMatchObject({ code: "ok", goodUntil: end });
    expect(await judged(header, { now: end })).toMatchObject({ code: "expired" });
    const permissive = notary.statement({ actions: { ...LEVELS.permissive, revocation: "skip" } });
    expect(await judged(header, { statement: permissive })).not.toHaveProperty("goodUntil");
  });

  it("has the word of the signing authority", async () => {
    const scheme = `${notary.NOTARY}.signingScheme`;
    const authentic = `${notary.NOTARY}.authenticSigningTime`;
    const header = { crit: [scheme, authentic], [scheme]: "notary.x509.signingAuthority", [authentic]: "2026-06-01T10:00:00Z" };
    const envelope = { ...notary.headerOf(header) };
    delete envelope[`${notary.NOTARY}.signingTime`];
    const bytes = notary.bytesOf(notary.jwsOf(made, envelope));
    const judgement = await judge({ bytes, mediaType: "application/jose+json", revocation: undefined }, notary.expecting(made));
    const told = { at: claimed, by: "signing-authority" };
    expect(judgement).toMatchObject({ code: "ok", signedAt: told, madeAfter: told });
    expect(judgement).not.toHaveProperty("goodUntil");
  });

  it("has the word of a timestamp authority on when it was there, and its signer's on when it was made", async () => {
    const root = certify({ subject: name(["CN", "time root"]), extensions: authority() });
    const stamper = certify({ subject: name(["CN", "time"]), issuer: root, serial: 9, extensions: STAMPER });
    const document = notary.jwsOf(made);
    const token = tokenOf(stamper, root, Buffer.from(document.signature, "base64url"), { at: "2026-06-01T10:00:05Z", seconds: 2 });
    document.header[`${notary.NOTARY}.timestampSignature`] = token.toString("base64");
    const expected = notary.expecting(made, {
      statement: notary.statement({ stores: ["ca:acme", "tsa:acme"] }),
      anchors: { ...notary.expecting(made).anchors, tsa: [readCertificate(root.bytes)] },
    });
    const judgement = await judge({ bytes: notary.bytesOf(document), mediaType: "application/jose+json", revocation: undefined }, expected);
    expect(judgement).toMatchObject({
      code: "ok",
      signedAt: { at: parseInstant("2026-06-01T10:00:07Z"), by: "timestamp-authority" },
      madeAfter: { at: claimed, by: "signer" },
    });
    expect(judgement).not.toHaveProperty("goodUntil");
  });
});
