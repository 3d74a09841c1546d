import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseRepository } from "../../shared/domain/image-ref.ts";
import type { Trust } from "../../shared/ports/signature-verifier.ts";
import { present } from "../fixtures/present.ts";
import { findProgram, run, tryRun } from "../running/programs.ts";
import { type PlainRegistry, smallImage, smallIndex, startPlainRegistry } from "./plain-registry.ts";

const KEYS: Readonly<Record<string, () => { readonly privateKey: KeyObject }>> = {
  "ECDSA P-256": () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  "ECDSA P-384": () => generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
  "ECDSA P-521": () => generateKeyPairSync("ec", { namedCurve: "secp521r1" }),
  "RSA 2048": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "RSA 3072": () => generateKeyPairSync("rsa", { modulusLength: 3072 }),
  "RSA 4096": () => generateKeyPairSync("rsa", { modulusLength: 4096 }),
};
// cosign signs with the digest of the key's strength, and verifies with SHA-256 unless it is told.
const DIGESTS: Readonly<Record<string, string>> = { "ECDSA P-384": "sha384", "ECDSA P-521": "sha512" };
const FORMS = { bundle: [], "older form": ["--new-bundle-format=false"] } as const;
type Form = keyof typeof FORMS;

const OFFLINE = ["--yes", "--allow-http-registry", "--use-signing-config=false", "--tlog-upload=false"];
const PREDICATES = {
  "https://slsa.dev/provenance/v1": [
    "slsaprovenance1",
    { buildDefinition: { buildType: "https://b.example", externalParameters: {} }, runDetails: { builder: { id: "https://b.example" } } },
  ],
  "https://cosign.sigstore.dev/attestation/vuln/v1": [
    "vuln",
    {
      invocation: { parameters: [], uri: "", event_id: "", "builder.id": "" },
      scanner: { uri: "https://s.example", version: "1", db: { uri: "", version: "" }, result: {} },
      metadata: { scanStartedOn: "2026-06-01T10:00:00Z", scanFinishedOn: "2026-06-01T10:00:01Z" },
    },
  ],
  "https://spdx.dev/Document": ["spdxjson", { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", name: "a", packages: [] }],
  "https://cyclonedx.org/bom": ["cyclonedx", { bomFormat: "CycloneDX", specVersion: "1.5", components: [] }],
  "https://acme.example/anything/v1": ["https://acme.example/anything/v1", { anything: true }],
} as const;

const dir = mkdtempSync(join(tmpdir(), "moorgate-cosign-"));
let registry: PlainRegistry;
beforeAll(async () => {
  registry = await startPlainRegistry();
});
afterAll(async () => {
  await registry.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A key that cosign has imported. */
interface Imported {
  readonly trust: Trust;
  cosign(...args: readonly string[]): Promise<void>;
  /** Whether cosign accepts the signature. */
  agrees(reference: string, ...args: readonly string[]): Promise<boolean>;
}

async function importKey(name: string, { privateKey }: { readonly privateKey: KeyObject }): Promise<Imported> {
  const home = join(dir, name.replaceAll(" ", "-"));
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "own.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  const options = { cwd: home, env: { COSIGN_PASSWORD: "", HOME: home } };
  await run("cosign", ["import-key-pair", "--key", "own.pem", "--output-key-prefix", "own"], options);
  const pem = readFileSync(join(home, "own.pub"), "utf8");
  return {
    trust: { keys: [{ name, pem, hash: "of-key" }] },
    cosign: async (...[command = "", ...args]) => void (await run("cosign", [command, "--key", "own.key", ...OFFLINE, ...args], options)),
    async agrees(reference, ...args) {
      const digest = ["--signature-digest-algorithm", DIGESTS[name.replace("another ", "")] ?? "sha256"];
      const how = ["--key", "own.pub", "--allow-http-registry", "--insecure-ignore-tlog=true", "--offline=true", ...digest];
      return (await tryRun(findProgram("cosign"), ["verify", ...how, ...args, reference], options)).code === 0;
    },
  };
}

const codes = (facts: readonly { readonly code: string }[]): readonly string[] => facts.map(({ code }) => code);

describe.each(Object.entries(KEYS))("cosign with a key of %s", (kind, make) => {
  let own: Imported;
  let stranger: Imported;
  beforeAll(async () => {
    own = await importKey(kind, make());
    stranger = await importKey(`another ${kind}`, make());
  });

  test.each(Object.keys(FORMS) as Form[])("signs an image (%s): it counts by this key, and by no other", async (form) => {
    const repository = `keys/${kind.toLowerCase().replaceAll(" ", "-")}/${form.replaceAll(" ", "-")}`;
    const reference = await registry.push(repository, smallImage(kind));
    await own.cosign("sign", ...FORMS[form], reference);
    expect(await registry.verify("cosign", reference, own.trust)).toMatchObject([{ code: "ok", identity: kind }]);
    expect(await own.agrees(reference)).toBe(true);
    expect(codes(await registry.verify("cosign", reference, stranger.trust))).toEqual(["signature-invalid"]);
    expect(await stranger.agrees(reference)).toBe(false);
  });

  test.each(Object.keys(FORMS) as Form[])("attests (%s): it counts as what it states, and as no signature", async (form) => {
    const predicateType = "https://slsa.dev/provenance/v1";
    const repository = `attested/${kind.toLowerCase().replaceAll(" ", "-")}/${form.replaceAll(" ", "-")}`;
    const reference = await registry.push(repository, smallImage(kind));
    const [type, predicate] = PREDICATES[predicateType];
    writeFileSync(join(dir, "predicate.json"), JSON.stringify(predicate));
    await own.cosign("attest", ...FORMS[form], "--type", type, "--predicate", join(dir, "predicate.json"), reference);
    expect(codes(await registry.verify("cosign", reference, { ...own.trust, predicateType }))).toEqual(["ok"]);
    expect(codes(await registry.verify("cosign", reference, { ...stranger.trust, predicateType }))).toEqual(["signature-invalid"]);
    expect(codes(await registry.verify("cosign", reference, own.trust))).not.toContain("ok");
  });
});

describe("cosign", () => {
  let own: Imported;
  beforeAll(async () => {
    own = await importKey("own", generateKeyPairSync("ec", { namedCurve: "prime256v1" }));
  });

  describe.each(Object.keys(FORMS) as Form[])("in the %s", (form) => {
    const place = form.replaceAll(" ", "-");

    test.each(Object.entries(PREDICATES))("attests %s", async (predicateType, [type, predicate]) => {
      const reference = await registry.push(`predicates/${place}`, smallImage(predicateType));
      writeFileSync(join(dir, "predicate.json"), JSON.stringify(predicate));
      await own.cosign("attest", ...FORMS[form], "--type", type, "--predicate", join(dir, "predicate.json"), reference);
      expect(codes(await registry.verify("cosign", reference, { ...own.trust, predicateType }))).toEqual(["ok"]);
      expect(codes(await registry.verify("cosign", reference, { ...own.trust, predicateType: `${predicateType}x` }))).not.toContain("ok");
    });

    test("signs annotations, which count as they were signed", async () => {
      const reference = await registry.push(`annotations/${place}`, smallImage("annotations"));
      await own.cosign("sign", ...FORMS[form], "-a", "env=prod", "-a", "team=a", reference);
      const judge = async (annotations: Record<string, string>) =>
        codes(await registry.verify("cosign", reference, { ...own.trust, annotations }));
      expect(await judge({ env: "prod", team: "a" })).toEqual(["ok"]);
      expect(await judge({ env: "test" })).toEqual(["predicate-mismatch"]);
      expect(await own.agrees(reference, "-a", "env=prod")).toBe(true);
      expect(await own.agrees(reference, "-a", "env=test")).toBe(false);
    });

    test.each([true, false])("signs an index; its children only where it is told to (%s)", async (isRecursive) => {
      const { index, children } = smallIndex(`index ${form} ${isRecursive}`);
      const repository = `indexes/${place}-${isRecursive}`;
      const references: string[] = [];
      for (const child of children) references.push(await registry.push(repository, child));
      const reference = await registry.push(repository, index);
      await own.cosign("sign", ...FORMS[form], ...(isRecursive ? ["--recursive"] : []), reference);
      expect(codes(await registry.verify("cosign", reference, own.trust))).toEqual(["ok"]);
      for (const child of references) {
        expect(codes(await registry.verify("cosign", child, own.trust))).toEqual(isRecursive ? ["ok"] : []);
        expect(await own.agrees(child)).toBe(isRecursive);
      }
    });

    test("signs for one image: put beside another, its signature is a mismatch", async () => {
      const [image, other] = [smallImage(`right ${form}`), smallImage(`wrong ${form}`)];
      const repository = parseRepository(`moved/${place}`);
      await own.cosign("sign", ...FORMS[form], await registry.push(repository, image));
      const reference = await registry.push(repository, other);
      const [found] = await registry.client.referrers(repository, image.manifest.digest);
      await registry.putBeside(repository, present(found), other.manifest);
      expect(codes(await registry.verify("cosign", reference, own.trust))).toEqual(["digest-mismatch"]);
      expect(await own.agrees(reference)).toBe(false);
    });
  });

  test.each(Object.keys(FORMS) as Form[])(
    "signs with Ed25519 in the pre-hashed form (%s), which it does not verify itself, and which counts here",
    async (form) => {
      const key = await importKey(`Ed25519 ${form}`, generateKeyPairSync("ed25519"));
      const reference = await registry.push(`ed25519/${form.replaceAll(" ", "-")}`, smallImage("ed25519"));
      await key.cosign("sign", ...FORMS[form], reference);
      expect(await key.agrees(reference)).toBe(false);
      const asked = (hash: "sha256" | "sha512" | "of-key") => ({ keys: key.trust.keys.map((each) => ({ ...each, hash })) });
      expect(codes(await registry.verify("cosign", reference, asked("sha512")))).toEqual(["ok"]);
      expect(codes(await registry.verify("cosign", reference, asked("of-key")))).toEqual(["ok"]);
      expect(codes(await registry.verify("cosign", reference, asked("sha256")))).toEqual(["signature-invalid"]);
    },
  );

  test("signs twice, by two keys: each counts for itself", async () => {
    const second = await importKey("second", generateKeyPairSync("ec", { namedCurve: "prime256v1" }));
    const reference = await registry.push("twice", smallImage("twice"));
    await own.cosign("sign", reference);
    await second.cosign("sign", ...FORMS["older form"], reference);
    expect(codes(await registry.verify("cosign", reference, own.trust)).toSorted()).toEqual(["ok", "signature-invalid"]);
    const both = { keys: [...own.trust.keys, ...second.trust.keys] };
    const identities = (await registry.verify("cosign", reference, both)).map(({ identity }) => identity);
    expect([identities.length, new Set(identities)]).toEqual([2, new Set(["own", "second"])]);
  });
});
