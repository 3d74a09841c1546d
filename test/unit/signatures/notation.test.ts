import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { ImageSource } from "../../../shared/ports/image-source.ts";
import type { RevocationSource } from "../../../shared/ports/notation-trust.ts";
import type { VerifyRequest } from "../../../shared/ports/signature-verifier.ts";
import { notation } from "../../../shared/signatures/notation/index.ts";
import { serveLayout } from "../../fakes/layout-registry.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";
import { bytesOf, coseHeader, coseOf, headerOf, jwsOf, NOW, type Signing, signing } from "../../fixtures/notation.ts";
import { asking, crlOf } from "../../fixtures/revocation.ts";
import { keyUsage } from "../../fixtures/x509.ts";

const SIGNATURE = "application/vnd.cncf.notary.signature";
const JWS = "application/jose+json";
const REPOSITORY = parseRepository("shop/api");
const SIGNER = "CN=builder,O=acme.example,ST=WA,C=US";
const made = signing();
const stranger = signing();

const policyOf = (more: object = {}): object => ({
  name: "shop",
  registryScopes: ["registry.example/shop/api"],
  signatureVerification: { level: "strict" },
  trustStores: ["ca:acme"],
  trustedIdentities: ["x509.subject: C=US, ST=WA, O=acme.example"],
  ...more,
});
const trusting = (statement: object = policyOf(), { root }: Signing = made): VerifyRequest["trust"] => ({
  keys: [],
  notation: {
    name: "notaries",
    policy: JSON.stringify({ version: "1.0", trustPolicies: [statement] }),
    stores: { "ca:acme": [Buffer.from(`-----BEGIN CERTIFICATE-----\n${root.bytes.toString("base64")}\n-----END CERTIFICATE-----\n`)] },
  },
});

let layout: LayoutWriter;
let image: Stored;
beforeEach(async () => {
  layout = await writeLayout();
  image = await layout.image("the image", "1.0");
});
afterEach(() => layout.remove());

type Around = (source: ImageSource) => ImageSource;

/** Reads what was written through a registry, and verifies it. */
async function verify(request: Partial<VerifyRequest> = {}, around: Around = (source) => source): ReturnType<typeof notation.verify> {
  await layout.finish();
  const registry = await serveLayout({ dir: layout.dir, referrers: "computed" });
  try {
    const source = around(openClient({ host: parseRegistryHost(registry.host), plainHttp: true, credentials: async () => undefined }));
    const found = (await source.referrers(REPOSITORY, image.digest)).map((referrer) => ({ repository: REPOSITORY, referrer }));
    const asked = {
      image: { registry: parseRegistryHost("registry.example"), repository: REPOSITORY, digest: image.digest },
      source,
      referrers: found,
      trust: trusting(),
      now: NOW,
    };
    return await notation.verify({ ...asked, ...request });
  } finally {
    await registry.close();
  }
}

const target = (): object => ({ targetArtifact: { mediaType: OCI_MANIFEST, digest: image.digest, size: image.size } });
const goodJws = (by = made): Buffer => bytesOf(jwsOf(by, headerOf(), target()));

async function push(envelope: Buffer, mediaType = JWS, manifest: object = {}): Promise<Stored> {
  const layer = await layout.blob(envelope, mediaType);
  const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
  return layout.manifest({ mediaType: OCI_MANIFEST, artifactType: SIGNATURE, config, layers: [layer], subject: image, ...manifest });
}

describe("Notation signatures are found", () => {
  it("in both forms, each with its signer", async () => {
    const jws = await push(goodJws());
    const cose = await push(coseOf(made, coseHeader(), target()), "application/cose");
    const facts = await verify();
    expect(facts).toHaveLength(2);
    for (const { digest } of [jws, cose])
      expect(facts.find(({ place }) => place === digest)).toMatchObject({
        format: "notation",
        code: "ok",
        identity: "notaries",
        detail: `signed by ${SIGNER}`,
      });
  });

  it("T39 in the older form, which has its type in the configuration only", async () => {
    const config = await layout.blob("{}", SIGNATURE);
    await push(goodJws(), JWS, { config, artifactType: undefined });
    expect(await verify()).toMatchObject([{ code: "ok" }]);
  });

  it("T39 and not in what only looks like them", async () => {
    await push(goodJws(), JWS, { artifactType: "application/vnd.example" });
    expect(await verify()).toEqual([]);
  });

  it("T75 and not in a runnable image that calls itself one", async () => {
    const layer = await layout.blob("tar", "application/vnd.oci.image.layer.v1.tar+gzip");
    await push(goodJws(), JWS, { layers: [layer] });
    expect(await verify()).toEqual([]);
  });

  it("T39 with exactly one layer, of a known media type", async () => {
    const layer = await layout.blob(goodJws(), JWS);
    await push(goodJws(), JWS, { layers: [layer, layer] });
    expect(await verify()).toMatchObject([{ code: "malformed" }]);
  });

  it("T42 and none is the proof that there is none", async () => {
    expect(await verify()).toEqual([]);
  });
});

