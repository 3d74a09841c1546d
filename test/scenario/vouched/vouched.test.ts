import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activate } from "../../../shared/compose/policy-file.ts";
import { referrersTag } from "../../../shared/domain/digest.ts";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { NO_THREAT_FACTS } from "../../../shared/domain/threat.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import type { Vouched } from "../../../shared/domain/vouched.ts";
import { openClient } from "../../../shared/oci/client.ts";
import { readImageConfig } from "../../../shared/oci/image-config.ts";
import type { JudgeDeps } from "../../../shared/pipeline/deps.ts";
import { gather } from "../../../shared/pipeline/gather.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { attachedReports } from "../../../shared/scanners/attached.ts";
import { reportReaders } from "../../../shared/scanners/table.ts";
import { cosign } from "../../../shared/signatures/cosign/index.ts";
import { notation } from "../../../shared/signatures/notation/index.ts";
import { serveLayout } from "../../fakes/layout-registry.ts";
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, OTHER_IMAGE, type Signer, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";

const DSSE = "application/vnd.dsse.envelope.v1+json";
const REPOSITORY = parseRepository("shop/api");
const NOW = parseInstant("2026-11-21T12:00:00Z");
const release = ecSigner("prime256v1");
const vendor = ecSigner("prime256v1");
const stranger = ecSigner("prime256v1");

let layout: LayoutWriter;
let image: Stored;
let folder = "";
beforeEach(async () => {
  layout = await writeLayout();
  image = await layout.image("the image", "1.0");
  folder = mkdtempSync(join(tmpdir(), "moorgate-vouched-"));
  await attach(
    await layout.blob(JSON.stringify(TRIVY), "application/vnd.aquasec.trivy.report+json"),
    "application/vnd.aquasec.trivy.report+json",
  );
});
afterEach(async () => {
  await layout.remove();
  rmSync(folder, { recursive: true, force: true });
});

const TRIVY = {
  SchemaVersion: 2,
  CreatedAt: "2026-11-21T10:00:00Z",
  ArtifactName: "api",
  ArtifactType: "container_image",
  Results: [
    {
      Target: "api (debian 12)",
      Class: "os-pkgs",
      Type: "debian",
      Vulnerabilities: [
        { VulnerabilityID: "CVE-2026-0001", PkgName: "openssl", InstalledVersion: "3.0.11", Severity: "HIGH", FixedVersion: "3.0.15" },
      ],
    },
  ],
};
const VEX = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://vex.example/1",
  author: "Vendor",
  timestamp: "2026-11-20T00:00:00Z",
  version: 1,
  statements: [{ vulnerability: { name: "CVE-2026-0001" }, status: "not_affected", justification: "vulnerable_code_not_in_execute_path" }],
};
const SPDX = {
  spdxVersion: "SPDX-2.3",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "api",
  creationInfo: { created: "2026-11-20T00:00:00Z", creators: [] },
  packages: [],
};
const OPENVEX = "https://openvex.dev/ns/v0.2.0";

const statement = (predicateType: string, predicate: object, digest = image.digest) => statementOf(digest, { predicateType, predicate });

async function attach(layer: Stored, artifactType: string): Promise<Stored> {
  const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
  return layout.manifest({ mediaType: OCI_MANIFEST, artifactType, config, layers: [layer], subject: image });
}

async function attest(signer: Signer, content: object): Promise<void> {
  await attach(await layout.blob(bytesOf(bundleOf(signer, content)), BUNDLE_TYPE), BUNDLE_TYPE);
}

/** As `cosign attest` did before bundles: all of an image in one manifest. */
async function attestTagged(...envelopes: readonly object[]): Promise<void> {
  const layers = await Promise.all(envelopes.map((envelope) => layout.blob(bytesOf(envelope), DSSE)));
  const config = await layout.blob("{}", "application/vnd.oci.image.config.v1+json");
  await layout.manifest({ mediaType: OCI_MANIFEST, config, layers }, `${referrersTag(image.digest)}.att`);
}

const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: vouched }
mode: enforce
trust:
  keys: [{ name: release, file: release.pub }, { name: vendor, file: vendor.pub }]
