import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { changedLines, withKey } from "../../../functions/cli/policy-edit.ts";
import { ecSigner } from "../../fixtures/cosign.ts";
import { membersOf } from "../../fixtures/members.ts";
import { bytesOf, signing } from "../../fixtures/notation.ts";
import { ISSUER, makeInstance, rootOf, SUBJECT } from "../../fixtures/sigstore.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "moorgate-trust-"));
const at = (name: string): string => join(folder, name);
const put = (name: string, text: string | Uint8Array): string => {
  writeFileSync(at(name), text);
  return at(name);
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = "apiVersion: moorgate.dev/v1\nkind: Policy\nmetadata: { name: shop }\nmode: enforce\n";
const RULES = "rules:\n  # hold nothing\n  - { id: small,   rule: severity-threshold, atLeast: critical } # yet\n";

const [release, other] = [ecSigner("prime256v1"), ecSigner("secp384r1", "sha384")];
put("release.pub", release.key.pem);
put("other.pub", other.key.pem);

describe("add-key", () => {
  beforeEach(() =>
    put(
      "policy.yaml",
      `${HEAD}# whom we trust\ntrust:\n  # by key\n  keys:\n    - name: release # the team\n      file: release.pub\n${RULES}`,
    ),
  );

  const addKey = (file: string, ...words: readonly string[]) =>
    run(["trust", "add-key", at(file), "--policy", at("policy.yaml"), ...words]);

  test("adds the key behind the others, and changes no byte of the rest", async () => {
    const before = readFileSync(at("policy.yaml"), "utf8");
    expect(await addKey("other.pub", "--name", "partner")).toMatchObject({ exit: 0 });
    const after = readFileSync(at("policy.yaml"), "utf8");
    const added = `    - name: partner\n      file: ${at("other.pub")}\n`;
    expect(after).toBe(before.replace("      file: release.pub\n", `      file: release.pub\n${added}`));
    expect((await run(["policy", "check", at("policy.yaml")])).exit).toBe(0);
  });

  test("--dry-run shows the same difference and writes nothing", async () => {
    const before = readFileSync(at("policy.yaml"), "utf8");
    const dry = await addKey("other.pub", "--name", "partner", "--dry-run", "--json");
    expect(dry.exit).toBe(1);
    expect(readFileSync(at("policy.yaml"), "utf8")).toBe(before);
    const done = await addKey("other.pub", "--name", "partner", "--json");
    expect(JSON.parse(done.out)).toEqual({ ...JSON.parse(dry.out), written: true });
    expect(membersOf(JSON.parse(done.out))).toEqual([
      "changed",
      "key.algorithm",
      "key.file",
      "key.fingerprint",
      "key.name",
      "policy",
      "written",
    ]);
  });

  test.each([
    ["the same key under another name", () => at("release.pub"), "second"],
    ["another key under a name that is taken", () => at("other.pub"), "release"],
    ["a private key", () => put("secret.pem", String(release.privateKey.export({ type: "pkcs8", format: "pem" }))), "secret"],
    ["a key that may not be used", () => put("weak.pub", weakKey()), "weak"],
    ["a certificate", () => put("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "cert"],
    ["a name that no key may have", () => at("other.pub"), "No Name"],
    ["a file that is not there", () => at("absent.pub"), "absent"],
  ])("%s is refused, and the policy stays", async (_, file, name) => {
    const before = readFileSync(at("policy.yaml"), "utf8");
    const ran = await run(["trust", "add-key", file(), "--name", name, "--policy", at("policy.yaml")]);
    expect(ran.exit).toBe(3);
    expect(readFileSync(at("policy.yaml"), "utf8")).toBe(before);
  });

  test("the same key in other line ends is the same key", async () => {
    put("windows.pub", release.key.pem.replaceAll("\n", "\r\n"));
    expect((await addKey("windows.pub", "--name", "windows")).exit).toBe(3);
  });
});

function weakKey(): string {
  return String(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ type: "spki", format: "pem" }));
}

const ADDED = { name: "new", file: "new.pub" };

describe("a key is put into a policy", () => {
  test.each([
    ["without trust", `${HEAD}${RULES}`],
    ["with trust that is nothing yet", `${HEAD}trust: # nobody\n${RULES}`],
    ["with an empty flow of trust", `${HEAD}trust: {}\n${RULES}`],
    ["with trust in one line", `${HEAD}trust: { identities: [] } # nobody\n${RULES}`],
    ["with trust that has no keys", `${HEAD}trust: # whom\n  # and why\n  notation: { policy: a, store: b }\n${RULES}`],
    ["with keys in one line", `${HEAD}trust: { keys: [{ name: a, file: a.pub }] }\n${RULES}`],
    ["with keys in several lines of flow", `${HEAD}trust:\n  keys: [\n    { name: a, file: a.pub },\n  ]\n${RULES}`],
    ["with an empty list of keys", `${HEAD}trust:\n  keys: []\n  identities: []\n${RULES}`],
    ["with keys as block without indent", `${HEAD}trust:\n  keys:\n  - name: a\n    file: a.pub\n\n  # then\n  identities: []\n${RULES}`],
    ["with a key written out", `${HEAD}trust:\n  keys:\n    - name: a\n      pem: |\n        -----BEGIN\n        AAAA\n${RULES}`],
    ["with trust at the end", `${HEAD}${RULES}trust:\n  keys:\n    - name: a\n      file: a.pub`],
  ])("%s", (_, text) => {
    const edited = withKey(text, ADDED);
    expect(edited).toContain("new.pub");
    const lines = new Set(edited?.split("\n"));
    const lost = text.split("\n").filter((line) => !lines.has(line));
    // A flow has to be opened; what is not part of one stays.
    for (const line of lost) expect(line).toMatch(/[[\]{}]|file: a\.pub$/);
    expect(changedLines(text, edited ?? "").filter((line) => line.includes(" - ")).length).toBeLessThanOrEqual(lost.length + 1);
  });

  test.each([
    ["keys by an alias", `${HEAD}trust: { keys: &k [] }\nrules: *k\n`],
    ["no map", "- a\n"],
    ["keys that are no list", `${HEAD}trust: { keys: release.pub }\n${RULES}`],
  ])("never where that would change something else: %s", (_, text) => {
    expect(withKey(text, ADDED)).toBeUndefined();
  });

  test("a name that YAML would read as something else is put in quotes", () => {
    expect(withKey(`${HEAD}${RULES}`, { name: "1", file: "yes" })).toContain('name: "1"');
    expect(withKey(`${HEAD}trust: { keys: [] }\n${RULES}`, { name: "null", file: "a, b].pub" })).toContain(
      '{ name: "null", file: "a, b].pub" }',
    );
  });
});

describe("inspect", () => {
  const instance = makeInstance();
  const { root } = signing();
  mkdirSync(at("store/x509/ca/acme"), { recursive: true });
  put("store/x509/ca/acme/root.der", root.bytes);
  put("trusted_root.json", JSON.stringify(rootOf(instance)));
  put(
    "trustpolicy.json",
    bytesOf({
      version: "1.0",
      trustPolicies: [
        {
          name: "all",
          registryScopes: ["*"],
          signatureVerification: { level: "permissive" },
          trustStores: ["ca:acme"],
          trustedIdentities: ["x509.subject: C=US, ST=WA, O=acme.example"],
        },
      ],
    }),
  );
  const TRUST = `trust:
  keys: [{ name: release, file: release.pub, roles: [builder] }]
  identities: [{ name: ci, issuer: "${ISSUER}", subject: "${SUBJECT}", sigstore: own, claims: { sourceRepositoryRef: refs/heads/main } }]
  sigstore: [{ name: own, root: trusted_root.json }]
  notation: { policy: trustpolicy.json, store: store }
  ignored: [{ signer: release, signature: "sha256:${"a".repeat(64)}", from: 2026-01-01, until: 2026-02-01, reason: leaked }]
`;
  const inspected = async (): Promise<Record<string, unknown>> =>
    JSON.parse((await run(["trust", "inspect", "--policy", put("all.yaml", `${HEAD}${TRUST}${RULES}`), "--json"])).out);

  test("JSON has these members, and no others", async () => {
    const certificate = (path: string): readonly string[] =>
      ["fingerprint", "from", "issuer", "key.algorithm", "key.fingerprint", "state", "subject", "until"].map((name) => `${path}[].${name}`);
    const authority = (path: string): readonly string[] => [...certificate(`${path}[].certificates`), `${path}[].from`, `${path}[].state`];
    const log = (path: string): readonly string[] =>
      ["from", "id", "key.algorithm", "key.fingerprint", "state"].map((name) => `${path}[].${name}`);
    expect(membersOf(await inspected())).toEqual(
      [
        "attestors",
        ...["claims.sourceRepositoryRef", "issuer", "name", "roles", "sigstore", "subject"].map((name) => `identities[].${name}`),
        ...["from", "reason", "signature", "signer", "until"].map((name) => `ignored[].${name}`),
        ...["algorithm", "fingerprint", "name", "roles", "transparencyLog"].map((name) => `keys[].${name}`),
        ...["name", "roles", "stores[].name"].map((name) => `notation.${name}`),
        ...certificate("notation.stores[].certificates"),
        ...["authenticTimestamp", "authenticity", "expiry", "revocation"].map((name) => `notation.statements[].checks.${name}`),
        ...["identities", "name", "scopes", "stores"].map((name) => `notation.statements[].${name}`),
        ...["file", "name", "version"].map((name) => `policy.${name}`),
        ...["from", "name", "sct", "timestamp", "transparencyLog"].map((name) => `sigstore[].${name}`),
        ...authority("sigstore[].authorities"),
        ...log("sigstore[].certificateLogs"),
        ...log("sigstore[].logs"),
        ...authority("sigstore[].timestampAuthorities"),
      ].toSorted(),
    );
  });

  test("a key has the fingerprint that openssl gives its public key", async () => {
    const { key } = JSON.parse((await run(["trust", "inspect", at("release.pub"), "--json"])).out);
    const spki = Buffer.from(release.key.pem.replace(/-----[A-Z ]+-----|\s/g, ""), "base64");
    const hash = await crypto.subtle.digest("SHA-256", spki);
    expect(key).toEqual({ algorithm: "ECDSA P-256", fingerprint: Buffer.from(hash).toString("hex") });
  });

  test.each([
    ["has ended", { start: "2020-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" }, "ended"],
    ["ends within thirty days", { start: "2020-01-01T00:00:00Z", end: new Date(Date.now() + 20 * 86_400_000).toISOString() }, "soon"],
    ["ends later", { start: "2020-01-01T00:00:00Z", end: new Date(Date.now() + 40 * 86_400_000).toISOString() }, "counts"],
    ["has not begun", { start: "2090-01-01T00:00:00Z" }, "not-yet"],
    ["has no end", { start: "2020-01-01T00:00:00Z" }, "counts"],
  ])("a log that %s is told to", async (_, validFor, state) => {
    const document = rootOf(instance);
    const [log] = document.tlogs;
    const changed = { ...document, tlogs: [{ ...log, publicKey: { ...log?.publicKey, validFor } }] };
    const ran = await run(["trust", "inspect", put("root.json", JSON.stringify(changed)), "--json"]);
    expect(JSON.parse(ran.out)).toMatchObject({ kind: "trusted-root", logs: [{ state }] });
  });

  test("people see everybody by name", async () => {
    const { out, exit } = await run(["trust", "inspect", "--policy", at("all.yaml")]);
    expect(exit).toBe(0);
    for (const word of ["release", "ci", SUBJECT, "Sigstore own", "ca:acme", "leaked", "as builder"]) expect(out).toContain(word);
  });

  test.each([
    ["a private key", String(release.privateKey.export({ type: "pkcs8", format: "pem" }))],
    ["a text", "hello"],
    ["JSON that is no trusted root", '{"a":1,"tlogs":"x"}'],
  ])("%s is refused, and nothing of it is printed", async (_, text) => {
    const ran = await run(["trust", "inspect", put("odd", text)]);
    expect(ran).toMatchObject({ exit: 3, out: "" });
    for (const line of text.split("\n").filter((each) => each.length > 20)) expect(ran.err).not.toContain(line);
  });
});
