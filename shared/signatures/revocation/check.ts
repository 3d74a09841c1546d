import type { Instant } from "../../domain/time.ts";
import type { RevocationSource } from "../../ports/notation-trust.ts";
import type { Certificate } from "../x509.ts";
import { revocationAddresses } from "./addresses.ts";
import { statusInCrl } from "./crl.ts";
import { statusInOcsp } from "./ocsp.ts";
import { encodeOcspRequest } from "./ocsp-request.ts";
import { type Issued, type RevocationStatus, unknown } from "./status.ts";

export interface RevocationDeps {
  readonly source: RevocationSource | undefined;
  readonly now: Instant;
}

/**
 * The worst that is known of a chain's certificates, asked from the root down (trust-store-trust-policy.md, "Certificate Revocation
 * Evaluation"): the responders first, the lists where none of them answers. The chain has been verified: only addresses that a trusted
 * authority has signed are asked.
 */
export async function checkRevocation(
  deps: RevocationDeps,
  chain: readonly Certificate[],
  /** When the signature was made at the latest; absent: nobody trusted says so. */
  signedAt: Instant | undefined,
  signal?: AbortSignal,
): Promise<RevocationStatus> {
  let worst: RevocationStatus = { kind: "good" };
  for (let at = chain.length - 2; at >= 0; at--) {
    const [certificate, issuer] = [chain[at], chain[at + 1]];
    if (certificate === undefined || issuer === undefined) continue;
    const status = await ask(deps, { certificate, issuer }, signal);
    // Revoked for what happened afterwards: what it had signed before stays good.
    const isLater = status.kind === "revoked" && status.invalidAt !== undefined && signedAt !== undefined && signedAt < status.invalidAt;
    if (status.kind === "revoked" && !isLater) return status;
    if (status.kind === "unknown") worst = status;
  }
  return worst;
}

async function ask({ source, now }: RevocationDeps, issued: Issued, signal?: AbortSignal): Promise<RevocationStatus> {
  const { ocsp, crl } = revocationAddresses(issued.certificate);
  if (ocsp.length + crl.length === 0) return { kind: "good" };
  if (source === undefined) return unknown("nobody is there to ask whether a certificate has been revoked");
  let last = unknown("neither responder nor list of revoked certificates could be reached");
  const request = ocsp.length === 0 ? undefined : encodeOcspRequest(issued);
  for (const url of ocsp) {
    const answer = request === undefined ? undefined : await source.ask({ kind: "ocsp", url, request }, signal);
    if (answer !== undefined) last = statusInOcsp(answer, issued, now);
    if (last.kind !== "unknown") return last;
  }
  for (const url of crl) {
    const answer = await source.ask({ kind: "crl", url }, signal);
    if (answer !== undefined) last = statusInCrl(answer, issued, now);
    if (last.kind !== "unknown") return last;
  }
  return last;
}
