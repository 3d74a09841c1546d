import type { KeyObject } from "node:crypto";
import type { SignatureFact } from "../../domain/evidence.ts";
import { quote } from "../../domain/parse-error.ts";
import { earliest, type Instant, instant } from "../../domain/time.ts";
import type { SigningTime } from "../../domain/vouched.ts";
import type { Need, TrustedIdentity } from "../../ports/signature-verifier.ts";
import { isOnP256, type Scheme, verifies } from "../algorithms.ts";
import { type Certificate, keyOf, readCertificate } from "../x509.ts";
import { objectionToPath, objectionToUse, type Path, pathsTo } from "./chain.ts";
import { isTrusted, readSigner, type Signer } from "./identity.ts";
import type { Signed } from "./log-body.ts";
import type { LogEntry } from "./log-entry.ts";
import { type Objection, objection } from "./objection.ts";
import { type Logged, verifyLogEntry } from "./rekor.ts";
import { isWithin, type Link, linkOf, type TransparencyLog, type TrustedRoot } from "./root.ts";
import { objectionToScts } from "./sct.ts";
import { verifyStamp } from "./timestamp.ts";

/** Whom and what is trusted when somebody signs with a certificate. */
export interface KeylessTrust {
  readonly root: TrustedRoot;
  readonly identities: readonly TrustedIdentity[];
  readonly transparencyLog: Need;
  readonly timestamp: Need;
  readonly sct: Need;
}

/** A signature by a certificate, with all that came along to prove it. Nothing in it has been verified. */
export interface Certified {
  readonly covered: Uint8Array;
  readonly payload: Uint8Array | undefined;
  readonly signature: Uint8Array;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER of issuers that came along. */
  readonly issuers: readonly Uint8Array[];
  /** Whether they came though the format has no place for them. */
  readonly hasForbiddenChain?: boolean;
  readonly entries: readonly LogEntry[];
  /** RFC 3161 responses over the signature. */
  readonly timestamps: readonly Uint8Array[];
}

/** `names`: of all trusted identities that the certificate is of. */
export type KeylessOutcome =
  | ({ readonly kind: "verified"; readonly names: readonly [string, ...string[]]; readonly signer: Signer } & Times)
  | Objection;

type Times = Pick<SignatureFact, "signedAt" | "madeAfter" | "goodUntil">;

const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

/**
 * Judges a signature by a certificate, offline (sigstore client specification, 4): when it was made, by the word of the log or a timestamp
 * authority; whether its certificate was valid at each of these times and leads to a trusted root; whether a certificate log holds it; whom
 * it names; and whether its key signed.
 * @throws AdapterError malformed, too-large, unsupported
 */
export function verifyKeyless(certified: Certified, trust: KeylessTrust, now: Instant): KeylessOutcome {
  const leaf = readCertificate(certified.certificate);
  const proven = provenTimes(certified, trust, now);
  if (proven.kind === "objection") return proven;
  const path = trustedPath(leaf, certified.issuers, trust.root, proven.times);
  if (path.kind === "objection") return path;
  const against = trust.sct === "required" ? objectionToScts(leaf, path.path.issuers[0], trust.root.certificateLogs) : undefined;
  if (against !== undefined) return against;
  const named = readSigner(leaf);
  if (named.kind === "objection") return named;
  const { issuer, subject } = named.signer;
  const [identity, ...others] = trust.identities.filter((each) => isTrusted(each, named.signer));
  if (identity === undefined) return objection("identity-mismatch", `signed by ${quote(subject)} (${quote(issuer)}), who is not trusted`);
  if (!isSignedBy(leaf, certified)) return objection("signature-invalid", "not made with the key of its certificate, or changed since");
  const names = [identity.name, ...others.map(({ name }) => name)] as const;
  return { kind: "verified", names, signer: named.signer, ...timesOf(leaf, proven, path.path) };
}

/** Where nobody tells a time, it has to be valid as long as it is to count. */
function timesOf(leaf: Certificate, { signedAt }: Proven, { issuers, authority }: Path): Times {
  const madeAfter = { at: leaf.notBefore, by: "certificate" } as const;
  if (signedAt !== undefined) return { signedAt, madeAfter };
  const last = earliest([leaf.notAfter, ...issuers.map(({ certificate }) => certificate.notAfter), authority.window.until]);
  return last === undefined ? { madeAfter } : { madeAfter, goodUntil: instant(last + 1) };
}

interface Proven {
  readonly kind: "times";
  readonly times: readonly Instant[];
  /** When it was there at the latest; absent: nobody was asked, and it is now. */
  readonly signedAt?: SigningTime;
}

/** Whether an authority of the root issued the certificate, whatever else stands against it. @throws AdapterError malformed, unsupported */
export function hasIssued({ authorities }: TrustedRoot, { certificate, issuers }: Certified): boolean {
  return pathsTo(readCertificate(certificate), authorities, () => linksOf(issuers)).length > 0;
}

function linksOf(brought: readonly Uint8Array[]): readonly Link[] {
  return brought.map((bytes) => linkOf(readCertificate(bytes)));
}

/**
 * The times at which the signature is known to have existed: those that the logs promised, and those of timestamp authorities where they are
 * required or no log told a time. With neither log nor timestamp asked for it is now.
 */
