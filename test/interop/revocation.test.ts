import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../shared/runtime/clock.ts";
import { openLog } from "../../shared/runtime/log.ts";
import { checkRevocation } from "../../shared/signatures/revocation/check.ts";
import { openRevocation } from "../../shared/signatures/revocation/source.ts";
import type { Certificate } from "../../shared/signatures/x509.ts";
import { type OpensslAuthority, openAuthority } from "./openssl-authority.ts";

const KEYS = [
  ["P-256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]],
  ["P-384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]],
  ["RSA", ["rsa:2048"]],
] as const;

describe.each(KEYS)("an authority of openssl with a key of %s", (_name, algorithm) => {
  let dir: string;
  let authority: OpensslAuthority;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "moorgate-openssl-"));
    authority = await openAuthority(dir, algorithm);
  });
  afterEach(async () => {
    await authority.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Without anything that was kept before. */
  async function statusOf(certificate: Certificate): Promise<string> {
    const log = openLog({ level: "silent", clock: systemClock });
    const source = openRevocation({ clock: systemClock, log, internalHosts: [authority.host] });
    return (await checkRevocation({ source, now: systemClock.now() }, [certificate, authority.root], undefined)).kind;
  }

  test.each(["plain_list", "scoped_list"])("its list (%s) tells who is revoked, who is on hold and who is not", async (section) => {
    const [good, revoked, held] = [
      await authority.issue("good", "signer", "crl"),
      await authority.issue("revoked", "signer", "crl"),
      await authority.issue("held", "signer", "crl"),
    ];
    await authority.publish("root.crl", section);
    expect([await statusOf(good), await statusOf(revoked), await statusOf(held)]).toEqual(["good", "good", "good"]);
    await authority.revoke("revoked", "-crl_reason", "keyCompromise");
    await authority.revoke("held", "-crl_hold", "holdInstructionReject");
    await authority.publish("root.crl", section);
    expect([await statusOf(good), await statusOf(revoked), await statusOf(held)]).toEqual(["good", "revoked", "revoked"]);
  });

  test("changes beside its list count", async () => {
    const [good, revoked] = [await authority.issue("good", "signer", "crl"), await authority.issue("revoked", "signer", "crl")];
    await authority.publish("root.crl", "list_with_changes");
    await authority.revoke("revoked");
    await authority.publish("changes.crl", "changes");
    expect([await statusOf(good), await statusOf(revoked)]).toEqual(["good", "revoked"]);
  });

  test.each(["root", "free", "listed"])("its responder (%s) understands the question and is understood", async (name) => {
    const [good, revoked] = [await authority.issue("good", "signer", "ocsp"), await authority.issue("revoked", "signer", "ocsp")];
    if (name === "free") await authority.issue("free", "free_responder");
    if (name === "listed") await authority.issue("listed", "responder", "crl");
    await authority.publish("root.crl");
    authority.answerAs(name);
    await authority.revoke("revoked", "-crl_reason", "superseded");
    expect([await statusOf(good), await statusOf(revoked)]).toEqual(["good", "revoked"]);
  });

  test("a responder that was revoked itself counts for nothing, and the list is asked", async () => {
    const [both, only] = [await authority.issue("both", "signer", "both"), await authority.issue("only", "signer", "ocsp")];
    await authority.issue("listed", "responder", "crl");
    await authority.revoke("listed");
    await authority.publish("root.crl");
    authority.answerAs("listed");
    expect([await statusOf(both), await statusOf(only)]).toEqual(["good", "unknown"]);
  });
});