findings: { trustVex: [vendor] }
rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
`;

async function gathered(text = POLICY): Promise<{ readonly evidence: ImageEvidence; readonly verdict: string }> {
  await layout.finish();
  for (const [name, signer] of Object.entries({ release, vendor })) writeFileSync(join(folder, `${name}.pub`), signer.key.pem);
  const active = activate(text, join(folder, "policy.yaml"));
  const registry = await serveLayout({ dir: layout.dir, referrers: "computed" });
  try {
    const host = parseRegistryHost(registry.host);
    const source = openClient({ host, plainHttp: true, credentials: async () => undefined });
    const readers = await Promise.all(Object.values(reportReaders).map((load) => load()));
    const deps: JudgeDeps = {
      findings: [attachedReports({ source: () => source, readers })],
      verifiers: [cosign, notation],
      readConfig: readImageConfig,
      revocation: { ask: async () => undefined },
      policy: () => active,
      threats: () => NO_THREAT_FACTS,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as JudgeDeps["log"],
    };
    const manifest = await source.manifest(REPOSITORY, image.digest);
    if (manifest === undefined) throw new Error("the image is not there");
    const key = { registry: host, repository: REPOSITORY, digest: image.digest };
    const subject = {
      digest: image.digest,
      kind: "image" as const,
      tags: [parseTag("1.0")],
      firstSeenAt: parseInstant("2026-11-01T00:00:00Z"),
    };
    const evidence = await gather(deps, { source, key, repositories: [REPOSITORY] }, manifest, subject, NOW);
    const { kind } = evaluate(active.policy, { registry: host, repository: REPOSITORY, tags: subject.tags }, evidence, NOW);
    return { evidence, verdict: kind };
  } finally {
    await registry.close();
  }
}

const names = (told: readonly Vouched[]) => told.map(({ signedBy = [] }) => signedBy.flatMap((voucher) => voucher.names));

function vouchersIn({ attestations, vex, inventory }: ImageEvidence) {
  return {
    attestations: attestations.kind === "examined" ? names(attestations.statements) : attestations.kind,
    vex: vex.kind === "examined" ? names(vex.statements) : vex.kind,
    inventory: inventory.kind === "reported" ? names(inventory.inventories) : inventory.kind,
  };
}

describe("a VEX document in a signed statement", () => {
  test("counts where whom the policy trusts with it has signed it", async () => {
    await attest(vendor, statement(OPENVEX, VEX));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ attestations: [["vendor"]], vex: [["vendor"]] });
    expect(verdict).toBe("compliant");
  });

  test.each([
    ["a stranger", () => stranger, [[]]],
    ["somebody trusted, but not with VEX", () => release, [["release"]]],
  ])("does not count where %s has signed it", async (_, signer, vex) => {
    await attest(signer(), statement(OPENVEX, VEX));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex });
    expect(verdict).toBe("violating");
  });

  test("does not count where nobody signed it", async () => {
    await attach(await layout.blob(JSON.stringify(VEX), "application/openvex+json"), "application/openvex+json");
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex: [[]] });
    expect(verdict).toBe("violating");
  });

  test("does not count where its signature is of another statement", async () => {
    const [bundle, other] = [bundleOf(vendor, statement(OPENVEX, { ...VEX, statements: [] })), bundleOf(stranger, statement(OPENVEX, VEX))];
    const swapped = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: other.dsseEnvelope.payload } };
    await attach(await layout.blob(bytesOf(swapped), BUNDLE_TYPE), BUNDLE_TYPE);
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ vex: [[]] });
    expect(verdict).toBe("violating");
  });

  test("is not even read where it is about another image, whoever signed it (T30)", async () => {
    await attest(vendor, statement(OPENVEX, VEX, OTHER_IMAGE));
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toMatchObject({ attestations: [], vex: [] });
    expect(verdict).toBe("violating");
  });

  test("does not count where the policy ignores its signer", async () => {
    await attest(vendor, statement(OPENVEX, VEX));
    const text = POLICY.replace("findings:", "  ignored: [{ signer: vendor, reason: leaked }]\nfindings:");
    expect((await gathered(text)).verdict).toBe("violating");
  });
});

test.each([
  ["by its name alone", { name: "registry.example/shop/api" }],
  ["by a digest of another kind alone", { name: "api", digest: { sha1: "ab".repeat(20), gitCommit: "cd".repeat(20) } }],
])("T36: a statement that names the image %s is not about it", async (_, subject) => {
  await attest(vendor, { ...statement(OPENVEX, VEX), subject: [subject] });
  const { evidence, verdict } = await gathered();
  expect(vouchersIn(evidence)).toMatchObject({ attestations: [], vex: [] });
  expect(verdict).toBe("violating");
});

describe("several statements", () => {
  test("in one manifest are each vouched for by their own signature, and a bad one hides none", async () => {
    const envelope = (signer: Signer, content: object) => bundleOf(signer, content).dsseEnvelope;
    await attestTagged(
      envelope(stranger, statement("https://spdx.dev/Document", SPDX)),
      envelope(vendor, statement(OPENVEX, VEX)),
      envelope(release, statement("https://example.com/test/v1", { result: "PASSED" })),
    );
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence)).toEqual({ attestations: [[], ["vendor"], ["release"]], vex: [["vendor"]], inventory: [[]] });
    expect(verdict).toBe("compliant");
  });

  test("of one text have everybody who signed it", async () => {
    const sbom = statement("https://spdx.dev/Document", SPDX);
    await attest(release, sbom);
    await attest(vendor, sbom);
    const { evidence } = await gathered();
    const all = ["release", "vendor"];
    expect(vouchersIn(evidence).attestations).toHaveLength(2);
    expect([vouchersIn(evidence).attestations, vouchersIn(evidence).inventory].flat().map((each) => [...each].sort())).toEqual([
      all,
      all,
      all,
      all,
    ]);
  });

  test("of more types than anybody attaches hide none that was signed", async () => {
    for (let at = 0; at < 12; at += 1) await attest(stranger, statement(`https://example.com/${at}`, {}));
    await attest(vendor, statement(OPENVEX, VEX));
    expect((await gathered()).verdict).toBe("compliant");
  });
});