function provenTimes(certified: Certified, { root, transparencyLog, timestamp }: KeylessTrust, now: Instant): Proven | Objection {
  const logged = transparencyLog === "required" ? verifyEntries(certified.entries, signedOf(certified), root.logs) : NOT_ASKED;
  if (logged.kind === "objection") return logged;
  const promised = logged.entries.map(({ at }) => at).filter((at) => at !== undefined);
  const isNeeded = timestamp === "required" || (transparencyLog === "required" && promised.length === 0);
  const loggedAt = earliest(promised);
  if (!isNeeded)
    return loggedAt === undefined
      ? { kind: "times", times: [now] }
      : { kind: "times", times: promised, signedAt: { at: loggedAt, by: "log" } };
  const stamped = stampedTimes(certified, root);
  if (stamped.kind === "objection") return stamped;
  const times = [...promised, ...stamped.times];
  // CVE-2026-54787: a log that tells no time must still have been trusted when the signature was made.
  const isVouchedFor = logged.entries.every(({ windows }) => times.every((at) => windows.some((window) => isWithin(window, at))));
  const signedAt: SigningTime = loggedAt === undefined ? { at: stamped.at, by: "timestamp-authority" } : { at: loggedAt, by: "log" };
  return isVouchedFor
    ? { kind: "times", times, signedAt }
    : objection("no-transparency-log", "made when the trusted root did not vouch for the log's key");
}

const NOT_ASKED: { readonly kind: "entries"; readonly entries: readonly Logged[] } = { kind: "entries", entries: [] };

/**
 * Verifies the log entries of a signature. One in a log that is not trusted says nothing; each of the others must be right, and at least one.
 * @throws AdapterError malformed, too-large
 */
export function verifyEntries(
  entries: readonly LogEntry[],
  signed: Signed,
  logs: readonly TransparencyLog[],
): { readonly kind: "entries"; readonly entries: readonly Logged[] } | Objection {
  const known = entries.filter(({ logId }) => logs.some(({ id }) => id.equals(logId)));
  if (entries.length === 0) return objection("no-transparency-log", "carries no entry of a transparency log");
  if (known.length === 0) return objection("no-transparency-log", "recorded in no transparency log that is trusted");
  const logged: Logged[] = [];
  for (const entry of known) {
    const outcome = verifyLogEntry(entry, signed, logs);
    if (outcome.kind === "objection") return outcome;
    logged.push(outcome);
  }
  return { kind: "entries", entries: logged };
}

function stampedTimes(
  { timestamps, signature }: Certified,
  { timestampAuthorities }: TrustedRoot,
): { readonly kind: "times"; readonly times: readonly Instant[]; readonly at: Instant } | Objection {
  const times: Instant[] = [];
  let first: Instant | undefined;
  for (const timestamp of timestamps) {
    const outcome = verifyStamp(timestamp, signature, timestampAuthorities);
    if (outcome.kind === "objection") return outcome;
    times.push(outcome.from, outcome.to);
    first = earliest([first, outcome.to]);
  }
  return first === undefined
    ? objection("no-timestamp", "nobody whose word counts tells when it was made")
    : { kind: "times", times, at: first };
}

function signedOf({ covered, payload, signature, certificate }: Certified): Signed {
  return { covered, payload, signature, signer: certificate };
}

function trustedPath(
  leaf: Certificate,
  brought: readonly Uint8Array[],
  { authorities }: TrustedRoot,
  times: readonly Instant[],
): { readonly kind: "path"; readonly path: Path } | Objection {
  const paths = pathsTo(leaf, authorities, () => linksOf(brought));
  let against: Objection | undefined;
  for (const path of paths) {
    const found = objectionToUse(leaf, path.issuers, CODE_SIGNING) ?? firstObjection(leaf, path, times);
    if (found === undefined) return { kind: "path", path };
    against ??= found;
  }
  return against ?? objection("untrusted-root", "its certificate leads to no trusted root");
}

function firstObjection(leaf: Certificate, path: Path, times: readonly Instant[]): Objection | undefined {
  return times.map((at) => objectionToPath(leaf, path, at)).find((found) => found !== undefined);
}

function isSignedBy(leaf: Certificate, { covered, signature }: Certified): boolean {
  const key = keyOf(leaf);
  const schemes = isOnP256(leaf.publicKey) ? [WITH_SHA256] : schemesOf(key);
  return schemes.some((scheme) => verifies(scheme, key, covered, signature));
}

// sigstore/sigstore, pkg/signature: the digest that fits the curve; cosign's older commands took SHA-256 for every key.
function schemesOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly Scheme[] {
  switch (asymmetricKeyType) {
    case "ec":
      return ECDSA[asymmetricKeyDetails?.namedCurve ?? ""] ?? [];
    case "rsa":
      return [{ kind: "rsa", hash: "sha256" }];
    case "ed25519":
      return [{ kind: "ed25519" }];
    default:
      return [];
  }
}

const WITH_SHA256: Scheme = { kind: "ec", hash: "sha256" };
const ECDSA: Readonly<Record<string, readonly Scheme[]>> = {
  prime256v1: [WITH_SHA256],
  secp384r1: [{ kind: "ec", hash: "sha384" }, WITH_SHA256],
  secp521r1: [{ kind: "ec", hash: "sha512" }, WITH_SHA256],
};
