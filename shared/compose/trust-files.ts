import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ParseError, quote } from "../domain/parse-error.ts";
import { type PolicyIdentity, type PolicyKey, type PolicySigstore, type PolicyTrust, pemProblem } from "../policy/trust/trust.ts";
import type { NotationTrust } from "../ports/notation-trust.ts";
import type { SigstoreTrust, Trust, TrustedKey } from "../ports/signature-verifier.ts";
import { readKey as readVerificationKey } from "../signatures/cosign/keys.ts";
import { readTrustPolicy } from "../signatures/notation/trust-policy.ts";
import { readTrust as readNotationTrust } from "../signatures/notation/trust-stores.ts";
import { parseTrustedRoot } from "../signatures/sigstore/root.ts";
import { readAttestor } from "./attestor-files.ts";
import { nameFor, readText, whole } from "./policy-files.ts";

/**
 * What signatures are verified against: the policy's trust with all files that it names. Whatever could never verify anything is refused, for it
 * would make every image look unsigned.
 * @throws ParseError
 */
export function readTrust({ keys, identities, sigstore, notation, attestors }: PolicyTrust, policyFile: string): Trust {
  const at = (path: string): string => resolve(dirname(policyFile), path);
  return {
    keys: keys.map((key) => readKey(key, at, policyFile)),
    ...(identities.length > 0 ? { identities } : {}),
    ...(sigstore.length > 0 ? { sigstore: sigstore.map((each) => readSigstore(each, at(each.root), identities)) } : {}),
    ...(notation === undefined ? {} : { notation: readNotation(notation.name, at(notation.policy), at(notation.store)) }),
    ...(attestors === undefined ? {} : { attestors: attestors.map((attestor) => readAttestor(attestor, at, policyFile)) }),
  };
}

/** Everything that was read out of files, as texts that differ wherever it does. */
export function textsOf({ keys, sigstore = [], notation, attestors = [] }: Trust): readonly string[] {
  const stores = Object.entries(notation?.stores ?? {}).flatMap(([name, files]) => files.map((bytes) => `${name} ${sha256(bytes)}`));
  return [
    ...keys.map(({ pem }) => pem),
    ...sigstore.map(({ root }) => root),
    ...(notation === undefined ? [] : [notation.policy, ...stores]),
    ...attestors.map((attestor) => JSON.stringify(attestor)),
  ];
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function readKey({ source, ...key }: PolicyKey, at: (path: string) => string, policyFile: string): TrustedKey {
  const pem = source.kind === "pem" ? source.pem : readPem(at(source.path));
  const usable = readVerificationKey({ ...key, pem });
  if (usable.kind === "unusable")
    throw new ParseError(policyFile, `the trusted key ${key.name} ${usable.why}`, "trust another key, or leave it out");
  return { ...key, pem };
}

function readPem(file: string): string {
  const pem = readText(file, "trusted key");
  const problem = pemProblem(pem);
  if (problem !== undefined) throw new ParseError(file, problem.message, problem.mend);
  return pem;
}

function readSigstore(sigstore: PolicySigstore, file: string, identities: readonly PolicyIdentity[]): SigstoreTrust {
  const root = readText(file, "trusted root");
  const { authorities, certificateLogs, logs, timestampAuthorities } = whole(file, "trusted_root.json", () => parseTrustedRoot(root));
  const { transparencyLog, timestamp, sct } = sigstore;
  const lacking = [
    ...(authorities.length === 0 ? ["certificate authority"] : []),
    ...(sct === "required" && certificateLogs.length === 0 ? ["certificate log, which sct demands"] : []),
    ...(transparencyLog === "required" && logs.length === 0 ? ["log, which transparencyLog demands"] : []),
    ...(timestamp === "required" && timestampAuthorities.length === 0 ? ["timestamp authority, which timestamp demands"] : []),
  ];
  const [first] = lacking;
  const isKeyless = identities.some((identity) => identity.sigstore === undefined || identity.sigstore === sigstore.name);
  if (isKeyless && first !== undefined)
    throw new ParseError(file, `the trusted root has no usable ${first}`, "take the whole trusted_root.json of the instance");
  return { ...sigstore, root };
}

function readNotation(name: string, policyFile: string, storeFolder: string): NotationTrust {
  const policy = readText(policyFile, "trust policy");
  const statements = whole(policyFile, "trustpolicy.json", () => readTrustPolicy(policy));
  const named = new Set(statements.flatMap((statement) => (statement.kind === "check" ? statement.stores : [])));
  const stores = [...named].sort().map((store) => [store, readStore(storeFolder, store)] as const);
  const trust: NotationTrust = { name, policy, stores: Object.fromEntries(stores) };
  whole(storeFolder, "trust store", () => readNotationTrust(trust));
  return trust;
}

/** Certificates of a store such as `ca:acme`. Hidden files are none: mounted volumes keep their own among them. */
function readStore(folder: string, store: string): readonly Uint8Array[] {
  const place = join(folder, "x509", ...store.split(":"));
  const mend = "put PEM or DER certificates there, or take the store out of the trust policy";
  const files = orUnreadable(place, mend, () => readdirSync(place))
    .filter((name) => !name.startsWith("."))
    .sort();
  if (files.length === 0) throw new ParseError(nameFor(place), `the trust store ${quote(store)} has no certificate`, mend);
  return files.map((name) => orUnreadable(join(place, name), mend, () => readFileSync(join(place, name))));
}

function orUnreadable<T>(place: string, mend: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new ParseError(nameFor(place), `the trust store cannot be read (${code})`, mend);
  }
}
