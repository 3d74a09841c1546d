import { earliest } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { SigstoreTrust, TrustedIdentity } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { type Certified, hasIssued, verifyEntries, verifyKeyless } from "../sigstore/keyless.ts";
import type { Signed } from "../sigstore/log-body.ts";
import type { Objection } from "../sigstore/objection.ts";
import { parseTrustedRoot } from "../sigstore/root.ts";
import { verifyStamp } from "../sigstore/timestamp.ts";
import { type Expected, type Judgement, type ReadySigstore, type Sigstore, signedBy } from "./judgement.ts";
import type { Checked } from "./keys.ts";

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
  const judgements = sigstore.map((instance) => orFault(() => judgeBy(instance, signed, now)));
  const names = namesIn(judgements);
  if (names !== undefined) return signedBy(names, judgements.find(({ code }) => code === "ok") ?? {});
  // The word of the instance that issued the certificate; the others only do not know it.
  const by = Math.max(
    0,
    sigstore.findIndex((instance) => instance.kind === "ready" && isIssuer(instance, signed)),
  );
  return judgements[by] ?? judgeBy(first, signed, now);
}

/** Two instances may have one authority, with other demands and other identities. */
function namesIn(judgements: readonly Judgement[]): readonly [string, ...string[]] | undefined {
  const [first, ...more] = new Set(
    judgements.flatMap(({ identity, alsoAs = [] }) => (identity === undefined ? [] : [identity, ...alsoAs])),
  );
  return first === undefined ? undefined : [first, ...more];
}

function judgeBy(instance: Sigstore, signed: Certified, now: Expected["now"]): Judgement {
  if (instance.kind === "unusable") return unusable(instance);
  if (signed.hasForbiddenChain === true && !instance.allowsChain)
    return { code: "malformed", detail: `bundle: a certificate chain, which version 0.3 does not have and ${instance.name} may not bring` };
  const outcome = verifyKeyless(signed, instance.trust, now);
  if (outcome.kind === "objection") return judgementOf(outcome);
  const { names, signer, kind: _, ...times } = outcome;
  return signedBy(names, { signer: { issuer: signer.issuer, subject: signer.subject }, ...times });
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

/** What proves when a signature was there. Read only where it is asked for. */
export type Proof = () => Pick<Certified, "entries" | "timestamps">;

type Signature = Pick<Certified, "covered" | "payload" | "signature">;

/** Judges a signature by a trusted key: that it is logged where that is asked for, and when it was there. @throws AdapterError malformed, too-large */
export function judgeKeyed({ key, names }: Verified, signature: Signature, proof: Proof, { sigstore = [] }: Expected): Judgement {
  const { needsLog, sigstore: asked, spki, digest } = key;
  const instances = sigstore.filter(({ name }) => asked === undefined || name === asked);
  const signed = { ...signature, signer: spki };
  if (!needsLog) return signedBy(names, { key: digest, ...timeOf(instances, signed, proof) });
  let against: Judgement | undefined;
  for (const instance of instances) {
    const logged = instance.kind === "unusable" ? unusable(instance) : verifyEntries(proof().entries, signed, instance.trust.root.logs);
    if ("kind" in logged && logged.kind === "entries") {
      const loggedAt = earliest(logged.entries.map(({ at }) => at));
      const time = loggedAt === undefined ? timeOf([instance], signed, proof) : { signedAt: { at: loggedAt, by: "log" } as const };
      return signedBy(names, { key: digest, ...time });
    }
    against ??= "kind" in logged ? judgementOf(logged) : logged;
  }
  return against ?? { code: "untrusted-root", detail: "its key must be logged, and no log is trusted" };
}

type Verified = Extract<Checked, { readonly kind: "verified" }>;

/** By a trusted log, else a trusted authority. Nobody asked for it: what is wrong with it tells no time, and says nothing against the signature. */
function timeOf(instances: readonly Sigstore[], signed: Signed, proof: Proof): Pick<Judgement, "signedAt"> {
  for (const instance of instances) {
    if (instance.kind === "unusable") continue;
    const { logs, timestampAuthorities } = instance.trust.root;
    const brought = orNothing(proof);
    const logged = orNothing(() => verifyEntries(brought?.entries ?? [], signed, logs));
    const loggedAt = logged?.kind === "entries" ? earliest(logged.entries.map(({ at }) => at)) : undefined;
    if (loggedAt !== undefined) return { signedAt: { at: loggedAt, by: "log" } };
    const stamped = (brought?.timestamps ?? []).map((each) => orNothing(() => verifyStamp(each, signed.signature, timestampAuthorities)));
    const stampedAt = earliest(stamped.map((each) => (each?.kind === "stamped" ? each.to : undefined)));
    if (stampedAt !== undefined) return { signedAt: { at: stampedAt, by: "timestamp-authority" } };
  }
  return {};
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    judgeFault(error);
    return undefined;
  }
}

function unusable({ name, why }: Extract<Sigstore, { readonly kind: "unusable" }>): Judgement {
  return { code: "untrusted-root", detail: `the trusted root of ${name} cannot be used: ${why}` };
}

function judgementOf({ code, detail }: Objection): Judgement {
  return { code, detail };
}
