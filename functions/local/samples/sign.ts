import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { hexOf } from "../../../shared/domain/digest.ts";
import { type Built, buildReferrer, type Content } from "./image.ts";

export interface SigningKey {
  /** PKCS#8, PEM. */
  readonly privatePem: string;
  /** SPKI, PEM. */
  readonly publicPem: string;
}

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const STATEMENT = "application/vnd.in-toto+json";
const SIGN_PREDICATE = "https://sigstore.dev/cosign/sign/v1";

/** ECDSA P-256, as `cosign generate-key-pair` makes. */
export function makeSigningKey(): SigningKey {
  return readSigningKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

/** The key with its public half worked out. */
export function readSigningKey(privatePem: string): SigningKey {
  return { privatePem, publicPem: createPublicKey(privatePem).export({ type: "spki", format: "pem" }).toString() };
}

/**
 * A signature as cosign 3 stores it: a Sigstore bundle 0.3 with a DSSE envelope around an in-toto statement on the image's digest, attached as
 * a referrer (cosign specs/BUNDLE_SPEC.md). Made with a key, without transparency log.
 */
export function signImage(key: SigningKey, subject: Content, created: string): Built {
  const payload = Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: hexOf(subject.digest) } }],
      predicateType: SIGN_PREDICATE,
      predicate: {},
    }),
  );
  const signature = sign("sha256", preAuthentication(payload), createPrivateKey(key.privatePem));
  const hint = createHash("sha256")
    .update(createPublicKey(key.publicPem).export({ type: "spki", format: "der" }))
    .digest("base64");
  // No keyid: cosign passes over a signature whose keyid is not the key's SSH fingerprint, and writes none itself.
  const bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType: STATEMENT,
      signatures: [{ sig: signature.toString("base64") }],
    },
  };
  return buildReferrer({
    subject,
    artifactType: BUNDLE,
    layer: { mediaType: BUNDLE, bytes: Buffer.from(JSON.stringify(bundle)) },
    annotations: {
      "org.opencontainers.image.created": created,
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": SIGN_PREDICATE,
    },
  });
}

/** DSSE 1.0, "Pre-Authentication Encoding": what is signed names its type and both lengths. */
function preAuthentication(payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${STATEMENT.length} ${STATEMENT} ${payload.length} `), payload]);
}
