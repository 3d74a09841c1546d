import { earliest, type Instant, instant } from "../../domain/time.ts";
import type { Expected } from "./expected.ts";
import type { Judgement } from "./judgement.ts";
import type { Failure } from "./levels.ts";
import type { Verified } from "./verify.ts";

type Genuine = Extract<Verified, { kind: "genuine" }>;

/** When a signature that counts was made, by the word of whom. What the policy only noted against its time leaves the signer's own word. */
export function signedTimes({ attributes, time }: Genuine, failures: readonly Failure[]): Pick<Judgement, "signedAt" | "madeAfter"> {
  const { scheme, signedAt: at } = attributes;
  if (failures.some(({ check }) => check === "authenticity")) return {};
  const isTold = failures.every(({ check }) => check !== "authenticTimestamp");
  if (scheme === "notary.x509.signingAuthority" && isTold)
    return { signedAt: { at, by: "signing-authority" }, madeAfter: { at, by: "signing-authority" } };
  const claimed = { at, by: "signer" } as const;
  const isStamped = isTold && time.range !== undefined && time.authority.length > 0;
  return { signedAt: isStamped ? { at: time.range.to, by: "timestamp-authority" } : claimed, madeAfter: claimed };
}

/** Until when it counts where nobody revokes it: its own end, and, where its certificates have to be valid now, the first of theirs. */
export function endOf({ attributes, chain, time }: Genuine, { statement: { actions } }: Expected): Instant | undefined {
  const isForNow = time.range === undefined && time.failure === undefined && actions.authenticTimestamp === "enforce";
  const last = isForNow ? earliest(chain.map(({ notAfter }) => notAfter)) : undefined;
  return earliest([actions.expiry === "enforce" ? attributes.expiresAt : undefined, last === undefined ? undefined : instant(last + 1)]);
}
