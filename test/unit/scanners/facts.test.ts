import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hexOf } from "../../../shared/domain/digest.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { ImageFacts } from "../../../shared/ports/findings-source.ts";
import { attachedReports } from "../../../shared/scanners/attached.ts";
import { postedReports } from "../../../shared/scanners/posted.ts";
import { openReport } from "../../../shared/scanners/reading.ts";
import { reportReaders } from "../../../shared/scanners/table.ts";
import { type Attachment, attached, digest, Fault, IMAGE, trivyJson, VULNERABILITY } from "./given.ts";

const readers = await Promise.all(Object.values(reportReaders).map((load) => load()));

async function facts(...attachments: readonly Attachment[]): Promise<ImageFacts> {
  const { request, source } = attached(...attachments);
  return attachedReports({ source: () => source, readers: async () => readers }).facts(request);
}
const layer = (mediaType: string, content: unknown): Attachment => ({ layers: [{ mediaType, content }] });

const SPDX = { spdxVersion: "SPDX-2.3", packages: [{ name: "a", versionInfo: "1" }] };
const VEX = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  author: "x",
  statements: [{ vulnerability: { name: "CVE-2026-1" }, status: "fixed" }],
};
const SARIF_OF_SECRETS = { version: "2.1.0", runs: [{ tool: { driver: { name: "gitleaks" } }, results: [{ ruleId: "aws" }] }] };

const statement = (predicateType: string, predicate: unknown, about = IMAGE.digest) => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "a", digest: { sha256: hexOf(about) } }],
  predicateType,
  predicate,
});
const envelope = (payload: unknown) => ({
  payloadType: "application/vnd.in-toto+json",
  payload: Buffer.from(JSON.stringify(payload)).toString("base64"),
  signatures: [{ sig: "AA==" }],
});
const DSSE = "application/vnd.dsse.envelope.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

