import { constants, generateKeyPairSync, verify } from "node:crypto";
import { readSigner, rememberSigners } from "../../shared/signatures/notation/signer.ts";
import { verifyEnvelope } from "../../shared/signatures/notation/verify.ts";
import { bytesOf, coseHeader, coseOf, expecting, headerOf, jwsOf, rawSign, rootName, SUBJECT } from "../fixtures/notation.ts";
import { authority, certify, ecKeys, keyUsage, name } from "../fixtures/x509.ts";
import { ROUND_MS, rateOf, ratio, row } from "./rates.ts";

interface Contender {
  readonly name: string;
  readonly work: () => unknown;
  readonly rates: number[];
}

type Keys = NonNullable<Parameters<typeof certify>[0]["keys"]>;

/**
 * Notation envelopes with a P-256 key and with RSA 2048, signer, intermediate and root: the whole verdict without revocation (form, chain,
 * signature, payload, identity, times), first with nothing remembered, then with the signer's chain remembered under the hash of its
 * certificates; beside the bare verification of one signature. `ofRaw` is the share of that rate.
 */
export function notationRows(seconds: number): readonly object[] {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return [...measured(seconds, contendersOf("ES256", -7, ecKeys())), ...measured(seconds, contendersOf("PS256", -37, rsa))];
}

function measured(seconds: number, contenders: readonly Contender[]): readonly object[] {
  const turns = Math.max(5, Math.floor((seconds * 500) / (ROUND_MS * contenders.length)));
  for (const { work } of contenders) rateOf(work);
  for (let turn = 0; turn < turns; turn++) for (const { work, rates } of contenders) rates.push(rateOf(work));
  const raw = contenders[0]?.rates ?? [];
  return contenders.map(({ name: title, rates }) => ({ ...row(title, rates), ofRaw: ratio(rates, raw) }));
}

function contendersOf(alg: string, label: number, keys: Keys): readonly Contender[] {
  const root = certify({ subject: name(["CN", "top"]), extensions: authority(1), serial: 1 });
  const middle = certify({ subject: rootName, issuer: root, extensions: authority(0), serial: 2 });
  const leaf = certify({ subject: SUBJECT, issuer: middle, extensions: [keyUsage([0])], keys });
  const made = { root, leaf, between: [middle] };
  const jws = bytesOf(jwsOf(made, headerOf({ alg })));
  const cose = coseOf(made, coseHeader([1, label]));
  const signature = rawSign(keys.privateKey, cose);
  const form =
    keys.publicKey.asymmetricKeyType === "ec"
      ? { dsaEncoding: "ieee-p1363" as const }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const judging = (bytes: Buffer, mediaType: string, reader: typeof readSigner): (() => unknown) => {
    const expected = expecting(made, { readSigner: reader });
    // A wrong fixture would be refused at once, and fast.
    const first = verifyEnvelope(bytes, mediaType, expected);
    if (first.kind === "refused" || first.failures.length > 0) throw new Error("a good envelope was not accepted");
    return () => verifyEnvelope(bytes, mediaType, expected);
  };
  const contender = (title: string, work: () => unknown): Contender => ({ name: title, work, rates: [] });
  return [
    contender(`node:crypto verify, ${alg}`, () => verify("sha256", cose, { key: keys.publicKey, ...form }, signature)),
    contender(`Notation JWS ${alg}, nothing remembered`, judging(jws, "application/jose+json", readSigner)),
    contender(`Notation JWS ${alg}, chain remembered`, judging(jws, "application/jose+json", rememberSigners())),
    contender(`Notation COSE ${alg}, nothing remembered`, judging(cose, "application/cose", readSigner)),
    contender(`Notation COSE ${alg}, chain remembered`, judging(cose, "application/cose", rememberSigners())),
  ];
}
