import { describe, expect, it } from "vitest";
import type { SigstoreTrust, TrustedIdentity } from "../../../shared/ports/signature-verifier.ts";
import type { Expected, Judgement } from "../../../shared/signatures/cosign/judgement.ts";
import { readSigstore } from "../../../shared/signatures/cosign/keyless.ts";
import { readKey } from "../../../shared/signatures/cosign/keys.ts";
import { verifyBundle } from "../../../shared/signatures/cosign/verify-bundle.ts";
import { bundleOf, bytesOf, ecSigner, IMAGE } from "../../fixtures/cosign.ts";
import { act, goodBundle, type Instance, keylessBundle, makeInstance, NOW, rootOf, WORKFLOW } from "../../fixtures/sigstore.ts";
import { base64, dsseBody, LOGGED_AT, logEntry, stamp } from "../../fixtures/sigstore-log.ts";

const open = makeInstance();
const own = makeInstance();
const OPEN: TrustedIdentity = { ...WORKFLOW, name: "open-workflow", sigstore: "open" };
const OWN: TrustedIdentity = { ...WORKFLOW, name: "own-workflow", sigstore: "own" };

const instanceOf = (name: string, instance: Instance, needs: Partial<SigstoreTrust> = {}): SigstoreTrust => ({
  name,
  root: JSON.stringify(rootOf(instance)),
  ...needs,
});

function trusting(identities: readonly TrustedIdentity[], ...instances: readonly SigstoreTrust[]): Expected {
  const sigstore = instances.map((each) => readSigstore(each, identities));
  return { image: IMAGE, keys: [], annotations: {}, now: NOW, sigstore };
}
const both = [instanceOf("open", open), instanceOf("own", own)];
const judge = (bundle: object, expected: Expected): Judgement | undefined => verifyBundle(bytesOf(bundle), expected);

describe("where several Sigstore instances are trusted", () => {
  it.each([
    ["open", open, "open-workflow"],
    ["own", own, "own-workflow"],
  ])("a certificate of %s is that of its own identity, though the other has the same words", (_, instance, identity) => {
    expect(judge(goodBundle(instance), trusting([OPEN, OWN], ...both))).toMatchObject({ code: "ok", identity });
    expect(judge(goodBundle(instance), trusting([OWN, OPEN], ...[...both].reverse()))).toMatchObject({ code: "ok", identity });
  });

  it("an identity of one is never accepted through the authority of another", () => {
    expect(judge(goodBundle(own), trusting([OPEN], ...both))).toMatchObject({ code: "identity-mismatch" });
    expect(judge(goodBundle(open), trusting([OWN], ...both))).toMatchObject({ code: "identity-mismatch" });
  });

  it("the certificate of one and the log of another do not add up", () => {
    const mixed = { ...own, log: open.log };
    expect(judge(goodBundle(mixed), trusting([OPEN, OWN], ...both))).toMatchObject({ code: "no-transparency-log" });
    const promised = { ...own, certificateLog: open.certificateLog };
    expect(judge(goodBundle(promised), trusting([OPEN, OWN], ...both))).toMatchObject({ code: "untrusted-root" });
    const done = act(own);
    const stamped = keylessBundle(done, [], [stamp(open.stamper, done.signature, LOGGED_AT)]);
    const byStamp = trusting([OPEN, OWN], ...both.map((each) => ({ ...each, transparencyLog: "ignored", timestamp: "required" }) as const));
    expect(judge(stamped, byStamp)).toMatchObject({ code: "untrusted-root" });
  });

  it("a root that cannot be used hides no signature of another instance, and is told with its own", () => {
    const damaged: SigstoreTrust = { name: "open", root: "{" };
    expect(judge(goodBundle(own), trusting([OPEN, OWN], damaged, instanceOf("own", own)))).toMatchObject({ code: "ok" });
    expect(judge(goodBundle(open), trusting([OPEN, OWN], damaged, instanceOf("own", own)))).toMatchObject({ code: "untrusted-root" });
  });

  it("each demands what is written for it, and the reason is that of the one which issued the certificate", () => {
    const done = act(own);
    const bare = keylessBundle(done, [], [stamp(own.stamper, done.signature, LOGGED_AT)]);
    const lenient = instanceOf("own", own, { transparencyLog: "ignored", timestamp: "required" });
    expect(judge(bare, trusting([OPEN, OWN], instanceOf("open", open), lenient))).toMatchObject({ code: "ok", identity: "own-workflow" });
    expect(judge(keylessBundle(done, []), trusting([OPEN, OWN], instanceOf("open", open), lenient))).toMatchObject({
      code: "no-timestamp",
    });
  });

  it("of which two have one authority, a signature is that of the identities of both", () => {
    const strict = instanceOf("strict", own, { timestamp: "required" });
    const also: TrustedIdentity = { ...WORKFLOW, name: "strict-workflow", sigstore: "strict" };
    const done = act(own);
    const entries = [logEntry(own.log, dsseBody(done))];
    const stamped = keylessBundle(done, entries, [stamp(own.stamper, done.signature, LOGGED_AT)]);
    const names = (bundle: object) => {
      const { identity, alsoAs } = judge(bundle, trusting([also, OWN], strict, instanceOf("own", own))) ?? {};
      return [identity, ...(alsoAs ?? [])];
    };
    expect(names(stamped)).toEqual(["strict-workflow", "own-workflow"]);
    expect(names(keylessBundle(done, entries))).toEqual(["own-workflow"]);
  });

  it("a chain may come only with certificates of the one that allows it", () => {
    const done = act(own);
    const bundle = keylessBundle(done, [logEntry(own.log, dsseBody(done))]);
    const { certificate, ...material } = bundle.verificationMaterial;
    const chained = { ...bundle, verificationMaterial: { ...material, x509CertificateChain: { certificates: [certificate] } } };
    const allowing = (name: string) => both.map((each) => ({ ...each, allowsChain: each.name === name }));
    expect(judge(chained, trusting([OPEN, OWN], ...allowing("own")))).toMatchObject({ code: "ok" });
    expect(judge(chained, trusting([OPEN, OWN], ...allowing("open")))).toMatchObject({ code: "malformed" });
  });

  it("a key is logged by the instance that it names", () => {
    const signer = ecSigner("prime256v1");
    const bundle = bundleOf(signer);
    const [{ sig = "" } = {}] = bundle.dsseEnvelope.signatures;
    const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64");
    const verifier = base64(Buffer.from(signer.key.pem));
    const body = { ...dsseBody({ leaf: open.root, payload, signature: Buffer.from(String(sig), "base64") }) };
    const named = JSON.parse(JSON.stringify(body).replace(/"verifier":"[^"]*"/, `"verifier":"${verifier}"`));
    const logged = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [logEntry(own.log, named)] } };
    const codeWith = (sigstore: string | undefined): string | undefined => {
      const key = readKey({ ...signer.key, transparencyLog: "required", sigstore });
      return judge(logged, { ...trusting([], ...both), keys: [key] })?.code;
    };
    expect(["own", undefined, "open", "absent"].map(codeWith)).toEqual(["ok", "ok", "no-transparency-log", "untrusted-root"]);
  });
});