describe("a bad signature hides no good one", () => {
  it("T35 among signatures of strangers, of other images, and damaged ones", async () => {
    await push(goodJws(stranger));
    await push(bytesOf(jwsOf(made)));
    await push(Buffer.from("{"));
    await push(goodJws());
    expect((await verify()).map(({ code }) => code).sort()).toEqual(["digest-mismatch", "malformed", "ok", "untrusted-root"]);
  });

  it("T50 and more than a hundred are not read on", async () => {
    for (let at = 0; at < 101; at++) await push(Buffer.from(`{${at}`));
    const facts = await verify();
    expect(facts).toHaveLength(101);
    expect(facts.filter(({ code }) => code === "too-large")).toHaveLength(1);
  });

  it("T62 and a registry that fails proves nothing", async () => {
    await push(goodJws());
    const failing: Around = (source) => ({ ...source, blob: () => Promise.reject(new AdapterError("rate-limited", "later")) });
    await expect(verify({}, failing)).rejects.toMatchObject({ code: "rate-limited" });
  });
});

describe("T70 the trust policy", () => {
  it("counts only where a statement is for the repository", async () => {
    await push(goodJws());
    const elsewhere = trusting(policyOf({ registryScopes: ["registry.example/other"] }));
    expect(await verify({ trust: elsewhere })).toMatchObject([{ code: "scope-mismatch" }]);
    expect(await verify({ trust: trusting(policyOf({ registryScopes: ["*"] })) })).toMatchObject([{ code: "ok" }]);
  });

  it("skips what its user wants to skip, and then says nobody signed", async () => {
    const skip = trusting({ name: "shop", registryScopes: ["registry.example/shop/api"], signatureVerification: { level: "skip" } });
    const [fact] = await verify({ trust: skip });
    expect(fact).toMatchObject({ code: "ok" });
    expect(fact).not.toHaveProperty("identity");
  });

  it("that is not whole verifies nothing at all", async () => {
    await push(goodJws());
    await expect(verify({ trust: trusting(policyOf({ trustStores: ["acme"] })) })).rejects.toMatchObject({ code: "malformed" });
  });

  it("that there is none of trusts nobody", async () => {
    await push(goodJws());
    expect(await verify({ trust: { keys: [] } })).toMatchObject([{ code: "untrusted-root" }]);
  });

  it("notes what it does not enforce, and names nobody whom it did not verify", async () => {
    await push(goodJws(stranger));
    const [fact] = await verify({ trust: trusting(policyOf({ signatureVerification: { level: "audit" } })) });
    expect(fact).toMatchObject({ code: "ok", detail: expect.stringContaining("authenticity") });
    expect(fact).not.toHaveProperty("identity");
  });
});

describe("T25 revocation", () => {
  const CRL = "http://crl.acme.example/root.crl";
  const listed = signing({ serial: 77, extensions: [keyUsage([0]), ...asking([], [CRL])] });
  const at = (level: string, override: object = {}): VerifyRequest["trust"] =>
    trusting(policyOf({ signatureVerification: { level, override } }), listed);
  const answering = (answer: Buffer | undefined, asked: string[] = []): RevocationSource => ({
    ask: async ({ url }, read) => {
      asked.push(url);
      return answer === undefined ? { kind: "none", why: "nobody answers" } : { kind: "read", read: read(answer) };
    },
  });

  it("is enforced, noted or left out as the level says", async () => {
    await push(goodJws(listed));
    const revoked = answering(crlOf(listed.root, [77]));
    expect(await verify({ trust: at("strict"), revocation: revoked })).toMatchObject([{ code: "revoked" }]);
    expect(await verify({ trust: at("strict"), revocation: answering(undefined) })).toMatchObject([{ code: "revocation-unknown" }]);
    expect(await verify({ trust: at("strict") })).toMatchObject([{ code: "revocation-unknown" }]);
    expect(await verify({ trust: at("strict"), revocation: answering(crlOf(listed.root, [])) })).toMatchObject([{ code: "ok" }]);
    expect(await verify({ trust: at("permissive"), revocation: revoked })).toMatchObject([
      { code: "ok", detail: expect.stringContaining("revocation") },
    ]);
    expect(await verify({ trust: at("strict", { revocation: "skip" }), revocation: revoked })).toMatchObject([{ code: "ok" }]);
  });

  it("T53 asks no address that a stranger wrote", async () => {
    await push(goodJws(listed));
    const asked: string[] = [];
    await verify({
      trust: trusting(policyOf({ signatureVerification: { level: "audit" } }), stranger),
      revocation: answering(undefined, asked),
    });
    await verify({ trust: trusting(policyOf(), stranger), revocation: answering(undefined, asked) });
    expect(asked).toEqual([]);
  });
});
