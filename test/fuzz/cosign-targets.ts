import { createHash } from "node:crypto";
import { instant } from "../../shared/domain/time.ts";
import { digestOf } from "../../shared/oci/content.ts";
import { readKey } from "../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { verifyEnvelope } from "../../shared/signatures/cosign/verify-envelope.ts";
import { verifyPayload } from "../../shared/signatures/cosign/verify-payload.ts";
import {
  bundleOf,
  bytesOf,
  ecSigner,
  IMAGE,
  OTHER_IMAGE,
  payloadOf,
  rsaSigner,
  SIGNERS,
  signedPayload,
  statementOf,
} from "../fixtures/cosign.ts";
import { trustingInstance } from "../fixtures/sigstore.ts";
import { base64, LOGGED_AT, payloadBody, pem, promise, stamp } from "../fixtures/sigstore-log.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageJson } from "./damage-json.ts";
import { judgeDocument, normalOf, seedsOf } from "./judging.ts";
import { type Instance, instanceOfAll, keylessAct } from "./keyless-seeds.ts";
import { type Free, type Good } from "./same.ts";
import type { MakeTarget, Outcome } from "./target.ts";

const PREDICATE = "https://slsa.dev/provenance/v1";
// One of each kind; the larger curves cost most of the time and take the same way.
const usualSigners = () => [ecSigner("prime256v1"), ecSigner("secp384r1", "sha384"), rsaSigner(2048), SIGNERS.Ed25519()];

const KEYED: Free = [
  [/^mediaType$/, "another version of the same form"],
  [/^verificationMaterial\.publicKey\.hint$/, "the hint, which says nothing"],
  [/keyid$/, "the key id, which says nothing"],
  [/^verificationMaterial\.tlogEntries/, "log entries, which nobody asked for"],
  [/^verificationMaterial\.timestampVerificationData/, "timestamps, which nobody asked for"],
];

/** Bundles by keys: signatures and attestations, of this image and others, by trusted keys and a stranger's. */
export const keyedBundles: MakeTarget = () => {
  const signers = usualSigners();
  const expected = { image: IMAGE, keys: signers.map(({ key }) => readKey(key)), annotations: {}, now: instant(0) };
  const goods = signers.flatMap((signer) => [bundleOf(signer), bundleOf(signer, statementOf(IMAGE, { predicate: null }))]);
  const [signer = ecSigner("prime256v1")] = signers;
  const bads = [
    bundleOf(signer, statementOf(OTHER_IMAGE)),
    bundleOf(signer, statementOf(IMAGE, { predicateType: PREDICATE })),
    bundleOf(ecSigner("prime256v1")),
  ];
  const judge = (bytes: Buffer) => verifyBundle(bytes, expected);
  const texts = seedsOf([...goods, ...bads].map(bytesOf));
  const known = texts.slice(0, goods.length).map((bytes): Good => ({ document: normalOf(bytes), judgement: judge(bytes) }));
  return {
    id: "bundle by key",
    share: 110,
    seeds: texts,
    damages: [damageJson, damageJson, damageBytes],
    judge: (bytes) => judgeDocument(judge(bytes), bytes, known, KEYED),
  };
};

const MESSAGE: Free = [...KEYED, [/^messageSignature\.messageDigest$/, "the digest beside the signature, which the manifest itself has"]];

/** Bundles over the bare bytes of the image's manifest. */
export const messageBundles: MakeTarget = () => {
  const signer = ecSigner("prime256v1");
  const manifest = Buffer.from('{"schemaVersion":2}');
  const expected = { image: digestOf(manifest), manifest, keys: [readKey(signer.key)], annotations: {}, now: instant(0) };
  const { mediaType, verificationMaterial } = bundleOf(signer);
  const over = (bytes: Buffer, by = signer): object => {
    const messageDigest = { algorithm: "SHA2_256", digest: base64(createHash("sha256").update(bytes).digest()) };
    return { mediaType, verificationMaterial, messageSignature: { messageDigest, signature: base64(by.sign(bytes)) } };
  };
  const judge = (bytes: Buffer) => verifyBundle(bytes, expected);
  const texts = seedsOf([over(manifest), over(Buffer.from("{}")), over(manifest, ecSigner("prime256v1")), bundleOf(signer)].map(bytesOf));
  const known = texts.slice(0, 1).map((bytes): Good => ({ document: normalOf(bytes), judgement: judge(bytes) }));
  return {
    id: "bundle over a manifest",
    share: 40,
    seeds: texts,
    damages: [damageJson, damageJson, damageBytes],
    judge: (bytes) => judgeDocument(judge(bytes), bytes, known, MESSAGE),
  };
};

