import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRepository } from "../../shared/domain/image-ref.ts";
import { add, type Instant, parseDuration } from "../../shared/domain/time.ts";
import type { Trust } from "../../shared/ports/signature-verifier.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { rootName, type Signing, SUBJECT } from "../fixtures/notation.ts";
import { present } from "../fixtures/present.ts";
import { pem } from "../fixtures/sigstore-log.ts";
import { type Asked, authority, certify, ecKeys, keyUsage } from "../fixtures/x509.ts";
import { findProgram, run, tryRun } from "../running/programs.ts";
import { openTimestamps, type TimestampServer } from "./openssl-timestamps.ts";
import { type PlainRegistry, smallImage, smallIndex, startPlainRegistry } from "./plain-registry.ts";

const KEYS: Readonly<Record<string, () => NonNullable<Asked["keys"]>>> = {
  "EC 256": () => ecKeys(),
  "EC 384": () => ecKeys("secp384r1"),
  "EC 521": () => ecKeys("secp521r1"),
  "RSA 2048": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "RSA 3072": () => generateKeyPairSync("rsa", { modulusLength: 3072 }),
  "RSA 4096": () => generateKeyPairSync("rsa", { modulusLength: 4096 }),
};
const FORMATS = ["jws", "cose"] as const;

const dir = mkdtempSync(join(tmpdir(), "moorgate-notation-"));
let registry: PlainRegistry;
let timestamps: TimestampServer;
beforeAll(async () => {
  registry = await startPlainRegistry();
  timestamps = await openTimestamps(join(dir, "tsa"));
});
afterAll(async () => {
  await timestamps.close();
  await registry.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Somebody with a certificate of an own authority, set up for notation and for the gate alike. */
interface Signer {
  readonly trust: Trust;
  sign(reference: string, ...args: readonly string[]): Promise<void>;
  /** Whether notation accepts it by the same policy and stores. */
  agrees(reference: string, ...args: readonly string[]): Promise<boolean>;
}

const policyOf = (more: object = {}): object => ({
  version: "1.0",
  trustPolicies: [
    {
      name: "all",
      registryScopes: ["*"],
      signatureVerification: { level: "strict" },
      trustStores: ["ca:acme"],
      trustedIdentities: ["x509.subject: C=US, ST=WA, O=acme.example"],
      ...more,
    },
  ],
});

async function signerWith(name: string, leaf: Partial<Asked> = {}, policy: object = policyOf()): Promise<Signer> {
  const root = certify({ subject: rootName, extensions: authority(0), serial: 1 });
  const own = { root, leaf: certify({ subject: SUBJECT, issuer: root, extensions: [keyUsage([0])], ...leaf }) } satisfies Signing;
  const home = join(dir, name.replaceAll(" ", "-"));
  const config = join(home, "config/notation");
  const store = (kind: string, store: string, file: string, bytes: Uint8Array): void => {
    mkdirSync(join(config, "truststore/x509", kind, store), { recursive: true });
    writeFileSync(join(config, "truststore/x509", kind, store, file), pem("CERTIFICATE", bytes));
  };
  store("ca", "acme", "root.pem", root.bytes);
  store("tsa", "time", "root.pem", timestamps.root.bytes);
  writeFileSync(join(home, "own.key"), own.leaf.privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(home, "own.pem"), [own.leaf, root].map(({ bytes }) => pem("CERTIFICATE", bytes)).join(""));
  const keys = [{ name: "own", keyPath: join(home, "own.key"), certPath: join(home, "own.pem") }];
  writeFileSync(join(config, "signingkeys.json"), JSON.stringify({ default: "own", keys }));
  writeFileSync(join(home, "policy.json"), JSON.stringify(policy));
  const options = { cwd: home, env: { HOME: home, XDG_CONFIG_HOME: join(home, "config") } };
  await run("notation", ["policy", "import", "policy.json"], options);
  const stores = { "ca:acme": [root.bytes], "tsa:time": [timestamps.root.bytes] };
  return {
    trust: { keys: [], notation: { name: "notaries", policy: JSON.stringify(policy), stores } },
    sign: async (reference, ...args) => void (await run("notation", ["sign", "--insecure-registry", ...args, reference], options)),
    agrees: async (reference, ...args) =>
      (await tryRun(findProgram("notation"), ["verify", "--insecure-registry", ...args, reference], options)).code === 0,
  };
}

const codes = (facts: readonly { readonly code: string }[]): readonly string[] => facts.map(({ code }) => code);
const placeOf = (...words: readonly string[]): string => words.join("/").toLowerCase().replaceAll(" ", "-");

describe.each(Object.entries(KEYS))("notation with a key of %s", (kind, make) => {
  test.each(FORMATS)("signs (%s): it counts for this signer, and not where another is trusted", async (format) => {
    const own = await signerWith(`${kind} ${format}`, { keys: make() });
    const stranger = await signerWith(`another than ${kind} ${format}`);
    const reference = await registry.push(placeOf("notation", kind, format), smallImage(kind));
    await own.sign(reference, "--signature-format", format);
    expect(await registry.verify("notation", reference, own.trust)).toMatchObject([{ code: "ok", identity: "notaries" }]);
    expect(await own.agrees(reference)).toBe(true);
    expect(codes(await registry.verify("notation", reference, stranger.trust))).toEqual(["untrusted-root"]);
    expect(await stranger.agrees(reference)).toBe(false);
  });
});

describe.each(FORMATS)("notation (%s)", (format) => {
  const signed = (own: Signer, reference: string, ...args: readonly string[]): Promise<void> =>
    own.sign(reference, "--signature-format", format, ...args);

  test("signs user metadata, which count as they were signed", async () => {
    const own = await signerWith(`metadata ${format}`);
    const reference = await registry.push(placeOf("metadata", format), smallImage("metadata"));
    await signed(own, reference, "--user-metadata", "build=7", "--user-metadata", "team=a");
    const judge = async (annotations: Record<string, string>) =>
      codes(await registry.verify("notation", reference, { ...own.trust, annotations }));
    expect([await judge({ build: "7" }), await judge({ build: "8" })]).toEqual([["ok"], ["predicate-mismatch"]]);
    expect([await own.agrees(reference, "-m", "build=7"), await own.agrees(reference, "-m", "build=8")]).toEqual([true, false]);
  });

  test("signs until a time: then it is over", async () => {
    const own = await signerWith(`expiry ${format}`);
    const reference = await registry.push(placeOf("expiry", format), smallImage("expiry"));
    await signed(own, reference, "--expiry", "1h");
    const at = (later: string) => registry.verify("notation", reference, own.trust, { now: add(systemClock.now(), parseDuration(later)) });
    expect(codes(await at("30m"))).toEqual(["ok"]);
    expect(codes(await at("2h"))).toEqual(["expired"]);
    expect(await own.agrees(reference)).toBe(true);
  });

  test("signs an index, and its children only where they are signed too", async () => {
    const own = await signerWith(`index ${format}`);
    const { index, children } = smallIndex(`notation ${format}`);
    const repository = placeOf("index", format);
    const [child = ""] = await Promise.all(children.map((each) => registry.push(repository, each)));
    const reference = await registry.push(repository, index);
    await signed(own, reference);
    expect(codes(await registry.verify("notation", reference, own.trust))).toEqual(["ok"]);
    expect(await registry.verify("notation", child, own.trust)).toEqual([]);
    expect([await own.agrees(reference), await own.agrees(child)]).toEqual([true, false]);
  });

  test("signs for one image: put beside another, its signature is a mismatch", async () => {
    const own = await signerWith(`moved ${format}`);
    const [image, other] = [smallImage("right"), smallImage("wrong")];
    const repository = parseRepository(placeOf("moved", format));
    await signed(own, await registry.push(repository, image));
    const reference = await registry.push(repository, other);
    const [found] = await registry.client.referrers(repository, image.manifest.digest);
    await registry.putBeside(repository, present(found), other.manifest);
    expect(codes(await registry.verify("notation", reference, own.trust))).toEqual(["digest-mismatch"]);
    expect(await own.agrees(reference)).toBe(false);
  });

  test("signs with a certificate that is over: refused, unless a timestamp of that time is there", async () => {
    const soon = (systemClock.now() + 3_600_000) as Instant;
    const notAfter = new Date(soon).toISOString().replace(/\.\d+/, "");
    const stamped = policyOf({
      trustStores: ["ca:acme", "tsa:time"],
      signatureVerification: { level: "strict", verifyTimestamp: "afterCertExpiry" },
    });
    const own = await signerWith(`timestamp ${format}`, { notAfter }, stamped);
    const reference = await registry.push(placeOf("timestamp", format), smallImage("timestamp"));
    await signed(own, reference, "--timestamp-url", timestamps.url, "--timestamp-root-cert", timestamps.rootFile);
    const later = { now: add(systemClock.now(), parseDuration("2d")) };
    expect(codes(await registry.verify("notation", reference, own.trust, later))).toEqual(["ok"]);
    expect(await own.agrees(reference)).toBe(true);

    const plain = await registry.push(placeOf("without", format), smallImage("without"));
    await signed(own, plain);
    expect(codes(await registry.verify("notation", plain, own.trust))).toEqual(["ok"]);
    expect(codes(await registry.verify("notation", plain, own.trust, later))).toEqual(["no-timestamp"]);
  });
});
