import { type Descriptor, type ImageManifest, OCI_MANIFEST } from "../../domain/manifest.ts";
import { type Instant, printInstant } from "../../domain/time.ts";
import { digestOf } from "../../oci/content.ts";
import type { Artifact } from "../../ports/attachments.ts";
import { STATEMENT_TYPE, VERDICT_PREDICATE } from "./statement.ts";

/** A statement with the signature on it (DSSE). */
export interface SignedStatement {
  readonly payload: Uint8Array;
  /** DER. */
  readonly signature: Uint8Array;
  readonly keyId: string;
}

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY = "application/vnd.oci.empty.v1+json";
const ENVELOPE = "application/vnd.dsse.envelope.v1+json";
const IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json";

/** As cosign 3 stores an attestation: a Sigstore bundle 0.3 with a referrer manifest around it (cosign, specs/BUNDLE_SPEC.md). */
export function bundleArtifact(signed: SignedStatement, { mediaType, digest, size }: Descriptor, at: Instant): Artifact {
  const bundle = blobOf(
    JSON.stringify({
      mediaType: BUNDLE,
      verificationMaterial: { publicKey: { hint: signed.keyId } },
      dsseEnvelope: envelopeOf(signed),
    }),
  );
  const config = blobOf("{}");
  const annotations = {
    "org.opencontainers.image.created": printInstant(at),
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": VERDICT_PREDICATE,
  };
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE,
      config: { mediaType: EMPTY, ...named(config) },
      layers: [{ mediaType: BUNDLE, ...named(bundle) }],
      subject: { mediaType, digest, size },
      annotations,
    }),
  );
  const descriptor = { mediaType: OCI_MANIFEST, ...named(blobOf(bytes)), artifactType: BUNDLE, annotations };
  return { descriptor, bytes, blobs: [config, bundle] };
}

/** No key id: cosign passes over a signature whose id is not its own kind of fingerprint, and writes none itself. */
function envelopeOf({ payload, signature }: SignedStatement) {
  return {
    payload: Buffer.from(payload).toString("base64"),
    payloadType: STATEMENT_TYPE,
    signatures: [{ sig: Buffer.from(signature).toString("base64") }],
  };
}

interface Blob {
  readonly digest: ReturnType<typeof digestOf>;
  readonly bytes: Uint8Array;
}

function blobOf(content: string | Uint8Array): Blob {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return { digest: digestOf(bytes), bytes };
}

function named({ digest, bytes }: Blob) {
  return { digest, size: bytes.byteLength };
}

/** One layer of the older form, with its content (cosign, specs/ATTESTATION_SPEC.md). */
export interface OlderLayer {
  readonly descriptor: Descriptor;
  readonly blob: Blob;
}

export function olderLayer(signed: SignedStatement): OlderLayer {
  const blob = blobOf(JSON.stringify(envelopeOf(signed)));
  const annotations = { "dev.cosignproject.cosign/signature": "", predicateType: VERDICT_PREDICATE };
  return { descriptor: { mediaType: ENVELOPE, ...named(blob), annotations }, blob };
}

/** The manifest under `.att` with other layers; those of others stay as they were written, with members that we do not know. */
export function olderArtifact(before: ImageManifest | undefined, kept: ReadonlySet<string>, added: readonly OlderLayer[]): Artifact {
  const standing = before === undefined ? {} : readMembers(before);
  const layers = [...(standing.layers ?? []).filter(({ digest }) => kept.has(digest)), ...added.map(({ descriptor }) => descriptor)];
  const config = blobOf(
    JSON.stringify({
      architecture: "",
      created: "0001-01-01T00:00:00Z",
      history: layers.map(() => ({ created: "0001-01-01T00:00:00Z" })),
      os: "",
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
      config: {},
    }),
  );
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...standing,
    config: { mediaType: IMAGE_CONFIG, ...named(config) },
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const descriptor = { mediaType: before?.mediaType ?? OCI_MANIFEST, ...named(blobOf(bytes)) };
  return { descriptor, bytes, blobs: [config, ...added.map(({ blob }) => blob)] };
}

interface Members {
  readonly layers?: readonly { readonly digest: string }[];
}

function readMembers({ bytes }: ImageManifest): Members {
  return JSON.parse(Buffer.from(bytes).toString("utf8")) as Members;
}
