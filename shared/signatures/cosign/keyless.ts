import { AdapterError } from "../../ports/adapter-error.ts";
import type { SigstoreTrust, TrustedIdentity } from "../../ports/signature-verifier.ts";
import { type Certified, verifyEntries, verifyKeyless } from "../sigstore/keyless.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import type { Objection } from "../sigstore/objection.ts";
import { parseTrustedRoot } from "../sigstore/root.ts";
import type { Expected, Judgement, Sigstore } from "./judgement.ts";
import type { UsableKey } from "./keys.ts";

/** Reads the trust in a Sigstore instance once for many signatures. Never throws: what cannot be used is told with each of them. */
export function readSigstore({ root, allowsChain = false, ...needs }: SigstoreTrust, identities: readonly TrustedIdentity[]): Sigstore {
  const { transparencyLog = "required", timestamp = "ignored", sct = "required" } = needs;
  try {
    return { kind: "ready", allowsChain, trust: { root: parseTrustedRoot(root), identities, transparencyLog, timestamp, sct } };
  } catch (error) {
    if (error instanceof AdapterError) return { kind: "unusable", why: error.message };
    throw error;
  }
}

/** Judges a signature by a certificate; `ok` says nothing yet about what was signed. @throws AdapterError malformed, too-large, unsupported */
export function judgeCertified(certified: () => Certified, { sigstore, now }: Expected): Judgement {
  if (sigstore === undefined)
    return { code: "identity-mismatch", detail: "signed with a certificate (keyless); the policy trusts keys only" };
  if (sigstore.kind === "unusable") return unusable(sigstore.why);
  const outcome = verifyKeyless(certified(), sigstore.trust, now);
  if (outcome.kind === "objection") return judgementOf(outcome);
  const { issuer, subject } = outcome.signer;
  return { code: "ok", identity: outcome.name, signer: { issuer, subject }, detail: `signed by ${outcome.name}` };
}

/** What stands against a signature by a key for want of a log entry; `undefined`: nothing. @throws AdapterError malformed, too-large */
export function objectionToLog(
  { needsLog, spki }: UsableKey,
  signed: Pick<Certified, "covered" | "payload" | "signature">,
  entries: () => readonly LogEntry[],
  { sigstore }: Expected,
): Judgement | undefined {
  if (!needsLog) return undefined;
  if (sigstore === undefined) return unusable("there is none");
  if (sigstore.kind === "unusable") return unusable(sigstore.why);
  const outcome = verifyEntries(entries(), { ...signed, signer: spki }, sigstore.trust.root.logs);
  return outcome.kind === "objection" ? judgementOf(outcome) : undefined;
}

function unusable(why: string): Judgement {
  return { code: "untrusted-root", detail: `the trusted root cannot be used: ${why}` };
}

function judgementOf({ code, detail }: Objection): Judgement {
  return { code, detail };
}