describe("documents attached to an image", () => {
  test("tell its inventory, with the digest of the document, and no scan", async () => {
    expect(await facts(layer("application/spdx+json", SPDX))).toMatchObject({
      findings: { kind: "absent" },
      inventory: { kind: "reported", inventories: [{ format: "spdx-json", digest: digest(1000), packages: [{ name: "a" }] }] },
    });
  });

  test("tell VEX statements, with where they lie", async () => {
    const { vex, findings } = await facts(layer("application/openvex+json", VEX));
    expect(vex).toMatchObject([{ ids: ["CVE-2026-1"], status: "fixed", place: `report ${digest(100)}` }]);
    expect(findings.kind).toBe("absent");
  });

  test("of scans for secrets alone stand apart, so that nobody takes them for a clean scan for vulnerabilities", async () => {
    const { content, findings } = await facts(layer("application/sarif+json", SARIF_OF_SECRETS));
    expect(findings).toEqual({ kind: "absent" });
    expect(content).toMatchObject([{ scanner: "gitleaks", origin: "attached", content: [{ kind: "secret" }] }]);
  });

  test("that are statements are attestations, with the digest of what a signature would cover; nobody vouches for them here", async () => {
    const slsa = statement("https://slsa.dev/provenance/v1", { buildDefinition: {} });
    const told = { predicateType: "https://slsa.dev/provenance/v1", predicate: { buildDefinition: {} }, place: digest(100) };
    const covered = `sha256:${createHash("sha256").update(JSON.stringify(slsa)).digest("hex")}`;
    for (const found of [layer(DSSE, envelope(slsa)), layer(BUNDLE, { dsseEnvelope: envelope(slsa) })])
      expect((await facts(found)).attestations).toEqual([{ ...told, statement: covered }]);
    expect((await facts(layer("application/vnd.in-toto+json", slsa))).attestations).toEqual([told]);
  });

  test("about another image are no attestation of this one, and nothing in them is read", async () => {
    const other = statement("https://spdx.dev/Document", SPDX, digest(7));
    expect(await facts(layer(DSSE, envelope(other)))).toMatchObject({ attestations: [], inventory: { kind: "absent" } });
  });

  test("in statements are read as what they are: an SBOM, or the report that cosign's predicate carries", async () => {
    const report = trivyJson([VULNERABILITY]);
    const answer = await facts(
      layer(DSSE, envelope(statement("https://spdx.dev/Document", SPDX))),
      layer(
        DSSE,
        envelope(statement("https://cosign.sigstore.dev/attestation/vuln/v1", { scanner: { uri: "trivy", result: report }, metadata: {} })),
      ),
    );
    expect(answer).toMatchObject({
      inventory: { kind: "reported" },
      findings: { kind: "reported", reports: [{ scanner: "trivy", findings: [{ id: "CVE-2026-1" }] }] },
    });
    expect(answer.attestations).toHaveLength(2);
  });

  test("do not take the signature of cosign 3 for an attestation", async () => {
    const signature = statement("https://sigstore.dev/cosign/sign/v1", {});
    expect((await facts(layer(BUNDLE, { dsseEnvelope: envelope(signature) }))).attestations).toEqual([]);
  });

  test("that should be an inventory and cannot be read leave the inventory failed, and say nothing of scans", async () => {
    for (const bad of ["{", { spdxVersion: "SPDX-3.0" }, new Fault("too-large")]) {
      expect(await facts(layer("application/spdx+json", bad))).toMatchObject({
        inventory: { kind: "failed" },
        findings: { kind: "absent" },
      });
    }
  });

  test("of more than 16 MiB are streamed, and read like short ones", async () => {
    const report = trivyJson([{ ...VULNERABILITY, Description: "x" }]);
    const { request, source } = attached(layer("application/json", report));
    const long = request.referrers.map(({ repository, referrer: { manifest } }) => ({
      repository,
      referrer: {
        manifest:
          manifest.kind === "manifest"
            ? { ...manifest, layers: manifest.layers.map((each) => ({ ...each, size: 17 * 1024 * 1024 })) }
            : manifest,
      },
    }));
    const streaming = { ...source, blob: () => Promise.reject(new Error("must be streamed")) };
    const answer = await attachedReports({ source: () => streaming, readers: async () => readers }).facts({ ...request, referrers: long });
    expect(answer.findings).toMatchObject({
      kind: "reported",
      reports: [{ findings: [{ id: "CVE-2026-1", fix: { versions: ["3.0.14"] } }] }],
    });
  });

  test("of more than 512 MiB, or more than 1 GiB together, are told and not read", async () => {
    const { request, source } = attached(layer("application/vnd.aquasec.trivy.report+json", {}));
    const sized = (size: number, times: number) =>
      Array.from({ length: times }, () => request.referrers)
        .flat()
        .map(({ repository, referrer: { manifest } }) => ({
          repository,
          referrer: {
            manifest: manifest.kind === "manifest" ? { ...manifest, layers: manifest.layers.map((each) => ({ ...each, size })) } : manifest,
          },
        }));
    for (const referrers of [sized(513 * 1024 * 1024, 1), sized(400 * 1024 * 1024, 3)])
      expect(
        (await attachedReports({ source: () => source, readers: async () => readers }).facts({ ...request, referrers })).findings.kind,
      ).toBe("failed");
  });
});

test("a posted report of more than 16 MiB is read in pieces; one of a format that cannot be pruned fails", async () => {
  const padding = "x".repeat(17 * 1024 * 1024);
  const of = (format: string, content: object) => {
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const reports = { list: async () => [{ format, bytes, digest: digest(50), storedAt: instant(0) }] };
    return postedReports({ reports, readers: async () => readers }).facts({ image: IMAGE, referrers: [] });
  };
  expect(
    (
      await of(
        "trivy",
        trivyJson([{ ...VULNERABILITY, Description: padding.slice(0, 15 * 1024 * 1024), More: padding.slice(0, 3 * 1024 * 1024) }]),
      )
    ).findings,
  ).toMatchObject({
    kind: "reported",
    reports: [{ findings: [{ id: "CVE-2026-1" }] }],
  });
  expect(
    (await of("gitlab", { version: "15", vulnerabilities: [], scan: {}, a: padding.slice(0, 9_000_000), b: padding.slice(0, 9_000_000) }))
      .findings.kind,
  ).toBe("failed");
});

test("an envelope that is posted is opened for who looks for the format of what is in it", () => {
  const bytes = new TextEncoder().encode(JSON.stringify(envelope(statement("https://spdx.dev/Document", SPDX))));
  expect(openReport(bytes, { maxBytes: 10_000, maxDepth: 64, place: "report" })).toEqual(SPDX);
});
