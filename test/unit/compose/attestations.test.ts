import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { exportedAttestations } from "../../../shared/compose/attestation-files.ts";
import { activate } from "../../../shared/compose/policy-file.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";
import { resourceOf } from "../../../shared/signatures/binauthz/judge.ts";
import { attestorDocument, attestorSigner, IMAGE, KMS_KEY, NOTE, occurrenceOf } from "../../fixtures/binauthz.ts";
import { armored, pgpCertificate, pgpKey } from "../../fixtures/openpgp.ts";

const signer = attestorSigner("EC_SIGN_P256_SHA256");
const stranger = attestorSigner("EC_SIGN_P256_SHA256");
const ATTESTOR = "projects/acme/attestors/built-by-ci";
const RESOURCE = resourceOf(IMAGE);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-attestations-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: object | string): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

describe("attestations that were exported", () => {
  const occurrence = occurrenceOf(signer);
  const elsewhere = { ...occurrence, resourceUri: "https://europe-docker.pkg.dev/acme/shop/other@sha256:00" };
  const ofNobody = { ...occurrence, noteName: "projects/acme/notes/qa" };

  test.each([
    ["a list, as gcloud prints it", [elsewhere, occurrence, ofNobody]],
    ["an answer of the API", { occurrences: [elsewhere, occurrence, ofNobody] }],
    ["one alone", occurrence],
    ["beside attestors", [attestorDocument([signer.key]), occurrence]],
  ])("are found by note and image in %s", async (_, content) => {
    expect(await exportedAttestations([put("a.json", content)]).attestations(NOTE, RESOURCE)).toEqual([occurrence]);
  });

  it("are none in an answer that says nothing", async () => {
    expect(await exportedAttestations([put("a.json", {})]).attestations(NOTE, RESOURCE)).toEqual([]);
  });

  it("lie in several files, and in folders of them", async () => {
    mkdirSync(join(folder, "more"));
    put("more/b.json", [occurrence]);
    put("more/readme.txt", "no attestation");
    const source = exportedAttestations([put("a.json", [occurrence]), join(folder, "more")]);
    expect(await source.attestations(NOTE, RESOURCE)).toHaveLength(2);
  });

  it("are read again when their file changes", async () => {
    const file = put("a.json", []);
    const source = exportedAttestations([file]);
    expect(await source.attestations(NOTE, RESOURCE)).toEqual([]);
    put("a.json", [occurrence]);
    utimesSync(file, 1, 2);
    expect(await source.attestations(NOTE, RESOURCE)).toEqual([occurrence]);
  });

  it("prove nothing once their file is gone or damaged", async () => {
    const file = put("a.json", []);
    const source = exportedAttestations([file]);
    put("a.json", '[{"noteName":');
    utimesSync(file, 1, 2);
    await expect(source.attestations(NOTE, RESOURCE)).rejects.toMatchObject({ name: "AdapterError", code: "malformed" });
    rmSync(file);
    await expect(source.attestations(NOTE, RESOURCE)).rejects.toMatchObject({ name: "AdapterError", code: "unreachable" });
  });

  test.each([
    ["one page of several", { occurrences: [], nextPageToken: "x" }],
    ["an answer that lacks what could not be reached", { occurrences: [], unreachable: ["projects/acme/locations/eu"] }],
    ["something else among them", [occurrence, { kind: "VULNERABILITY" }]],
    ["text", '"hello"'],
  ])("are refused at once where the file is %s", (_, content) => {
    expect(() => exportedAttestations([put("a.json", content)])).toThrow(ParseError);
  });

  it("tell of attestors too, each once", async () => {
    const document = attestorDocument([signer.key]);
    const source = exportedAttestations([put("a.json", [document])]);
    expect(await source.attestor(ATTESTOR)).toEqual(document);
    await expect(source.attestor(`${ATTESTOR}2`)).rejects.toMatchObject({ code: "not-found" });
    const twice = exportedAttestations([put("b.json", [document, document])]);
    await expect(twice.attestor(ATTESTOR)).rejects.toMatchObject({ code: "malformed" });
  });
});

