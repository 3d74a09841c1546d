import { earliest, type Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Certificate } from "../x509.ts";
import { listPoints } from "./addresses.ts";
import { askLists } from "./lists.ts";
import { askResponders } from "./responders.ts";
import { dayAfter, type Issued, type RevocationDeps, type RevocationStatus, unknown } from "./status.ts";

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
  const ends: (Instant | undefined)[] = [];
  let open: RevocationStatus | undefined;
  for (let at = chain.length - 2; at >= 0; at--) {
    const [certificate, issuer] = [chain[at], chain[at + 1]];
    if (certificate === undefined || issuer === undefined) continue;
    const status = await ask(deps, { certificate, issuer, above: chain.slice(at + 2) }, signal);
    // Revoked for what happened afterwards: what it had signed before stays good.
    const isLater = status.kind === "revoked" && status.invalidAt !== undefined && signedAt !== undefined && signedAt < status.invalidAt;
    if (status.kind === "revoked" && !isLater) return status;
    if (status.kind === "unknown") open = status;
    else ends.push(status.until);
  }
  return open ?? { kind: "good", ...untilFirst(ends, deps.now) };
}

function untilFirst(ends: readonly (Instant | undefined)[], now: Instant): { readonly until?: Instant } {
  const first = earliest(ends);
  if (first === undefined) return {};
  const askedAgainAt = dayAfter(now);
  return { until: first < askedAgainAt ? first : askedAgainAt };
}

async function ask(deps: RevocationDeps, issued: Issued, signal?: AbortSignal): Promise<RevocationStatus> {
  try {
    const isListed = listPoints(issued.certificate).length > 0;
    const answered = await askResponders(deps, issued, signal);
    if (answered !== undefined && (answered.kind !== "unknown" || !isListed)) return answered;
    // Its issuer revokes nothing.
    if (!isListed) return { kind: "good" };
    return await askLists(deps, issued, signal);
  } catch (error) {
    if (error instanceof AdapterError && error.code === "malformed") return unknown(error.message);
    throw error;
  }
}
