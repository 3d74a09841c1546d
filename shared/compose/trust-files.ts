import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ParseError, quote } from "../domain/parse-error.ts";
import { type PolicyKey, type PolicyTrust, pemProblem } from "../policy/trust/trust.ts";
import type { NotationTrust } from "../ports/notation-trust.ts";
import type { Trust, TrustedKey } from "../ports/signature-verifier.ts";
import { readKey as readVerificationKey } from "../signatures/cosign/keys.ts";
import { readTrustPolicy } from "../signatures/notation/trust-policy.ts";
import { readTrust as readNotationTrust } from "../signatures/notation/trust-stores.ts";
import { readAttestor } from "./attestor-files.ts";
import { nameFor, readText, whole } from "./policy-files.ts";
import { readSigstore } from "./sigstore-roots.ts";

/**
 * What signatures are verified against: the policy's trust with all files that it names. Whatever could never verify anything is refused, for it
 * would make every image look unsigned. `keptIn`: folder of what is kept of mirrors; without it a policy that names one is refused.
 * @throws ParseError
 */
export function readTrust({ keys, identities, sigstore, notation, attestors }: PolicyTrust, policyFile: string, keptIn?: string): Trust {
  const at = (path: string): string => resolve(dirname(policyFile), path);
  return {
    keys: keys.map((key) => readKey(key, at, policyFile)),
    ...(identities.length > 0 ? { identities: identities.map(withoutRoles) } : {}),
    ...(sigstore.length > 0 ? { sigstore: sigstore.map((each) => readSigstore(each, { identities }, policyFile, keptIn)) } : {}),
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

/** Roles are for rules; who has them verifies nothing. */
function withoutRoles<Signer extends { readonly roles: readonly string[] }>(signer: Signer): Omit<Signer, "roles"> {
  const { roles: _, ...rest } = signer;
  return rest;
}

function readKey(policyKey: PolicyKey, at: (path: string) => string, policyFile: string): TrustedKey {
  const { source, ...key } = withoutRoles(policyKey);
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
