import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { imageNamed, type SmallGate, startSmallGate } from "../fakes/small-gate.ts";
import { NOTATION_POLICY, TRUST_POLICY, writeFiles } from "../fixtures/notation-files.ts";
import { findProgram, run, tryRun } from "../running/programs.ts";
import { type OpensslAuthority, openAuthority } from "./openssl-authority.ts";

let dir: string;
let authority: OpensslAuthority;
let gate: SmallGate;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "moorgate-notation-"));
  authority = await openAuthority(dir, ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
  const files = { "trustpolicy.json": TRUST_POLICY, "truststore/x509/ca/acme/root.pem": readFileSync(join(dir, "root.pem"), "utf8") };
  // The very files, for both.
  writeFiles(join(dir, "config", "notation"), files);
  gate = await startSmallGate(NOTATION_POLICY, "off", { files, internalHosts: [authority.host] });
});
afterEach(async () => {
  await Promise.all([authority.close(), gate.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

/** What Notation and the gate say of an image that Notation signed with this certificate. */
async function judged(name: string): Promise<readonly unknown[]> {
  const options = { cwd: dir, env: { HOME: dir, XDG_CONFIG_HOME: join(dir, "config"), XDG_CACHE_HOME: join(dir, `cache-${name}`) } };
  writeFileSync(join(dir, "chain.pem"), readFileSync(join(dir, `${name}.pem`), "utf8") + readFileSync(join(dir, "root.pem"), "utf8"));
  const keys = [{ name, keyPath: join(dir, `${name}.key`), certPath: join(dir, "chain.pem") }];
  writeFileSync(join(dir, "config", "notation", "signingkeys.json"), JSON.stringify({ default: name, keys }));
  const image = await gate.push("shop/api", name, imageNamed(name));
  const reference = `${gate.host}/shop/api@${image.digest}`;
  await run("notation", ["sign", "--insecure-registry", reference], options);
  const { code } = await tryRun(findProgram("notation"), ["verify", "--insecure-registry", reference], options);
  await gate.drain();
  return [code === 0, (await gate.record(image)).verdict?.kind];
}

test.each(["crl", "ocsp"] as const)("Notation and the gate agree on who has been revoked, by %s", async (asks) => {
  await authority.issue("good", "signer", asks);
  await authority.issue("revoked", "signer", asks);
  await authority.issue("answers", "free_responder");
  authority.answerAs("answers");
  await authority.revoke("revoked", "-crl_reason", "keyCompromise");
  await authority.publish("root.crl");
  expect(await judged("good")).toEqual([true, "compliant"]);
  expect(await judged("revoked")).toEqual([false, "violating"]);
});

test("where the list is gone Notation refuses, and the gate says that it does not know", async () => {
  await authority.issue("lost", "signer", "crl");
  expect(await judged("lost")).toEqual([false, "indeterminate"]);
});
