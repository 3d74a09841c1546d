import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SigstoreTrust, Trust } from "../../shared/ports/signature-verifier.ts";
import { ISSUER } from "../fixtures/sigstore.ts";
import { type Ended, findProgram, run, tryRun } from "../running/programs.ts";
import { type PlainRegistry, smallImage, startPlainRegistry } from "./plain-registry.ts";
import { openStandIn, type Services, type StandIn, tokenOf } from "./sigstore-stand-in.ts";

const SUBJECT = "https://code.example/shop/api/.github/workflows/release.yml@refs/heads/main";
const SERVICES: Readonly<Record<string, Services>> = {
  "a log": { log: "first", timestamps: false },
  "a timestamp": { log: "none", timestamps: true },
  "a log and a timestamp": { log: "first", timestamps: true },
  "a log of the second generation": { log: "second", timestamps: true },
};

const dir = mkdtempSync(join(tmpdir(), "moorgate-keyless-"));
const options = { cwd: dir, env: { HOME: dir, SIGSTORE_NO_CACHE: "true" } };
let registry: PlainRegistry;
let standIn: StandIn;
let stranger: StandIn;
beforeAll(async () => {
  [registry, standIn, stranger] = await Promise.all([startPlainRegistry(), openStandIn(), openStandIn()]);
  writeFileSync(join(dir, "root.json"), standIn.trustedRoot);
  writeFileSync(join(dir, "other-root.json"), stranger.trustedRoot);
});
afterAll(async () => {
  await Promise.all([registry.stop(), standIn.close(), stranger.close()]);
  rmSync(dir, { recursive: true, force: true });
});

async function cosign(command: "sign" | "attest", reference: string, services: Services, ...args: readonly string[]): Promise<void> {
  writeFileSync(join(dir, "services.json"), standIn.signingConfig(services));
  const how = ["--yes", "--allow-http-registry", "--signing-config", "services.json", "--trusted-root", "root.json"];
  await run("cosign", [command, ...how, "--identity-token", tokenOf(ISSUER, SUBJECT), ...args, reference], options);
}

function cosignVerifies(reference: string, services: Services, root = "root.json", subject = SUBJECT): Promise<Ended> {
  const how = ["--allow-http-registry", "--trusted-root", root, "--certificate-identity", subject, "--certificate-oidc-issuer", ISSUER];
  const needs = [
    ...(services.log !== "none" ? [] : ["--insecure-ignore-tlog=true"]),
    ...(services.timestamps ? ["--use-signed-timestamps"] : []),
  ];
  return tryRun(findProgram("cosign"), ["verify", ...how, ...needs, reference], options);
}

function trusting({ log, timestamps }: Services, { trustedRoot }: StandIn = standIn, subject = SUBJECT): Trust {
  const needs: Pick<SigstoreTrust, "transparencyLog" | "timestamp"> = {
    transparencyLog: log === "none" ? "ignored" : "required",
    timestamp: timestamps ? "required" : "ignored",
  };
  return {
    keys: [],
    identities: [{ name: "release", issuer: { kind: "exact", value: ISSUER }, subject: { kind: "exact", value: subject } }],
    sigstore: [{ name: "stand-in", root: trustedRoot, ...needs }],
  };
}

const codes = (facts: readonly { readonly code: string }[]): readonly string[] => facts.map(({ code }) => code);

describe.each(Object.entries(SERVICES))("cosign, without a key, with %s", (name, services) => {
  const place = name.replaceAll(" ", "-");

  test("signs: it counts for the identity, and for no other, under this root and under no other", async () => {
    const reference = await registry.push(`keyless/${place}`, smallImage(name));
    await cosign("sign", reference, services);
    expect(await registry.verify("cosign", reference, trusting(services))).toMatchObject([
      { code: "ok", identity: "release", signer: { issuer: ISSUER, subject: SUBJECT } },
    ]);
    expect(await cosignVerifies(reference, services)).toMatchObject({ code: 0, stderr: expect.stringContaining("Verif") });
    expect(codes(await registry.verify("cosign", reference, trusting(services, standIn, `${SUBJECT}x`)))).toEqual(["identity-mismatch"]);
    expect((await cosignVerifies(reference, services, "root.json", `${SUBJECT}x`)).code).not.toBe(0);
    expect(codes(await registry.verify("cosign", reference, trusting(services, stranger)))).not.toContain("ok");
    expect((await cosignVerifies(reference, services, "other-root.json")).code).not.toBe(0);
  });

  test("attests: it counts as what it states, and as no signature", async () => {
    const predicateType = "https://acme.example/anything/v1";
    const reference = await registry.push(`attested/${place}`, smallImage(`attested ${name}`));
    writeFileSync(join(dir, "predicate.json"), '{"anything":true}');
    await cosign("attest", reference, services, "--type", predicateType, "--predicate", "predicate.json");
    expect(codes(await registry.verify("cosign", reference, { ...trusting(services), predicateType }))).toEqual(["ok"]);
    expect(codes(await registry.verify("cosign", reference, trusting(services)))).toEqual(["predicate-mismatch"]);
  });
});
