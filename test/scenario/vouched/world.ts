import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { activate } from "../../../shared/compose/policy-file.ts";
import { referrersTag } from "../../../shared/domain/digest.ts";
import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import { parseRegistryHost, parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { NO_THREAT_FACTS } from "../../../shared/domain/threat.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
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
import { BUNDLE_TYPE, bundleOf, bytesOf, ecSigner, type Signer, statementOf } from "../../fixtures/cosign.ts";
import { type LayoutWriter, type Stored, writeLayout } from "../../fixtures/image-layout.ts";

const DSSE = "application/vnd.dsse.envelope.v1+json";
const REPOSITORY = parseRepository("shop/api");
const NOW = parseInstant("2026-11-21T12:00:00Z");
export const release = ecSigner("prime256v1");
export const vendor = ecSigner("prime256v1");
export const stranger = ecSigner("prime256v1");

export let layout: LayoutWriter;
let image: Stored;
let folder = "";
/** An image with a report of one finding, new for each test of the file. */
export function eachWithAnImage(): void {
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
}

export const TRIVY = {
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
export const VEX = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://vex.example/1",
  author: "Vendor",
  timestamp: "2026-11-20T00:00:00Z",
  version: 1,
  statements: [{ vulnerability: { name: "CVE-2026-0001" }, status: "not_affected", justification: "vulnerable_code_not_in_execute_path" }],
};
export const SPDX = {
  spdxVersion: "SPDX-2.3",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "api",
  creationInfo: { created: "2026-11-20T00:00:00Z", creators: [] },
  packages: [],
};
export const OPENVEX = "https://openvex.dev/ns/v0.2.0";

export const statement = (predicateType: string, predicate: object, digest = image.digest) =>
  statementOf(digest, { predicateType, predicate });

export async function attach(layer: Stored, artifactType: string): Promise<Stored> {
  const config = await layout.blob("{}", "application/vnd.oci.empty.v1+json");
  return layout.manifest({ mediaType: OCI_MANIFEST, artifactType, config, layers: [layer], subject: image });
}

export async function attest(signer: Signer, content: object): Promise<void> {
  await attach(await layout.blob(bytesOf(bundleOf(signer, content)), BUNDLE_TYPE), BUNDLE_TYPE);
}

/** As `cosign attest` did before bundles: all of an image in one manifest. */
export async function attestTagged(...envelopes: readonly object[]): Promise<void> {
  const layers = await Promise.all(envelopes.map((envelope) => layout.blob(bytesOf(envelope), DSSE)));
  const config = await layout.blob("{}", "application/vnd.oci.image.config.v1+json");
  await layout.manifest({ mediaType: OCI_MANIFEST, config, layers }, `${referrersTag(image.digest)}.att`);
}

export const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: vouched }
mode: enforce
trust:
  keys: [{ name: release, file: release.pub }, { name: vendor, file: vendor.pub }]
findings: { trustVex: [vendor] }
rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
`;

export async function gathered(text = POLICY): Promise<{ readonly evidence: ImageEvidence; readonly verdict: string }> {
  await layout.finish();
  for (const [name, signer] of Object.entries({ release, vendor })) writeFileSync(join(folder, `${name}.pub`), signer.key.pem);
  const active = activate(text, join(folder, "policy.yaml"));
  const registry = await serveLayout({ dir: layout.dir, referrers: "computed" });
  try {
    const host = parseRegistryHost(registry.host);
    const source = openClient({ host, plainHttp: true, credentials: async () => undefined });
    const readers = await Promise.all(Object.values(reportReaders).map((load) => load()));
    const deps: JudgeDeps = {
      findings: [attachedReports({ source: () => source, readers: async () => readers })],
      verifiers: [cosign, notation],
      readConfig: readImageConfig,
      revocation: { ask: async () => ({ kind: "none", why: "nobody is asked" }) },
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