describe("T31: an envelope", () => {
  test("with no signature is signed by nobody", async () => {
    const bundle = bundleOf(vendor, statement(OPENVEX, VEX));
    const bare = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [] } };
    await attach(await layout.blob(bytesOf(bare), BUNDLE_TYPE), BUNDLE_TYPE);
    expect((await gathered()).verdict).toBe("violating");
  });

  test("that hides another one in a member that its format does not have vouches for neither", async () => {
    const [outer, inner] = [bundleOf(vendor, statement("https://example.com/test/v1", {})), bundleOf(stranger, statement(OPENVEX, VEX))];
    await attestTagged({ ...outer.dsseEnvelope, dsseEnvelope: inner.dsseEnvelope });
    const { evidence, verdict } = await gathered();
    expect(vouchersIn(evidence).vex).toEqual([[]]);
    expect(verdict).toBe("violating");
  });
});

describe("T32: a statement of either version and any type is handed to the rules, with who signed it", () => {
  const rules = (rule: string): string => POLICY.replace(/rules:[^]*/, `rules:\n  - { id: a, ${rule}, signers: [release] }\n`);

  test.each([
    [
      "SLSA 0.2",
      "https://slsa.dev/provenance/v0.2",
      { builder: { id: "https://b.example" }, buildType: "x" },
      "rule: provenance, builders: [{ id: https://b.example }]",
    ],
    [
      "SLSA 1",
      "https://slsa.dev/provenance/v1",
      { buildDefinition: {}, runDetails: { builder: { id: "https://b.example" } } },
      "rule: provenance, builders: [{ id: https://b.example }]",
    ],
    [
      "VSA",
      "https://slsa.dev/verification_summary/v1",
      { verifier: { id: "https://v.example" }, verificationResult: "PASSED", verifiedLevels: [] },
      "rule: verification-summary, verifiers: [{ id: https://v.example }]",
    ],
    [
      "SPDX",
      "https://spdx.dev/Document",
      SPDX,
      "rule: attestation-required, predicateType: https://spdx.dev/Document, when: \"statement.predicate.spdxVersion == 'SPDX-2.3'\"",
    ],
    [
      "CycloneDX",
      "https://cyclonedx.org/bom",
      { bomFormat: "CycloneDX", specVersion: "1.6", components: [] },
      "rule: attestation-required, predicateType: https://cyclonedx.org/bom",
    ],
    [
      "vuln",
      "https://cosign.sigstore.dev/attestation/vuln/v1",
      { scanner: { uri: "trivy", result: TRIVY }, metadata: {} },
      "rule: attestation-required, predicateType: https://cosign.sigstore.dev/attestation/vuln/v1",
    ],
    [
      "custom",
      "https://example.com/test/v1",
      { result: "PASSED" },
      "rule: attestation-required, predicateType: https://example.com/test/*, when: \"statement.predicate.result == 'PASSED'\"",
    ],
  ])("%s", async (_, type, predicate, rule) => {
    const version = (text: string) => ({ ...statement(type, predicate), _type: text });
    expect((await gathered(rules(rule))).verdict).toBe("violating");
    await attest(stranger, version("https://in-toto.io/Statement/v1"));
    expect((await gathered(rules(rule))).verdict).toBe("violating");
    await attest(release, version("https://in-toto.io/Statement/v0.1"));
    expect((await gathered(rules(rule))).verdict).toBe("compliant");
  });
});
