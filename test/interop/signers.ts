import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ended, findProgram, run, tryRun } from "../running/programs.ts";

export interface Cosign {
  /** Public key, PEM. */
  readonly publicKey: string;
  /** `bundle`: a Sigstore bundle as referrer (cosign 3). `tag`: a legacy signature under `sha256-<hex>.sig`. */
  sign(reference: string, form: "bundle" | "tag"): Promise<void>;
  trySign(reference: string, form: "bundle" | "tag"): Promise<Ended>;
  /** Whether it accepts a signature by this key. */
  verifies(reference: string): Promise<boolean>;
  attest(reference: string, predicate: object): Promise<void>;
}

/** Offline: with a key, without a transparency log. */
const OFFLINE = ["--yes", "--allow-http-registry", "--use-signing-config=false", "--tlog-upload=false"];

export async function cosignIn(dir: string): Promise<Cosign> {
  mkdirSync(dir, { recursive: true });
  const options = { cwd: dir, env: { COSIGN_PASSWORD: "", HOME: dir } };
  await run("cosign", ["generate-key-pair"], options);
  const args = (reference: string, form: "bundle" | "tag"): readonly string[] => [
    "sign",
    "--key",
    "cosign.key",
    ...OFFLINE,
    ...(form === "tag" ? ["--new-bundle-format=false"] : []),
    reference,
  ];
  return {
    publicKey: readFileSync(join(dir, "cosign.pub"), "utf8"),
    sign: async (reference, form) => void (await run("cosign", args(reference, form), options)),
    trySign: (reference, form) => tryRun(findProgram("cosign"), args(reference, form), options),
    async verifies(reference) {
      const how = ["--key", "cosign.pub", "--allow-http-registry", "--insecure-ignore-tlog=true", "--offline=true"];
      return (await tryRun(findProgram("cosign"), ["verify", ...how, reference], options)).code === 0;
    },
    async attest(reference, predicate) {
      writeFileSync(join(dir, "predicate.json"), JSON.stringify(predicate));
      await run(
        "cosign",
        ["attest", "--key", "cosign.key", ...OFFLINE, "--type", "custom", "--predicate", "predicate.json", reference],
        options,
      );
    },
  };
}

export interface Notation {
  /** @param place where the signature's list goes: the referrers API alone, or the fallback tag as well. */
  sign(reference: string, place: "api" | "tag"): Promise<void>;
  /** Whether it accepts a signature by this key. */
  verifies(reference: string): Promise<boolean>;
  list(reference: string): Promise<string>;
}

const TRUST_POLICY = {
  version: "1.0",
  trustPolicies: [
    {
      name: "all",
      registryScopes: ["*"],
      signatureVerification: { level: "strict" },
      trustStores: ["ca:test.example"],
      trustedIdentities: ["*"],
    },
  ],
};

export async function notationIn(dir: string): Promise<Notation> {
  mkdirSync(dir, { recursive: true });
  const options = { cwd: dir, env: { HOME: dir, XDG_CONFIG_HOME: join(dir, "config") } };
  await run("notation", ["cert", "generate-test", "--default", "test.example"], options);
  writeFileSync(join(dir, "policy.json"), JSON.stringify(TRUST_POLICY));
  await run("notation", ["policy", "import", "policy.json"], options);
  return {
    sign: async (reference, place) =>
      void (await run("notation", ["sign", "--insecure-registry", `--force-referrers-tag=${place === "tag"}`, reference], options)),
    verifies: async (reference) =>
      (await tryRun(findProgram("notation"), ["verify", "--insecure-registry", reference], options)).code === 0,
    list: (reference) => run("notation", ["list", "--insecure-registry", reference], options),
  };
}