describe("an attestor in a policy", () => {
  const policyWith = (attestor: string): string =>
    `apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: attested }\nmode: dry-run\ntrust: { attestors: [${attestor}] }\nrules:\n  - { id: attested, rule: signature-required, signers: [ci] }\n`;
  const trusted = (attestor: string) => activate(policyWith(attestor), join(folder, "policy.yaml"));

  it("comes out of a file as gcloud describes it", () => {
    put("ci.json", attestorDocument([signer.key]));
    expect(trusted("{ name: ci, file: ci.json }").trust.attestors).toEqual([
      { name: "ci", kind: "pinned", note: NOTE, keys: [signer.key] },
    ]);
  });

  it("is pinned by note and keys, PKIX or OpenPGP, each with its own way of being named", () => {
    put("ci.pem", signer.key.pem);
    const pgp = armored("PGP PUBLIC KEY BLOCK", pgpCertificate(pgpKey("EdDSA")));
    put("ci.asc", pgp);
    const keys = `[{ file: ci.pem, algorithm: ECDSA_P256_SHA256, id: "${KMS_KEY}" }, { file: ci.asc }]`;
    expect(trusted(`{ name: ci, note: ${NOTE}, keys: ${keys} }`).trust.attestors).toEqual([
      {
        name: "ci",
        kind: "pinned",
        note: NOTE,
        keys: [
          { kind: "pkix", pem: signer.key.pem, algorithm: "ECDSA_P256_SHA256", id: KMS_KEY },
          { kind: "pgp", armored: pgp },
        ],
      },
    ]);
  });

  it("is looked up by its name alone", () => {
    expect(trusted(`{ name: ci, attestor: ${ATTESTOR} }`).trust.attestors).toEqual([{ name: "ci", kind: "looked-up", attestor: ATTESTOR }]);
  });

  it("counts by those of its keys that can be verified", () => {
    const unverified = { ...stranger.key, algorithm: "ML_DSA_65" as "ECDSA_P256_SHA256" };
    put("ci.json", attestorDocument([unverified, signer.key]));
    expect(trusted("{ name: ci, file: ci.json }").trust.attestors).toMatchObject([{ keys: [{ kind: "unsupported" }, signer.key] }]);
  });

  it("makes another policy when its key becomes another", () => {
    put("ci.json", attestorDocument([signer.key]));
    const before = trusted("{ name: ci, file: ci.json }").policy.id.version;
    put("ci.json", attestorDocument([stranger.key]));
    expect(trusted("{ name: ci, file: ci.json }").policy.id.version).not.toBe(before);
  });

  test.each([
    ["from two places", `{ name: ci, file: a.json, note: ${NOTE}, keys: [{ file: a }] }`],
    ["from no place", "{ name: ci }"],
    ["with a note and no keys", `{ name: ci, note: ${NOTE} }`],
    ["with keys and no note", `{ name: ci, attestor: ${ATTESTOR}, keys: [{ file: a }] }`],
    ["with a note that is none", "{ name: ci, note: notes/ci, keys: [{ file: a }] }"],
    ["with an attestor that is none", "{ name: ci, attestor: ci }"],
    ["with a key from two places", `{ name: ci, note: ${NOTE}, keys: [{ file: a, pem: b }] }`],
    ["with an algorithm that nobody has", `{ name: ci, note: ${NOTE}, keys: [{ file: a, algorithm: RSA_MD5 }] }`],
    ["with a name for an OpenPGP key", `{ name: ci, note: ${NOTE}, keys: [{ file: a, id: b }] }`],
    ["with a private key", `{ name: ci, note: ${NOTE}, keys: [{ pem: "-----BEGIN PRIVATE KEY-----" }] }`],
    ["under the name of another signer", `{ name: ci, attestor: ${ATTESTOR} }, { name: ci, attestor: ${ATTESTOR} }`],
  ])("is refused %s, with its place", (_, attestor) => {
    const problems = problemsOf(() => trusted(attestor));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ place }) => /policy\.yaml:5:\d+$/.test(place))).toBe(true);
  });

  test.each([
    ["without keys", attestorDocument([])],
    ["with a key that is not of its algorithm", attestorDocument([{ ...signer.key, algorithm: "ECDSA_P384_SHA384" }])],
    [
      "with a key of an algorithm that is not verified",
      attestorDocument([{ ...signer.key, algorithm: "ML_DSA_65" as "ECDSA_P256_SHA256" }]),
    ],
    [
      "with a damaged OpenPGP key",
      attestorDocument([{ kind: "pgp", armored: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----" }]),
    ],
    ["that is none", { name: ATTESTOR }],
  ])("is refused in a file %s: it could never verify anything", (_, document) => {
    put("ci.json", document);
    expect(() => trusted("{ name: ci, file: ci.json }")).toThrow(ParseError);
  });
});

function problemsOf(work: () => unknown): readonly { readonly place: string }[] {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
  return [];
}
