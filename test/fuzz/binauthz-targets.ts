import { AdapterError } from "../../shared/ports/adapter-error.ts";
import { judgeOccurrence } from "../../shared/signatures/binauthz/judge.ts";
import { readCertificate } from "../../shared/signatures/openpgp/certificate.ts";
import { verifyMessage } from "../../shared/signatures/openpgp/verify.ts";
import {
  attestorOf,
  attestorSigner,
  bytesOf,
  EXPECTED,
  IMAGE,
  NOTE,
  OTHER_DIGEST,
  occurrence,
  occurrenceOf,
  payloadOf,
} from "../fixtures/binauthz.ts";
import { armored, type PgpKey, pgpCertificate, pgpKey, pgpMessage } from "../fixtures/openpgp.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageJson } from "./damage-json.ts";
import { seedsOf } from "./judging.ts";
import type { MakeTarget, Outcome } from "./target.ts";

const PAYLOAD = bytesOf(payloadOf());

/** Occurrences with signatures by PKIX and OpenPGP keys, for this image and others, by the attestor and a stranger. */
export const occurrences: MakeTarget = () => {
  const [signer, stranger] = [attestorSigner("EC_SIGN_P256_SHA256"), attestorSigner("EC_SIGN_P256_SHA256")];
  const owner = pgpKey("EdDSA");
  const attestor = attestorOf(signer.key, { kind: "pgp", armored: armored("PGP PUBLIC KEY BLOCK", pgpCertificate(owner)) });
  const message = Buffer.from(armored("PGP MESSAGE", pgpMessage(owner, PAYLOAD))).toString("base64");
  const byMessage = occurrence({
    serializedPayload: PAYLOAD.toString("base64"),
    signatures: [{ publicKeyId: owner.fingerprint, signature: message }],
  });
  const documents = [
    occurrenceOf(signer),
    byMessage,
    occurrenceOf(signer, payloadOf({ ...IMAGE, digest: OTHER_DIGEST })),
    occurrenceOf(stranger),
  ];
  return {
    id: "occurrence of Binary Authorization",
    share: 60,
    seeds: seedsOf(documents.map(bytesOf)),
    damages: [damageJson, damageJson, damageBytes],
    judge: (bytes) => judgeJson(bytes, (document) => judgeOccurrence(document, attestor, EXPECTED)),
  };
};

function judgeJson(bytes: Buffer, judge: (document: unknown) => readonly { readonly code: string }[]): Outcome {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch {
    return { code: "no JSON" };
  }
  const judged = judge(document);
  if (judged.every(({ code }) => code !== "ok")) return { code: judged[0]?.code ?? "nothing" };
  const { resourceUri, noteName, attestation } = document as Record<string, unknown>;
  const payload: unknown = (attestation as Record<string, unknown>)["serializedPayload"];
  // A message brings its own payload; beside a PKIX signature there must be one.
  const isPayload = typeof payload !== "string" || payload === "" || Buffer.from(payload, "base64").equals(PAYLOAD);
  const isWhole = resourceUri === occurrence({})["resourceUri"] && noteName === NOTE && isPayload;
  return isWhole ? { code: "ok", same: "what nobody signs" } : { code: "ok", violation: "accepted an occurrence of something else" };
}

/** Payloads that the attestor signs, whatever they say. */
export const attestedPayloads: MakeTarget = () => {
  const signer = attestorSigner("EC_SIGN_P256_SHA256");
  const attestor = attestorOf(signer.key);
  const name = `${IMAGE.registry}/${IMAGE.repository}`;
  const documents = [payloadOf(), payloadOf({ ...IMAGE, digest: OTHER_DIGEST }), { ...payloadOf(), optional: { stage: "qa" } }];
  const judge = (bytes: Buffer): Outcome => {
    const signatures = [{ publicKeyId: signer.key.id, signature: signer.sign(bytes).toString("base64") }];
    const [judgement] = judgeOccurrence(occurrence({ serializedPayload: bytes.toString("base64"), signatures }), attestor, EXPECTED);
    if (judgement?.code !== "ok") return { code: judgement?.code ?? "nothing" };
    const text = bytes.toString().replace(/\\u[0-9a-fA-F]{4}|\\\//g, (escaped) => String(JSON.parse(`"${escaped}"`)));
    const isWhole = [IMAGE.digest, name, "Google cloud binauthz container signature"].every((word) => text.includes(word));
    return isWhole
      ? { code: "ok", same: "spelling, or what else it says" }
      : { code: "ok", violation: "accepted a payload about something else" };
  };
  return {
    id: "attested payload",
    share: 40,
    seeds: seedsOf(documents.map(bytesOf)),
    damages: [damageJson, damageJson, damageBytes],
    judge,
  };
};

const pgpKeys = (): readonly PgpKey[] => [pgpKey("EdDSA"), pgpKey("ECDSA P-256"), pgpKey("RSA"), pgpKey("Ed25519")];

/** Signed messages without their armor: whatever is accepted holds what was signed. */
export const openPgpMessages: MakeTarget = () => {
  const keys = pgpKeys();
  const certificates = keys.map((key) => readCertificate(armored("PGP PUBLIC KEY BLOCK", pgpCertificate(key))));
  const messages = keys.flatMap((key) => [pgpMessage(key, PAYLOAD), pgpMessage(key, PAYLOAD, { compression: "none" })]);
  const judge = (bytes: Buffer): Outcome =>
    orRefused(() => {
      const verified = certificates.map((certificate) => verifyMessage(armored("PGP MESSAGE", bytes), certificate, EXPECTED.now));
      const good = verified.find(({ kind }) => kind === "good");
      if (good?.kind !== "good") return { code: verified[0]?.kind ?? "nothing" };
      return PAYLOAD.equals(good.content)
        ? { code: "ok", same: "what nobody signs" }
        : { code: "ok", violation: "accepted another content" };
    });
  return { id: "OpenPGP message", share: 60, seeds: seedsOf(messages), damages: [damageBytes], judge };
};

/** Keys without their armor: a damaged one verifies the message of the whole one no longer than that does. */
export const openPgpKeys: MakeTarget = () => {
  const [owner = pgpKey("EdDSA")] = pgpKeys();
  const whole = { livesFor: 400, subkey: pgpKey("ECDSA P-256") };
  const seeds = [
    pgpCertificate(owner, whole),
    pgpCertificate(owner, { livesFor: 100 }),
    pgpCertificate(owner, { ...whole, revoked: "key" }),
    pgpCertificate(pgpKey("EdDSA"), whole),
  ];
  const message = armored("PGP MESSAGE", pgpMessage(owner, PAYLOAD));
  const verify = (bytes: Buffer) => verifyMessage(message, readCertificate(armored("PGP PUBLIC KEY BLOCK", bytes)), EXPECTED.now);
  const before = verify(seeds[0] ?? Buffer.alloc(0));
  const judge = (bytes: Buffer): Outcome =>
    orRefused(() => {
      const verified = verify(bytes);
      if (verified.kind !== "good") return { code: verified.kind };
      const isSame = before.kind === "good" && before.endsAt === verified.endsAt;
      return isSame ? { code: "ok", same: "what others say of the key" } : { code: "ok", violation: "the key lives longer" };
    });
  return { id: "OpenPGP key", share: 40, seeds: seedsOf(seeds), damages: [damageBytes], judge };
};

function orRefused(judge: () => Outcome): Outcome {
  try {
    return judge();
  } catch (error) {
    if (error instanceof AdapterError) return { code: error.code };
    throw error;
  }
}
