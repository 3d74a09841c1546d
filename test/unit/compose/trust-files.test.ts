import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activate } from "../../../shared/compose/policy-file.ts";
import { ParseError } from "../../../shared/domain/parse-error.ts";
import { bytesOf, signing } from "../../fixtures/notation.ts";
import { ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";

const document = rootOf(makeInstance());
const acme = signing().root.bytes;
const STATEMENT = {
  name: "shop",
  registryScopes: ["*"],
  signatureVerification: { level: "strict" },
  trustStores: ["ca:acme"],
  trustedIdentities: ["*"],
};
const trusting = (trust: string): string => `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: signed }
mode: enforce
trust: { ${trust} }
rules:
  - { id: signed, rule: signature-required }
`;
const IDENTITIES = `identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}" }]`;
const KEYLESS = trusting(`${IDENTITIES}, sigstore: [{ name: own, root: roots/trusted_root.json }]`);
const NOTATION = trusting("notation: { name: notaries, policy: trustpolicy.json, store: truststore }");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "moorgate-trust-"));
  writeRoot();
  writeStatement();
  write("truststore/x509/ca/acme/root.crt", acme);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}
const writeRoot = (more: object = {}): void => write("roots/trusted_root.json", JSON.stringify({ ...document, ...more }));
const writeStatement = (more: object = {}): void =>
  write("trustpolicy.json", bytesOf({ version: "1.0", trustPolicies: [{ ...STATEMENT, ...more }] }));
const read = (text: string): ReturnType<typeof activate> => activate(text, join(folder, "policy.yaml"));
const versionOf = (text: string): string => read(text).policy.id.version;

describe("a policy that trusts identities", () => {
  test("has the root of their Sigstore, read beside the policy", () => {
    expect(read(KEYLESS).trust).toEqual({
      keys: [],
      identities: [{ name: "ci", issuer: { kind: "exact", value: ISSUER }, subject: { kind: "exact", value: SUBJECT }, claims: {} }],
      sigstore: [
        {
          name: "own",
          root: JSON.stringify(document),
          transparencyLog: "required",
          timestamp: "ignored",
          sct: "required",
          allowsChain: false,
        },
      ],
    });
  });

  test("is another version with another root", () => {
    const version = versionOf(KEYLESS);
    expect(versionOf(KEYLESS)).toBe(version);
    writeRoot({ timestampAuthorities: [] });
    expect(versionOf(KEYLESS)).not.toBe(version);
  });

  test.each([
    ["is no JSON", () => write("roots/trusted_root.json", "{")],
    ["is not there", () => rmSync(join(folder, "roots"), { recursive: true })],
    ["vouches for nobody", () => writeRoot({ certificateAuthorities: [] })],
    ["has no log", () => writeRoot({ tlogs: [] })],
    ["has no log of certificates", () => writeRoot({ ctlogs: [] })],
  ])("is refused where the root %s", (_, damage) => {
    damage();
    expect(() => read(KEYLESS)).toThrow(ParseError);
  });

  test("is another version with the root of any of its Sigstores, and demands logs only of those with identities", () => {
    write("roots/other.json", JSON.stringify({ ...document, ctlogs: [] }));
    const instances = "[{ name: own, root: roots/trusted_root.json }, { name: other, root: roots/other.json }]";
    const several = trusting(`${IDENTITIES.replace("name: ci", "name: ci, sigstore: own")}, sigstore: ${instances}`);
    expect(read(several).trust.sigstore?.map(({ name }) => name)).toEqual(["own", "other"]);
    const version = versionOf(several);
    write("roots/other.json", JSON.stringify({ ...document, ctlogs: [], timestampAuthorities: [] }));
    expect(versionOf(several)).not.toBe(version);
    expect(() => read(several.replace("sigstore: own", "sigstore: other"))).toThrow(ParseError);
  });

  test("needs of the root only what it demands", () => {
    writeRoot({ tlogs: [], ctlogs: [] });
    const demanding = (needs: string): string =>
      trusting(`${IDENTITIES}, sigstore: [{ name: own, root: roots/trusted_root.json, ${needs} }]`);
    expect(read(demanding("transparencyLog: ignored, timestamp: required, sct: ignored")).trust.identities).toHaveLength(1);
    writeRoot({ timestampAuthorities: [] });
    expect(() => read(demanding("timestamp: required"))).toThrow(ParseError);
  });
});

describe("a policy that trusts as Notation does", () => {
  test("has the trust policy and the stores that it names", () => {
    write("truststore/x509/ca/other/root.crt", "not named by anybody");
    const { notation } = read(NOTATION).trust;
    expect(notation).toMatchObject({ name: "notaries", policy: expect.stringContaining("ca:acme") });
    expect(Object.entries(notation?.stores ?? {}).map(([name, files]) => [name, files.map((each) => Buffer.from(each))])).toEqual([
      ["ca:acme", [Buffer.from(acme)]],
    ]);
  });

  test("is another version with every change of these files", () => {
    const versions = [versionOf(NOTATION)];
    writeStatement({ signatureVerification: { level: "permissive" } });
    versions.push(versionOf(NOTATION));
    write("truststore/x509/ca/acme/second.crt", signing().root.bytes);
    versions.push(versionOf(NOTATION));
    expect(new Set(versions).size).toBe(3);
  });

  test.each([
    ["trust policy is not whole", () => writeStatement({ trustStores: ["acme"] })],
    ["trust policy is no JSON", () => write("trustpolicy.json", "{")],
    ["trust policy is not there", () => rmSync(join(folder, "trustpolicy.json"))],
    ["store is not there", () => writeStatement({ trustStores: ["ca:absent"] })],
    ["store is empty", () => rmSync(join(folder, "truststore/x509/ca/acme/root.crt"))],
    ["store has something else than certificates", () => write("truststore/x509/ca/acme/root.crt", "hello")],
    ["store has a folder in it", () => write("truststore/x509/ca/acme/more/root.crt", acme)],
  ])("is refused where its %s", (_, damage) => {
    damage();
    expect(() => read(NOTATION)).toThrow(ParseError);
  });
});
