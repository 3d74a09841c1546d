import { authority, CODE_SIGNING, certify, type Made, purposes, signWith, usage } from "../fixtures/certificates.ts";
import { ENDED_AT, type Instance, makeInstance, makeLeaf, type Signing, STARTED_AT } from "../fixtures/sigstore.ts";
import type { Act } from "../fixtures/sigstore-log.ts";

export type { Instance } from "../fixtures/sigstore.ts";

/** An instance whose intermediate may have an authority below it. */
export function instanceOfAll(): Instance {
  return makeInstance({ extensions: [authority(1), usage("issues"), purposes(CODE_SIGNING)] });
}

/** An authority below the intermediate, which comes along with the signature. */
export function belowOf(instance: Instance): Made {
  const extensions = [authority(0), usage("issues"), purposes(CODE_SIGNING)];
  return certify({ subject: "below", issuer: instance.intermediate, notBefore: STARTED_AT, notAfter: ENDED_AT, extensions });
}

/** Signs bare bytes with a fresh certificate. */
export function keylessAct(instance: Instance, covered: Buffer, signing: Signing = {}): Omit<Act, "payload"> {
  const leaf = makeLeaf(instance, signing);
  return { leaf, covered, signature: signWith(leaf, covered).signature };
}
