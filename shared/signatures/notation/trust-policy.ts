import * as z from "zod";
import { ParseError, quote } from "../../domain/parse-error.ts";
import { readShape } from "../strict.ts";
import { isSigningProfile } from "./aws-signer.ts";
import { type Action, type Check, LEVELS } from "./levels.ts";
import { overlaps, parseSubject, type WantedSubject } from "./subject.ts";

/** Who may sign what, and how much of it must be right: one statement of a trust policy. */
export type Statement = SkipStatement | CheckStatement;

/** Signatures of its repositories are not looked at. */
export interface SkipStatement {
  readonly kind: "skip";
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface CheckStatement {
  readonly kind: "check";
  readonly name: string;
  readonly scopes: readonly string[];
  readonly actions: Readonly<Record<Check, Action>>;
  readonly verifyTimestamp: "always" | "afterCertExpiry";
  /** `ca:acme`. */
  readonly stores: readonly string[];
  /** `any`: whoever has a certificate of these stores. */
  readonly identities: "any" | readonly WantedSubject[];
  /** ARNs of AWS Signer's profiles that are trusted, or of one version of them. */
  readonly signingProfiles: readonly string[];
}

// trust-store-trust-policy.md, "Trust Policy". A member that is not in it is refused: a misspelt override would be none.
const documentShape = z.strictObject({
  version: z.literal("1.0"),
  trustPolicies: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        registryScopes: z.array(z.string()).min(1),
        signatureVerification: z.strictObject({
          level: z.enum(["strict", "permissive", "audit", "skip"]),
          override: z
            .strictObject({
              authenticity: z.enum(["enforce", "log"]).optional(),
              authenticTimestamp: z.enum(["enforce", "log"]).optional(),
              expiry: z.enum(["enforce", "log"]).optional(),
              revocation: z.enum(["enforce", "log", "skip"]).optional(),
            })
            .optional(),
          verifyTimestamp: z.enum(["", "always", "afterCertExpiry"]).optional(),
        }),
        trustStores: z.array(z.string()).default([]),
        trustedIdentities: z.array(z.string()).default([]),
      }),
    )
    .min(1),
});
type Written = z.output<typeof documentShape>["trustPolicies"][number];

/**
 * Reads `trustpolicy.json` of version 1.0, whole: one wrong statement makes it void.
 * @throws AdapterError malformed, too-large: no such document. ParseError: a statement that the specification forbids
 */
export function readTrustPolicy(text: string): readonly Statement[] {
  const written = readShape(Buffer.from(text), documentShape, "trust policy").trustPolicies;
  checkUnique(written.map(({ name }) => name));
  checkUnique(written.flatMap(({ registryScopes }) => registryScopes));
  return written.map(readStatement);
}

function checkUnique(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw wrong(`${quote(twice)} stands twice`, "name each statement and each scope once");
}

function readStatement({ name, registryScopes: scopes, signatureVerification, trustStores, trustedIdentities }: Written): Statement {
  const { level, override, verifyTimestamp } = signatureVerification;
  checkScopes(name, scopes);
  if (level === "skip") {
    if (scopes.includes("*")) throw wrong(`${quote(name)} skips every repository`, "name the repositories that are not to be verified");
    if (override !== undefined || trustStores.length > 0 || trustedIdentities.length > 0)
      throw wrong(`${quote(name)} skips, and says how to verify`, "take out the override, the stores and the identities");
    return { kind: "skip", name, scopes };
  }
  return {
    kind: "check",
    name,
    scopes,
    actions: { ...LEVELS[level], ...withoutUndefined(override) },
    verifyTimestamp: verifyTimestamp === "afterCertExpiry" ? verifyTimestamp : "always",
    stores: readStoreNames(name, trustStores),
    identities: readIdentities(name, trustedIdentities),
    signingProfiles: trustedIdentities.filter(isSigningProfile),
  };
}

function withoutUndefined(override: Written["signatureVerification"]["override"]): Partial<Record<Check, Action>> {
  return Object.fromEntries(Object.entries(override ?? {}).filter(([, action]) => action !== undefined));
}

// "registryScopes": whole names of repositories, or nothing but the star.
function checkScopes(name: string, scopes: readonly string[]): void {
  if (scopes.includes("*") && scopes.length > 1) throw wrong(`${quote(name)} has more scopes beside *`, "give * a statement of its own");
  const bad = scopes.find((scope) => scope !== "*" && !/^[A-Za-z0-9.:[\]-]+(\/[a-z0-9._-]+)+$/.test(scope));
  if (bad !== undefined) throw wrong(`${quote(bad)} is no repository`, "write it whole: registry.example/team/app");
}

function readStoreNames(name: string, stores: readonly string[]): readonly string[] {
  if (stores.length === 0) throw wrong(`${quote(name)} names no trust store`, "name one, such as ca:acme");
  const bad = stores.find((store) => !/^(ca|signingAuthority|tsa):[A-Za-z0-9_.-]+$/.test(store));
  if (bad !== undefined) throw wrong(`${quote(bad)} is no trust store`, "write its type and name: ca:acme");
  return stores;
}

const SUBJECT = "x509.subject:";

function readIdentities(name: string, identities: readonly string[]): CheckStatement["identities"] {
  if (identities.length === 0) throw wrong(`${quote(name)} trusts no identity`, "name one, or * for every one of its stores");
  if (identities.includes("*")) {
    if (identities.length > 1) throw wrong(`${quote(name)} has more identities beside *`, "leave * alone, or take it out");
    return "any";
  }
  // Other kinds of identity are for programs that are asked beside the verifier; of those, AWS Signer's is the one that is known here.
  const subjects = identities
    .filter((identity) => identity.startsWith(SUBJECT))
    .map((identity) => parseSubject(identity.slice(SUBJECT.length), `trust policy: ${quote(name)}`));
  const isDoubled = subjects.some((one, at) => subjects.slice(0, at).some((other) => overlaps(one, other)));
  if (isDoubled) throw wrong(`${quote(name)} trusts an identity twice`, "take out the narrower one of those that overlap");
  return subjects;
}

/** The statement for a repository: the one that names it, else the one for all. */
export function statementFor(policy: readonly Statement[], repository: string): Statement | undefined {
  return policy.find(({ scopes }) => scopes.includes(repository)) ?? policy.find(({ scopes }) => scopes.includes("*"));
}

function wrong(problem: string, mend: string): ParseError {
  return new ParseError("trust policy", problem, mend);
}
