import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { type Built, buildIndex, buildReferrer, type Content } from "../../functions/local/samples/image.ts";
import { hexOf, parseDigest } from "../../shared/domain/digest.ts";
import { OCI_MANIFEST } from "../../shared/domain/manifest.ts";

/** What users of a history push. The same bytes in every run: a history that went wrong can be played again. */
export interface Ware {
  readonly name: string;
  readonly built: Built;
  /** Pushed before it, by digest. */
  readonly children: readonly Ware[];
  /** It has the label that a policy may forbid; of an index, one of its children has. */
  readonly isBad: boolean;
  /** Its report names the vulnerability that may come to be attacked; of an index, one of its children's does. */
  readonly isVulnerable: boolean;
  readonly signature: Built;
}

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const STATEMENT = "application/vnd.in-toto+json";
export const BAD_LABEL = "bad";
export const VULNERABILITY = "CVE-2026-1001";

// A key that signs nothing but these few images.
const SCALAR = createHash("sha256").update("the key of the model's releases").digest();
const KEY = createPrivateKey({ key: jwkOf(SCALAR), format: "jwk" });
export const RELEASE_KEY_PEM = createPublicKey(KEY).export({ type: "spki", format: "pem" }).toString();

function jwkOf(scalar: Buffer): Record<string, string> {
  const point = Buffer.from(p256.getPublicKey(scalar, false));
  const text = (bytes: Buffer): string => bytes.toString("base64url");
  return { kty: "EC", crv: "P-256", x: text(point.subarray(1, 33)), y: text(point.subarray(33)), d: text(scalar) };
}

const GOOD = image("good", { isVulnerable: true });
const BAD = image("bad", { isBad: true });
const GOOD_PART = image("good-part", {});
const OTHER_PART = image("other-part", { isVulnerable: true });
const BAD_PART = image("bad-part", { isBad: true });
const GOOD_INDEX = index("good-index", [GOOD_PART, OTHER_PART]);
const MIXED_INDEX = index("mixed-index", [GOOD_PART, BAD_PART]);
const BAD_INDEX = index("bad-index", [BAD_PART, OTHER_PART]);

/** What is pushed by a name of its own. */
export const WARES = [GOOD, BAD, MIXED_INDEX, GOOD_INDEX, BAD_INDEX] as const;
/** What is pushed with an index, which several may share. */
export const PARTS: readonly Ware[] = [GOOD_PART, OTHER_PART, BAD_PART];
export const ALL_WARES: readonly Ware[] = [...WARES, ...PARTS];

const BY_DIGEST: ReadonlyMap<string, Ware> = new Map(ALL_WARES.map((ware) => [digestOfWare(ware), ware]));

export function wareOf(digest: string): Ware | undefined {
  return BY_DIGEST.get(digest);
}

export function digestOfWare({ built }: Pick<Ware, "built">): string {
  return built.manifest.digest;
}

function image(name: string, { isBad = false, isVulnerable = false }: Partial<Pick<Ware, "isBad" | "isVulnerable">>): Ware {
  const layer = content(LAYER, Buffer.from(`layer of ${name}`));
  const config = json(CONFIG, {
    architecture: "amd64",
    os: "linux",
    config: { Labels: isBad ? { name, [BAD_LABEL]: "yes" } : { name } },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const manifest = json(OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST, config: describe(config), layers: [describe(layer)] });
  return { name, built: { manifest, blobs: [config, layer] }, children: [], isBad, isVulnerable, signature: sign(manifest) };
}

function index(name: string, children: readonly Ware[]): Ware {
  const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  const manifest = buildIndex(
    children.map(({ built }, at) => ({ image: built, platform: platforms[at] ?? { os: "linux", architecture: "s390x" } })),
  );
  const isBad = children.some((child) => child.isBad);
  const isVulnerable = children.some((child) => child.isVulnerable);
  return { name, built: { manifest, blobs: [] }, children, isBad, isVulnerable, signature: sign(manifest) };
}

/** As cosign signs with a key; by RFC 6979, for which no chance is needed. */
function sign(subject: Content): Built {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: hexOf(subject.digest) } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${STATEMENT.length} ${STATEMENT} ${payload.length} `), payload]);
  const signature = Buffer.from(p256.sign(signed, SCALAR, { format: "der" }));
  const hint = createHash("sha256")
    .update(createPublicKey(KEY).export({ type: "spki", format: "der" }))
    .digest("base64");
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
    annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
  });
}

function describe({ mediaType, digest, bytes }: Content): object {
  return { mediaType, digest, size: bytes.length };
}

function json(mediaType: string, value: unknown): Content {
  return content(mediaType, Buffer.from(JSON.stringify(value)));
}

function content(mediaType: string, bytes: Uint8Array): Content {
  return { mediaType, digest: parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`), bytes };
}

const LIST = "a list of referrers";
const SIGNATURES: ReadonlyMap<string, string> = new Map(
  ALL_WARES.map(({ name, signature }) => [signature.manifest.digest, `the signature of ${name}`]),
);

export function nameOf(digest: string): string {
  return wareOf(digest)?.name ?? SIGNATURES.get(digest) ?? LIST;
}

export function isList(digest: string): boolean {
  return nameOf(digest) === LIST;
}
