import { hash as digestOf } from "node:crypto";
import * as z from "zod";
import { lookUp } from "../../domain/look-up.ts";
import { quote } from "../../domain/parse-error.ts";
import type { Hash } from "../algorithms.ts";
import { base64, decodeBase64, readShape } from "../strict.ts";
import type { LogEntry } from "./log-entry.ts";
import { type Objection, objection } from "./objection.ts";
import { derOfPem } from "./pem.ts";

/** What a log entry has to be about: this signature, over these bytes, by this signer. */
export interface Signed {
  /** What the signature covers: a payload, or the pre-authentication encoding of an envelope. */
  readonly covered: Uint8Array;
  /** Payload of an envelope; absent where the signature covers the bare bytes. */
  readonly payload: Uint8Array | undefined;
  readonly signature: Uint8Array;
  /** DER of the certificate, or of the public key (SPKI): whichever signs. */
  readonly signer: Uint8Array;
}

/** What the body of an entry states, whatever its kind. */
interface Stated {
  readonly about: "covered" | "payload";
  readonly algorithm: string;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly signer: Uint8Array | undefined;
}

// sigstore/rekor, pkg/types/<kind>/<version>/*_schema.json; sigstore/rekor-tiles and protobuf-specs, rekor/v2/*.proto.
const hex = z
  .string()
  .regex(/^[0-9a-f]{64,128}$/)
  .transform((text) => Buffer.from(text, "hex"));
const hexHash = z.object({ algorithm: z.string(), value: hex });
const protoHash = z.object({ algorithm: z.string(), digest: base64 });
const verifier = z.union([
  z
    .object({ x509Certificate: z.object({ rawBytes: base64 }), publicKey: z.undefined().optional() })
    .transform((read) => read.x509Certificate.rawBytes),
  z
    .object({ publicKey: z.object({ rawBytes: base64 }), x509Certificate: z.undefined().optional() })
    .transform((read) => read.publicKey.rawBytes),
]);
const pem = base64.transform((bytes) => derOfPem(bytes.toString("latin1")));

const SHAPES: Readonly<Record<string, z.ZodType<Stated>>> = {
  "hashedrekord 0.0.1": z
    .object({ data: z.object({ hash: hexHash }), signature: z.object({ content: base64, publicKey: z.object({ content: pem }) }) })
    .transform(({ data: { hash }, signature }) => {
      return {
        about: "covered",
        algorithm: hash.algorithm,
        digest: hash.value,
        signature: signature.content,
        signer: signature.publicKey.content,
      };
    }),
  "dsse 0.0.1": z
    .object({ payloadHash: hexHash, signatures: z.tuple([z.object({ signature: base64, verifier: pem })]) })
    .transform(({ payloadHash, signatures: [{ signature, verifier: signer }] }) => {
      return { about: "payload", algorithm: payloadHash.algorithm, digest: payloadHash.value, signature, signer };
    }),
  "intoto 0.0.2": z
    .object({
      content: z.object({ payloadHash: hexHash, envelope: z.object({ signatures: z.tuple([z.object({ sig: base64, publicKey: pem })]) }) }),
    })
    .transform(({ content: { payloadHash, envelope } }) => {
      const [{ sig, publicKey }] = envelope.signatures;
      // The log stores the text of the signature, in base64 once more.
      const signature = decodeBase64(sig.toString("latin1"));
      return { about: "payload", algorithm: payloadHash.algorithm, digest: payloadHash.value, signature, signer: publicKey };
    }),
  "hashedrekord 0.0.2": z
    .object({ hashedRekordV002: z.object({ data: protoHash, signature: z.object({ content: base64, verifier }) }) })
    .transform(({ hashedRekordV002: { data, signature } }) => {
      return { about: "covered", algorithm: data.algorithm, digest: data.digest, signature: signature.content, signer: signature.verifier };
    }),
  "dsse 0.0.2": z
    .object({ dsseV002: z.object({ payloadHash: protoHash, signatures: z.tuple([z.object({ content: base64, verifier })]) }) })
    .transform(
      ({
        dsseV002: {
          payloadHash,
          signatures: [{ content, verifier: signer }],
        },
      }) => {
        return { about: "payload", algorithm: payloadHash.algorithm, digest: payloadHash.digest, signature: content, signer };
      },
    ),
};

const HASHES: Readonly<Record<string, Hash>> = {
  sha256: "sha256",
  sha384: "sha384",
  sha512: "sha512",
  SHA2_256: "sha256",
  SHA2_384: "sha384",
  SHA2_512: "sha512",
};

const bodyShape = z.object({ apiVersion: z.string(), kind: z.string(), spec: z.unknown() });

/**
 * What stands against an entry as the record of this very signature. A genuine entry about something else proves nothing
 * (CVE-2022-23649, CVE-2026-22703): content, signature and signer must be the same.
 * @throws AdapterError malformed, too-large
 */
export function objectionToBody({ body, kindVersion }: LogEntry, signed: Signed): Objection | undefined {
  const { apiVersion, kind, spec } = readShape(body, bodyShape, "log entry");
  const name = `${kind} ${apiVersion}`;
  if (kindVersion !== undefined && kindVersion !== name) return objection("malformed", "a log entry of another kind than it is told to be");
  const shape = SHAPES[name];
  if (shape === undefined) return objection("unsupported", `a log entry of kind ${quote(name)}`);
  const stated = shape.safeParse(spec);
  if (!stated.success) return objection("malformed", `its log entry is no ${quote(name)}`);
  return isAbout(stated.data, signed)
    ? undefined
    : objection("signature-invalid", "its log entry records another signature, content or signer");
}

function isAbout({ about, algorithm, digest, signature, signer }: Stated, signed: Signed): boolean {
  const hash = lookUp(HASHES, algorithm);
  const content = about === "payload" ? signed.payload : signed.covered;
  if (hash === undefined || content === undefined || signature === undefined || signer === undefined) return false;
  return (
    digestOf(hash, content, "buffer").equals(digest) &&
    Buffer.compare(signature, signed.signature) === 0 &&
    Buffer.compare(signer, signed.signer) === 0
  );
}
