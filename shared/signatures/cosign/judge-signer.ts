import { judgeFault } from "../content-fault.ts";
import type { Certified } from "../sigstore/keyless.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import type { BundleSigner } from "./bundle.ts";
import { type Expected, type Judgement, notVerified } from "./judgement.ts";
import { judgeCertified, judgeKeyed } from "./keyless.ts";
import { checkSignature } from "./keys.ts";

/** What came along with a signature: who says that they signed, and what proves when. */
export interface Brought {
  readonly signer: BundleSigner;
  readonly entries: readonly LogEntry[];
  readonly timestamps: readonly Uint8Array[];
}

/** Judges who made a signature; `ok` says nothing yet about what was signed. Never throws on content. */
export function judgeSigner(
  sign: () => Pick<Certified, "covered" | "payload" | "signature">,
  brought: () => Brought,
  expected: Expected,
): Judgement {
  try {
    const signed = sign();
    const { signer, ...proof } = brought();
    if (signer.kind === "certificate") return judgeCertified(() => ({ ...signed, ...signer, ...proof }), expected);
    const checked = checkSignature(expected.keys, signed.covered, signed.signature);
    if (checked.kind !== "verified") return notVerified(checked);
    return judgeKeyed(checked, signed, () => proof, expected);
  } catch (error) {
    return judgeFault(error);
  }
}
