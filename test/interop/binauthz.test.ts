import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { instant } from "../../shared/domain/time.ts";
import { binauthzApi } from "../fakes/binauthz-api.ts";
import {
  attestorDocument,
  attestorOf,
  attestorSigner,
  codesOf,
  EXPECTED,
  NOTE,
  occurrence,
  occurrenceOf,
  payloadOf,
} from "../fixtures/binauthz.ts";
import { PLATFORM_POLICY, PROJECT_POLICY } from "../fixtures/binauthz-policy.ts";
import { run } from "../running/programs.ts";

// Keys are made while the tests run.
const NOW = instant(Date.now() + 600_000);
const PAYLOAD = `${JSON.stringify(payloadOf(), undefined, 2)}\n`;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "mg-gpg-"));
  writeFileSync(join(home, "payload.json"), PAYLOAD);
});
afterAll(async () => {
  await run("gpgconf", ["--kill", "gpg-agent"], { env: { GNUPGHOME: home } });
  rmSync(home, { recursive: true, force: true });
});

function gpg(...args: readonly string[]): Promise<string> {
  return run("gpg", ["--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", ...args], { env: { GNUPGHOME: home } });
}

/** Makes a key, and gives its fingerprint. */
async function makeKey(user: string, algorithm: string, usage: string, expires: string): Promise<string> {
  await gpg("--quick-gen-key", user, algorithm, usage, expires);
  const listed = await gpg("--with-colons", "--list-keys", user);
  return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? "";
}

/** What is said of a payload that gpg signed, by the key as gpg exports it. */
async function codesWith(fingerprint: string, options: readonly string[] = [], now = NOW): Promise<readonly string[]> {
  const signature = await gpg("--armor", "--local-user", fingerprint, ...options, "--output", "-", "--sign", join(home, "payload.json"));
  const armored = await gpg("--armor", "--export", fingerprint);
  const attestation = {
    serializedPayload: Buffer.from(PAYLOAD).toString("base64url"),
    signatures: [{ publicKeyId: fingerprint, signature: Buffer.from(signature).toString("base64url") }],
  };
  return codesOf(occurrence(attestation), attestorOf({ kind: "pgp", armored }), { ...EXPECTED, now });
}

describe("what GnuPG signs is verified", () => {
  it.each(["ed25519", "rsa2048", "rsa4096", "nistp256", "nistp384", "nistp521"])("by a key of %s", async (algorithm) => {
    const fingerprint = await makeKey(`${algorithm} <${algorithm}@example.com>`, algorithm, "sign", "1y");
    expect(await codesWith(fingerprint)).toEqual(["ok"]);
    expect(await codesWith(fingerprint, ["--compress-algo", "none"])).toEqual(["ok"]);
    expect(await codesWith(fingerprint, ["--compress-algo", "zlib"])).toEqual(["ok"]);
    expect(await codesWith(fingerprint, ["--digest-algo", "SHA512"])).toEqual(["ok"]);
  });

  it("by a subkey, until it ends", async () => {
    const fingerprint = await makeKey("subkeys <subkeys@example.com>", "ed25519", "cert", "never");
    await gpg("--quick-add-key", fingerprint, "cv25519", "encr", "1y");
    await gpg("--quick-add-key", fingerprint, "rsa2048", "sign", "1d");
    expect(await codesWith(fingerprint)).toEqual(["ok"]);
    expect(await codesWith(fingerprint, [], instant(NOW + 2 * 86_400_000))).toEqual(["expired"]);
  });

  it("with two user ids and another's word on the key", async () => {
    const fingerprint = await makeKey("two <two@example.com>", "ed25519", "sign", "1y");
    await gpg("--quick-add-uid", fingerprint, "second <second@example.com>");
    const other = await makeKey("other <other@example.com>", "rsa2048", "default", "1y");
    await gpg("--yes", "--local-user", other, "--quick-sign-key", fingerprint);
    expect(await codesWith(fingerprint)).toEqual(["ok"]);
  });

  it("not with SHA-1, BZIP2, or as text", async () => {
    const fingerprint = await makeKey("weak <weak@example.com>", "rsa2048", "sign", "1y");
    expect(await codesWith(fingerprint, ["--digest-algo", "SHA1"])).toEqual(["unsupported"]);
    expect(await codesWith(fingerprint, ["--compress-algo", "bzip2"])).toEqual(["unsupported"]);
    expect(await codesWith(fingerprint, ["--textmode"])).toEqual(["unsupported"]);
  });

  it("not after its key was taken back", async () => {
    const fingerprint = await makeKey("revoked <revoked@example.com>", "ed25519", "sign", "1y");
    expect(await codesWith(fingerprint)).toEqual(["ok"]);
    const signature = await gpg("--armor", "--local-user", fingerprint, "--output", "-", "--sign", join(home, "payload.json"));
    const attestation = { signatures: [{ publicKeyId: fingerprint, signature: Buffer.from(signature).toString("base64") }] };
    const revocation = readFileSync(join(home, "openpgp-revocs.d", `${fingerprint}.rev`), "utf8").replace(":-----BEGIN", "-----BEGIN");
    writeFileSync(join(home, "revocation.asc"), revocation);
    const before = await gpg("--armor", "--export", fingerprint);
    await gpg("--import", join(home, "revocation.asc"));
    const after = await gpg("--armor", "--export", fingerprint);
    const codes = (armored: string) => codesOf(occurrence(attestation), attestorOf({ kind: "pgp", armored }), { ...EXPECTED, now: NOW });
    expect([codes(before), codes(after)]).toEqual([["ok"], ["revoked"]]);
  });
});

/** The vendor's contracts, in the folder that the corpus runner reads too. */
const CONTRACTS = join(
  process.env["MOORGATE_CORPUS"] ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url)),
  "gcp-discovery",
);

function validator(api: string, name: string): ValidateFunction {
  const file = join(CONTRACTS, `${api}.v1.wire.schema.json`);
  if (!existsSync(file)) throw new Error(`there is no contract in ${file}: name the folder that has gcp-discovery in MOORGATE_CORPUS`);
  const schema = JSON.parse(readFileSync(file, "utf8"));
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  ajv.addSchema(schema);
  return ajv.compile({ $ref: `${schema.$id}#/$defs/${name}` });
}

describe("what the fake answers is what Google publishes", () => {
  const signer = attestorSigner("EC_SIGN_P256_SHA256");
  const state = { occurrences: [1, 2, 3].map(() => occurrenceOf(signer)), attestors: [attestorDocument([signer.key])] };
  const api = binauthzApi(() => state);
  const uri = String(occurrenceOf(signer)["resourceUri"]);
  test.each([
    [
      "occurrences of a note",
      `${NOTE}/occurrences?filter=${encodeURIComponent(`resourceUrl="${uri}"`)}`,
      "containeranalysis",
      "ListNoteOccurrencesResponse",
    ],
    ["no occurrences", `${NOTE}/occurrences`, "containeranalysis", "ListNoteOccurrencesResponse"],
    ["an attestor", "projects/acme/attestors/built-by-ci", "binaryauthorization", "Attestor"],
  ])("%s", (_, path, contract, name) => {
    const validate = validator(contract, name);
    expect(validate(api(`http://127.0.0.1/v1/${path}`).body), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ occurrences: 1, publicKeys: 1, name: 1 })).toBe(false);
  });
});

describe("the policies of the tests are what Google publishes", () => {
  test.each([
    ["Policy", PROJECT_POLICY],
    ["PlatformPolicy", PLATFORM_POLICY],
  ])("%s", (name, document) => {
    const validate = validator("binaryauthorization", name);
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });
});
