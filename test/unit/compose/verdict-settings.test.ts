import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeSigningKey } from "../../../functions/local/samples/sign.ts";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { keyIdOf } from "../../../shared/signatures/publish/key-file.ts";
import { SIGNED_POLICY, startSmallGate } from "../../fakes/small-gate.ts";
import { verdictKey } from "../../fixtures/verdict-key.ts";

const folder = mkdtempSync(join(tmpdir(), "moorgate-verdicts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(verdicts: string, environment: Readonly<Record<string, string>> = {}) {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\nverdicts: ${verdicts}\n`;
  return parseSettings(text, "moorgate.yaml", environment, () => async () => undefined).verdicts;
}

/** Whether the settings are read, or the name of the error. */
function tried(...call: Parameters<typeof read>): string {
  try {
    return read(...call) === undefined ? "off" : "read";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const key = makeSigningKey();
const HERE = { KEY: key.privatePem };

describe("verdicts in the settings", () => {
  test("are off where they are left out", () => {
    const text = "apiVersion: moorgate.dev/v1\nkind: Settings\n";
    expect(parseSettings(text, "moorgate.yaml", {}, () => async () => undefined).verdicts).toBeUndefined();
  });

  test("are named by the verifier without a slash at its end, renewed each day, and signed with the key that is given", async () => {
    const settings = read('{ key: "env:KEY", verifier: "https://compliance.example/moorgate/" }', HERE);
    expect(settings).toMatchObject({ isOn: true, freshFor: 86_400_000, formerKeys: [] });
    expect(settings?.verifier).toEqual({ id: "https://compliance.example/moorgate", levels: [] });
    expect(settings?.signer.keyId).toBe(keyIdOf(settings?.signer.spki ?? new Uint8Array()));
  });

  test("stand in the comments of the settings that are written, as they are read", () => {
    const template = readFileSync(new URL("../../../functions/cli/settings-template.yaml", import.meta.url), "utf8");
    const [, lines = ""] = /^# verdicts:\n((?:# {2,}.*\n)+)/m.exec(template) ?? [];
    const text = lines.replace(/^# {3}/gm, "  ").replace("file:verdict.key", "env:KEY");
    expect(read(`\n${text}`, HERE)).toMatchObject({ isOn: true, verifier: { id: "https://compliance.example/moorgate" } });
  });

  test.each([
    ['{ key: "env:KEY", verifier: "http://compliance.example" }', "a verifier that is no https address"],
    ['{ key: "env:KEY", verifier: "https://a.example", levels: [SLSA_BUILD_LEVEL_3] }', "a level that only SLSA may name"],
    ['{ key: "env:KEY", verifier: "https://a.example", publish: failed }', "to publish what failed"],
    ['{ key: "-----BEGIN", verifier: "https://a.example" }', "a key that stands in the file"],
    ['{ verifier: "https://a.example" }', "no key"],
  ])("refuse %s: %s", (text) => {
    expect(tried(text, HERE)).toMatch(/^(Policy|Parse)Error$/);
  });
});

describe("the key of the verdicts", () => {
  const file = join(folder, "verdict.key");
  const yaml = `{ key: "file:${file}", verifier: "https://a.example" }`;

  test.each([
    [0o600, true],
    [0o400, true],
    [0o440, true],
    [0o644, false],
    [0o660, false],
    [0o602, false],
  ])("in a file of mode %o may be used: %s", (mode, isUsable) => {
    writeFileSync(file, key.privatePem);
    chmodSync(file, mode);
    expect(tried(yaml)).toBe(isUsable ? "read" : "ParseError");
    chmodSync(file, 0o600);
  });

  test("may have a passphrase, and is not used without it or with another", () => {
    const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "right",
    });
    const environment = { KEY: encrypted.toString(), RIGHT: "right", WRONG: "wrong" };
    const given = (text: string): string => tried(`{ key: "env:KEY", ${text} verifier: "https://a.example" }`, environment);
    expect(given('passphrase: "env:RIGHT",')).toBe("read");
    expect([given('passphrase: "env:WRONG",'), given("")]).toEqual(["ParseError", "ParseError"]);
  });

  test.each(["P-384", "secp256k1"])("of %s is refused", (namedCurve) => {
    const other = generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(tried('{ key: "env:KEY", verifier: "https://a.example" }', { KEY: other })).toBe("ParseError");
  });

  test("prints nowhere: not as JSON, not in the error on a damaged one", () => {
    const secretPart = key.privatePem.split("\n")[1] ?? "";
    const damaged = key.privatePem.replace(secretPart, secretPart.slice(2));
    const told = ((): string => {
      try {
        read('{ key: "env:KEY", verifier: "https://a.example" }', { KEY: damaged });
        return "nothing";
      } catch (error) {
        return String(error);
      }
    })();
    expect(told).not.toContain(secretPart.slice(10, 40));
    expect(told).not.toBe("nothing");
    expect(JSON.stringify(read('{ key: "env:KEY", verifier: "https://a.example" }', HERE))).not.toContain(secretPart.slice(10, 40));
  });
});

describe("T72: a policy that trusts the key of the verdicts as a signer", () => {
  const own = verdictKey();
  const TRUSTING = SIGNED_POLICY.replace("keys: [", "keys: [{ name: verdicts, file: verdicts.pub }, ");
  const options = { verdicts: own.settings, files: { "verdicts.pub": own.publicPem } };

  test("keeps the gate from starting", async () => {
    await expect(startSmallGate(TRUSTING, "off", options)).rejects.toMatchObject({ name: "ParseError" });
  });

  test("is refused when the policy changes later, and the one before stays in force", async () => {
    const gate = await startSmallGate(SIGNED_POLICY, "off", options);
    try {
      const { version } = gate.gate.deps.policy().policy.id;
      await gate.changePolicy(TRUSTING);
      expect(gate.gate.deps.policy().policy.id.version).toBe(version);
      await gate.changePolicy(SIGNED_POLICY.replace("grace: 0s", "grace: 1s"));
      expect(gate.gate.deps.policy().policy.id.version).not.toBe(version);
    } finally {
      await gate.stop();
    }
  });

  test("does not matter to a gate that signs with another key", async () => {
    const gate = await startSmallGate(TRUSTING, "off", { ...options, verdicts: verdictKey().settings });
    await gate.stop();
    expect(gate.gate.policy.current().trust.keys).toHaveLength(2);
  });
});
