import { AdapterError } from "../../ports/adapter-error.ts";
import type { SigstoreTrust, TrustedIdentity } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { type Certified, hasIssued, verifyEntries, verifyKeyless } from "../sigstore/keyless.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import type { Objection } from "../sigstore/objection.ts";
import { parseTrustedRoot } from "../sigstore/root.ts";
import type { Expected, Judgement, ReadySigstore, Sigstore } from "./judgement.ts";
import type { UsableKey } from "./keys.ts";

/**
 * Reads the trust in a Sigstore instance once for many signatures, with the identities that it may vouch for. Never throws: what cannot be
 * used is told with each of them.
 */
export function readSigstore(trusted: SigstoreTrust, identities: readonly TrustedIdentity[]): Sigstore {
  const { name, root, allowsChain = false, transparencyLog = "required", timestamp = "ignored", sct = "required" } = trusted;
  const own = identities.filter(({ sigstore }) => sigstore === undefined || sigstore === name);
  try {
    const trust = { root: parseTrustedRoot(root), identities: own, transparencyLog, timestamp, sct };
    return { kind: "ready", name, allowsChain, trust };
  } catch (error) {
    if (error instanceof AdapterError) return { kind: "unusable", name, why: error.message };
    throw error;
  }
}

/**
 * Judges a signature by a certificate; `ok` says nothing yet about what was signed. It counts under one instance as a whole, never under the
 * authority of one and the log of another.
 * @throws AdapterError malformed, too-large, unsupported
 */
export function judgeCertified(certified: () => Certified, { sigstore = [], now }: Expected): Judgement {
  const [first, ...others] = sigstore;
  if (first === undefined) return { code: "identity-mismatch", detail: "signed with a certificate (keyless); the policy trusts keys only" };
  const signed = certified();
  if (others.length === 0) return judgeBy(first, signed, now);
  const judgements: Judgement[] = [];
  for (const instance of sigstore) {
    const judgement = orFault(() => judgeBy(instance, signed, now));
    if (judgement.code === "ok") return judgement;
    judgements.push(judgement);
  }
  // The word of the instance that issued the certificate; the others only do not know it.
  const by = Math.max(
    0,
    sigstore.findIndex((instance) => instance.kind === "ready" && isIssuer(instance, signed)),
  );
  return judgements[by] ?? judgeBy(first, signed, now);
}

function judgeBy(instance: Sigstore, signed: Certified, now: Expected["now"]): Judgement {
  if (instance.kind === "unusable") return unusable(instance);
  if (signed.hasForbiddenChain === true && !instance.allowsChain)
    return { code: "malformed", detail: `bundle: a certificate chain, which version 0.3 does not have and ${instance.name} may not bring` };
  const outcome = verifyKeyless(signed, instance.trust, now);
  if (outcome.kind === "objection") return judgementOf(outcome);
  const { issuer, subject } = outcome.signer;
  return { code: "ok", identity: outcome.name, signer: { issuer, subject }, detail: `signed by ${outcome.name}` };
}

function isIssuer({ trust }: ReadySigstore, signed: Certified): boolean {
  try {
    return hasIssued(trust.root, signed);
  } catch (error) {
    judgeFault(error);
    return false;
  }
}

function orFault(judge: () => Judgement): Judgement {
  try {
    return judge();
  } catch (error) {
    return judgeFault(error);
  }
}

/** What stands against a signature by a key for want of a log entry; `undefined`: nothing. @throws AdapterError malformed, too-large */
export function objectionToLog(
  { needsLog, spki, sigstore: asked }: UsableKey,
  signed: Pick<Certified, "covered" | "payload" | "signature">,
  entries: () => readonly LogEntry[],
  { sigstore = [] }: Expected,
): Judgement | undefined {
  if (!needsLog) return undefined;
  let against: Judgement | undefined;
  for (const instance of sigstore.filter(({ name }) => asked === undefined || name === asked)) {
    const found = instance.kind === "unusable" ? unusable(instance) : objectionBy(instance, { ...signed, signer: spki }, entries());
    if (found === undefined) return undefined;
    against ??= found;
  }
  return against ?? { code: "untrusted-root", detail: "its key must be logged, and no log is trusted" };
}

function objectionBy(
  { trust }: ReadySigstore,
  signed: Parameters<typeof verifyEntries>[1],
  entries: readonly LogEntry[],
): Judgement | undefined {
  const outcome = verifyEntries(entries, signed, trust.root.logs);
  return outcome.kind === "objection" ? judgementOf(outcome) : undefined;
}

function unusable({ name, why }: Extract<Sigstore, { readonly kind: "unusable" }>): Judgement {
  return { code: "untrusted-root", detail: `the trusted root of ${name} cannot be used: ${why}` };
}

function judgementOf({ code, detail }: Objection): Judgement {
  return { code, detail };
}
