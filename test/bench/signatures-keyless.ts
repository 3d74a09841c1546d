import { createPublicKey, sign, verify } from "node:crypto";
import { verifyBundle } from "../../shared/signatures/cosign/verify-bundle.ts";
import { signWith } from "../fixtures/certificates.ts";
import { bytesOf } from "../fixtures/cosign.ts";
import { act, keylessBundle, makeInstance, trustingInstance } from "../fixtures/sigstore.ts";
import { dsseBody, logEntry } from "../fixtures/sigstore-log.ts";

/** The whole verdict on a keyless bundle, and the five bare verifications that no verdict can do without. */
export interface KeylessWork {
  readonly verdict: () => unknown;
  readonly raw: () => unknown;
  readonly bundleBytes: number;
}

/**
 * A bundle of version 0.3 whose certificate a P-384 authority issued: certificate, certificate log, promise, checkpoint and signature are
 * verified. The trusted root is read once, with its own chain, as it is while a policy stands; nothing of the bundle is remembered.
 */
export function keylessWork(): KeylessWork {
  const instance = makeInstance();
  const done = act(instance);
  const entry = logEntry(instance.log, dsseBody(done));
  const bundle = bytesOf(keylessBundle(done, [entry]));
  const expected = trustingInstance(instance);
  const log = { key: createPublicKey(instance.log.privateKey), privateKey: instance.log.privateKey };
  const authority = createPublicKey(instance.intermediate.privateKey);
  const leaf = createPublicKey(done.leaf.privateKey);
  const issued = signWith(instance.intermediate, done.leaf.bytes).signature;
  const promised = Buffer.from(entry.canonicalizedBody);
  const note = Buffer.from(entry.inclusionProof.checkpoint.envelope);
  const byLog = [done.leaf.bytes, promised, note].map((data) => ({ data, signature: sign("sha256", data, log.privateKey) }));
  return {
    bundleBytes: bundle.length,
    verdict: () => {
      if (verifyBundle(bundle, expected)?.code !== "ok") throw new Error("a good bundle was refused");
    },
    raw: () => {
      verify("sha384", done.leaf.bytes, authority, issued);
      for (const { data, signature } of byLog) verify("sha256", data, log.key, signature);
      verify("sha256", done.covered, leaf, done.signature);
    },
  };
}