/** Attestations of the older form, by keys. */
export const envelopes: MakeTarget = () => {
  const signers = usualSigners();
  const keys = signers.map(({ key }) => readKey(key));
  const expected = { image: IMAGE, keys, annotations: {}, now: instant(0), predicateType: PREDICATE };
  const about = (image = IMAGE, predicateType = PREDICATE) => statementOf(image, { predicateType, predicate: { builder: { id: "a" } } });
  const goods = signers.map((signer) => bundleOf(signer, about()).dsseEnvelope);
  const [signer = ecSigner("prime256v1")] = signers;
  const bads = [bundleOf(signer, about(OTHER_IMAGE)), bundleOf(signer), bundleOf(ecSigner("prime256v1"), about())].map(
    ({ dsseEnvelope }) => dsseEnvelope,
  );
  const judge = (payload: Buffer) => verifyEnvelope({ payload }, expected);
  const texts = seedsOf([...goods, ...bads].map(bytesOf));
  const known = texts.slice(0, goods.length).map((bytes): Good => ({ document: normalOf(bytes), judgement: judge(bytes) }));
  return {
    id: "envelope by key",
    share: 60,
    seeds: texts,
    damages: [damageJson, damageJson, damageBytes],
    judge: (bytes) => judgeDocument(judge(bytes), bytes, known, KEYED),
  };
};

/** A layer of the older form, as one document: the payload in base64, and its annotations as they are. */
interface Layer {
  readonly payload: string;
  readonly signature: string;
  readonly certificate?: string;
  readonly chain?: string;
  readonly bundle?: string;
  readonly timestamp?: string;
}

const LAYER: Free = [
  [/^chain$/, "issuers that were not needed"],
  [/^bundle\.(SignedEntryTimestamp|Payload)/, "a log entry, which nobody asked for"],
  [/^(certificate|bundle|timestamp)$/, "annotations that its key does not need"],
];
// By a certificate, everything but the chain counts.
const CERTIFIED: Free = [
  [/^chain$/, "issuers that were not needed"],
  [/^timestamp/, "a timestamp beside a log that tells the time"],
];

function certifiedLayer(instance: Instance, image = IMAGE): Layer {
  const { leaf, signature, covered } = keylessAct(instance, bytesOf(payloadOf(image)));
  const body = Buffer.from(JSON.stringify(payloadBody({ leaf, covered, signature })));
  const Payload = { body: base64(body), integratedTime: LOGGED_AT / 1000, logIndex: 4301, logID: instance.log.id.toString("hex") };
  return {
    payload: base64(covered),
    signature: base64(signature),
    certificate: pem("CERTIFICATE", leaf.bytes),
    chain: pem("CERTIFICATE", instance.intermediate.bytes) + pem("CERTIFICATE", instance.root.bytes),
    bundle: JSON.stringify({ SignedEntryTimestamp: base64(promise(instance.log, body, LOGGED_AT, 4301)), Payload }),
    timestamp: JSON.stringify({ SignedRFC3161Timestamp: base64(stamp(instance.stamper, signature)) }),
  };
}

/** Layers of the older form: by keys, and by certificates with log entry and timestamp. */
export const layers: MakeTarget = () => {
  const signers = usualSigners();
  const instance = instanceOfAll();
  const expected = { ...trustingInstance(instance), keys: signers.map(({ key }) => readKey(key)) };
  const keyed = (signer = ecSigner("prime256v1"), image = IMAGE): Layer => {
    const { payload, signature } = signedPayload(signer, payloadOf(image));
    return { payload: base64(payload), signature };
  };
  const byKeys = signers.map((signer) => keyed(signer));
  const goods = [...byKeys, certifiedLayer(instance)];
  const bads = [keyed(signers[0], OTHER_IMAGE), keyed(), certifiedLayer(instance, OTHER_IMAGE), certifiedLayer(instanceOfAll())];
  const judge = (bytes: Buffer): ReturnType<typeof verifyPayload> => {
    const layer = layerIn(bytes);
    return verifyPayload({ ...layer, payload: Buffer.from(layer.payload ?? "", "base64") }, expected);
  };
  const texts = seedsOf([...goods, ...bads].map(bytesOf));
  const known = texts.slice(0, goods.length).map((bytes): Good => ({ document: normalOf(bytes), judgement: judge(bytes) }));
  const explain = (bytes: Buffer): Outcome => {
    const judgement = judge(bytes);
    const byKey = judgeDocument(judgement, layerIn(bytes), known.slice(0, byKeys.length), LAYER);
    return byKey.violation === undefined ? byKey : judgeDocument(judgement, layerIn(bytes), known.slice(byKeys.length), CERTIFIED);
  };
  return { id: "layer of the older form", share: 100, seeds: texts, damages: [damageJson], judge: explain };
};

const ANNOTATIONS = ["payload", "signature", "certificate", "chain", "bundle", "timestamp"];

/** Annotations are texts; what damage makes of the document around them is no part of the form. */
function layerIn(bytes: Buffer): Partial<Layer> {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch {
    return {};
  }
  const texts = Object.entries(document ?? {}).filter(([name, value]) => ANNOTATIONS.includes(name) && typeof value === "string");
  // The payload is bytes; base64 is only how they stand in this document.
  return Object.fromEntries(texts.map(([name, text]) => [name, name === "payload" ? base64(Buffer.from(String(text), "base64")) : text]));
}
