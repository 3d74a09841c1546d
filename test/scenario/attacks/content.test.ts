import { createHash, createPrivateKey, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Built, buildReferrer } from "../../../functions/local/samples/image.ts";
import { signImage } from "../../../functions/local/samples/sign.ts";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { preAuthenticationEncoding } from "../../../shared/signatures/dsse.ts";
import { imageNamed, SIGNED_POLICY, type SmallGate, startSmallGate } from "../../fakes/small-gate.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, SIGN_PREDICATE, STATEMENT_TYPE, statementOf, trusting } from "../../fixtures/cosign.ts";
import { NOW, target } from "../../unit/policy/given.ts";
import { BAD, imageOf, policyWith, written } from "../../unit/policy/given-waiver.ts";

const CREATED = "2026-01-01T00:00:00Z";
const REPOSITORY = "shop/api";
const VSA = "https://slsa.dev/verification_summary/v1";

let gate: SmallGate;
beforeEach(async () => {
  gate = await startSmallGate(SIGNED_POLICY);
});
afterEach(() => gate.stop());

/** A bundle by the trusted key; `claims`: what its manifest's annotation says that the predicate is. */
function attest(image: Built, more: object, claims: string): Built {
  const payload = Buffer.from(JSON.stringify(statementOf(image.manifest.digest, { ...more })));
  const sig = sign("sha256", preAuthenticationEncoding(STATEMENT_TYPE, payload), createPrivateKey(gate.key.privatePem)).toString("base64");
  const dsseEnvelope = { payload: payload.toString("base64"), payloadType: STATEMENT_TYPE, signatures: [{ sig }] };
  return buildReferrer({
    subject: image.manifest,
    artifactType: BUNDLE_TYPE,
    layer: {
      mediaType: BUNDLE_TYPE,
      bytes: bytesOf({ mediaType: BUNDLE_TYPE, verificationMaterial: { publicKey: { hint: "" } }, dsseEnvelope }),
    },
    annotations: { "dev.sigstore.bundle.content": "dsse-envelope", "dev.sigstore.bundle.predicateType": claims },
  });
}

async function verdictWith(...attached: readonly Built[]): Promise<string | undefined> {
  for (const each of attached) await gate.attach(REPOSITORY, each);
  const key = await gate.push(REPOSITORY, "1.0", image);
  await gate.drain();
  return (await gate.record(key)).verdict?.kind;
}

const image = imageNamed("attacked");

describe("T31 an attestation by the signer is no signature", () => {
  test("of provenance, and no other word of the list makes it one", async () => {
    expect(await verdictWith(attest(image, { predicateType: "https://slsa.dev/provenance/v1" }, SIGN_PREDICATE))).toBe("violating");
  });

  test.each(["FAILED", "PASSED"])("of a verification that %s", async (verificationResult) => {
    const predicate = { verifier: { id: "https://gate.example" }, verificationResult, verifiedLevels: [] };
    expect(await verdictWith(attest(image, { predicateType: VSA, predicate }, VSA))).toBe("violating");
  });

  test("of any type beside a signature leaves the signature as it is", async () => {
    const failed = attest(image, { predicateType: VSA, predicate: { verificationResult: "FAILED" } }, VSA);
    expect(await verdictWith(failed, signImage(gate.key, image.manifest, CREATED))).toBe("compliant");
  });
});

describe("T35 what stands beside the signature decides nothing", () => {
  test("an annotation that claims another predicate than the payload has", async () => {
    expect(await verdictWith(attest(image, {}, "https://spdx.dev/Document"))).toBe("compliant");
  });

  test("a manifest attached to this image whose statement is about another one, and the other way round", async () => {
    const other = imageNamed("other");
    const about = attest(other, {}, SIGN_PREDICATE);
    const [payload] = about.blobs.slice(-1);
    const moved = buildReferrer({
      subject: image.manifest,
      artifactType: BUNDLE_TYPE,
      layer: { mediaType: BUNDLE_TYPE, bytes: payload?.bytes ?? new Uint8Array() },
      annotations: {},
    });
    expect(await verdictWith(moved, about)).toBe("violating");
  });
});

describe("T74 a verdict that somebody wrote onto the image counts for nothing", () => {
  test("as annotation or label", async () => {
    const document = JSON.parse(Buffer.from(image.manifest.bytes).toString()) as object;
    const annotations = {
      "moorgate.dev/verdict": "compliant",
      "dev.cosignproject.cosign/signature": "AA==",
      "kyverno.io/image-verification-outcomes": "pass",
    };
    const bytes = Buffer.from(JSON.stringify({ ...document, annotations }));
    const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    const key = await gate.push(REPOSITORY, "1.0", { ...image, manifest: { ...image.manifest, bytes, digest } });
    await gate.drain();
    expect((await gate.record(key)).verdict?.kind).toBe("violating");
  });
});

test("T07 an image named by SHA-512 is signed by a statement that names it so, and by no other", () => {
  const signer = ecSigner("prime256v1");
  const hex = createHash("sha512").update("image").digest("hex");
  const judge = (digest: Record<string, string>) =>
    verifyBundle(bytesOf(bundleOf(signer, statementOf(parseDigest(`sha256:${"ab".repeat(32)}`), { subject: [{ digest }] }))), {
      ...trusting(signer),
      image: parseDigest(`sha512:${hex}`),
    })?.code;
  expect(judge({ sha512: hex })).toBe("ok");
  expect(judge({ sha512: hex.replace(/^./, "0"), sha256: hex })).toBe("digest-mismatch");
  expect(judge({ sha256: hex.slice(0, 64) })).toBe("digest-mismatch");
});

describe("T70 waivers that overlap", () => {
  const judgedBy = (...waivers: readonly string[]): string => evaluate(policyWith(waivers), target(), imageOf(BAD), NOW).kind;

  test("do not lend each other what each of them lacks (GHSA-gg4x-fgg2-h9w9)", () => {
    const otherImage = written("scope: { vulnerabilities: [CVE-2026-1], image: { repository: web/* } }", "a");
    const otherFinding = written("scope: { vulnerabilities: [CVE-2026-2], image: { repository: shop/* } }", "b");
    const ended = written("scope: { vulnerabilities: [CVE-2026-1] }, createdAt: 2026-10-01, expiresAt: 2026-11-01", "c");
    expect(judgedBy(otherImage, otherFinding, ended)).toBe("violating");
    expect(judgedBy(otherImage, otherFinding, ended, written("", "d"))).toBe("compliant");
  });

  test("by tag are for the tag, by digest for the digest, and both together for both", () => {
    const digest = "sha256:" + "1".repeat(64);
    expect(judgedBy(written("scope: { vulnerabilities: [CVE-2026-1], image: { tag: 2.* } }", "a"))).toBe("violating");
    expect(
      judgedBy(written(`scope: { vulnerabilities: [CVE-2026-1], image: { tag: 1.*, digest: ['sha256:${"2".repeat(64)}'] } }`, "a")),
    ).toBe("violating");
    expect(judgedBy(written(`scope: { vulnerabilities: [CVE-2026-1], image: { tag: 1.*, digest: ['${digest}'] } }`, "a"))).toBe(
      "compliant",
    );
  });
});
