import type { SignatureCode } from "../../domain/evidence.ts";
import type { Instant } from "../../domain/time.ts";
import { judgeFault } from "../content-fault.ts";
import { type TimestampOutcome, verifyTimestamp } from "../timestamp.ts";
import { type Certificate, isValidAt } from "../x509.ts";
import type { Chain } from "./chain.ts";
import type { Envelope } from "./envelope.ts";
import type { Expected } from "./expected.ts";

import type { Failure } from "./levels.ts";

/** When the signature was made, as far as somebody trusted says so. */
export interface SigningTime {
  /** Between these two; absent: nobody says so, and the certificates had to be valid now. */
  readonly range?: { readonly from: Instant; readonly to: Instant };
  /** Certificates of the timestamp's authority, which may have been revoked. */
  readonly authority: readonly Certificate[];
  readonly failure?: Failure;
}

/** Whether every certificate was valid when it signed (trust-store-trust-policy.md, "Authentic timestamp"). */
export function checkSigningTime(envelope: Envelope, chain: Chain, expected: Expected): SigningTime {
  const { scheme, signedAt } = envelope.attributes;
  if (scheme === "notary.x509.signingAuthority") return within(chain, { from: signedAt, to: signedAt }, []);
  if (!needsTimestamp(chain, expected)) {
    const { failure } = within(chain, { from: expected.now, to: expected.now }, []);
    return { authority: [], ...(failure === undefined ? {} : { failure }) };
  }
  if (envelope.timestamp === undefined) return failed("no-timestamp", "carries no timestamp");
  const outcome = judgeTimestamp(envelope.timestamp, envelope.signature, expected);
  if ("code" in outcome) return failed(outcome.code, outcome.detail);
  if (outcome.kind !== "verified") return failed(outcome.kind === "untrusted" ? "untrusted-root" : "signature-invalid", outcome.why);
  return within(chain, outcome.timestamp, outcome.timestamp.chain);
}

// A policy that trusts authorities for timestamps asks for one; always, or only when time is needed to save a signature.
function needsTimestamp(chain: Chain, { statement, now }: Expected): boolean {
  if (!statement.stores.some((store) => store.startsWith("tsa:"))) return false;
  return statement.verifyTimestamp === "always" || chain.some(({ notAfter }) => notAfter < now);
}

function judgeTimestamp(token: Uint8Array, over: Uint8Array, { anchors }: Expected): TimestampOutcome | ReturnType<typeof judgeFault> {
  try {
    return verifyTimestamp(token, over, anchors.tsa);
  } catch (error) {
    return judgeFault(error);
  }
}

function within(chain: Chain, range: { readonly from: Instant; readonly to: Instant }, authority: readonly Certificate[]): SigningTime {
  const { from, to } = range;
  const wrong = chain.find((certificate) => !isValidAt(certificate, from) || !isValidAt(certificate, to));
  if (wrong === undefined) return { range: { from, to }, authority };
  return from < wrong.notBefore
    ? { ...failed("not-yet-valid", "signed before one of its certificates was valid"), range: { from, to } }
    : { ...failed("expired", "one of its certificates was not valid any more"), range: { from, to } };
}

function failed(code: SignatureCode, detail: string): SigningTime {
  return { authority: [], failure: { check: "authenticTimestamp", code, detail } };
}
