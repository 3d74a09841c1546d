import { basename } from "node:path";
import type { AttestationEvidence } from "../../shared/domain/evidence.ts";
import type { ListedSignature } from "../../shared/pipeline/list-signatures.ts";

/** What the command line says may be trusted. */
export interface Offered {
  /** Files of public keys. */
  readonly keys: readonly string[];
  readonly trustedRoot: string | undefined;
  readonly notation: { readonly policy: string; readonly store: string } | undefined;
}

/** Somebody to trust, as they are written into a policy. */
export type Signer =
  | { readonly kind: "key"; readonly name: string; readonly file: string }
  | { readonly kind: "identity"; readonly name: string; readonly issuer: string; readonly subject: string }
  | { readonly kind: "notation"; readonly name: string; readonly policy: string; readonly store: string };

/** Somebody who was verified, and what they vouched for. */
export interface Verified {
  readonly signer: Signer;
  readonly isSigner: boolean;
  /** Types of the statements that they attested, as the gate counts them. */
  readonly attested: readonly string[];
}

const NOTATION = "notation";

/** Everybody who could be trusted: the keys and files that were given, and whom certificates name where somebody could vouch for them. */
export function candidatesOf({ keys, trustedRoot, notation }: Offered, listed: readonly ListedSignature[]): readonly Signer[] {
  const taken = new Set<string>([NOTATION]);
  const named = trustedRoot === undefined ? [] : identitiesIn(listed);
  return [
    ...keys.map((file): Signer => ({ kind: "key", name: free(basename(file).replace(/\.[^.]*$/, ""), taken), file })),
    ...named.map(({ issuer, subject }): Signer => ({ kind: "identity", name: free(wordOf(subject), taken), issuer, subject })),
    ...(notation === undefined ? [] : [{ kind: "notation", name: NOTATION, ...notation } as const]),
  ];
}

/** As it is in a policy, where `*` stands for any characters: a text that has one cannot be written exactly. */
function canBeExact({ issuer, subject }: { readonly issuer: string; readonly subject: string }): boolean {
  return [issuer, subject].every((text) => text !== "" && text.length <= LONGEST && !text.includes("*"));
}

const LONGEST = 2048;

function identitiesIn(listed: readonly ListedSignature[]): readonly { readonly issuer: string; readonly subject: string }[] {
  const found = listed.flatMap(({ claim }) =>
    claim?.format === "cosign" && claim.signer?.kind === "certificate"
      ? [{ issuer: claim.signer.issuer, subject: claim.signer.subject }]
      : [],
  );
  const different = new Map(found.filter(canBeExact).map((each) => [JSON.stringify([each.issuer, each.subject]), each]));
  return [...different.values()];
}

/** The word by which people know a signer: of a workflow its file, of a mail address what stands before the sign. */
function wordOf(subject: string): string {
  const path = subject.split("@")[0] ?? "";
  return (path.split("/").at(-1) ?? "").replace(/\.ya?ml$/, "");
}

/** A name as policies allow it, and one that nobody else has. */
function free(word: string, taken: Set<string>): string {
  const plain = word
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
  const base = plain === "" ? "signer" : plain;
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`;
  taken.add(name);
  return name;
}

/** Whom the verifiers took for genuine; of statements those that the gate knows the signer of. */
export function verifiedAmong(
  candidates: readonly Signer[],
  listed: readonly ListedSignature[],
  attestations: AttestationEvidence,
): readonly Verified[] {
  const statements = attestations.kind === "examined" ? attestations.statements : [];
  return candidates.flatMap((signer) => {
    const isSigner = listed.some(
      ({ fact, claim }) =>
        fact?.code === "ok" && [fact.identity, ...(fact.alsoAs ?? [])].includes(signer.name) && claim?.says.kind === "signature",
    );
    const attested = statements.flatMap(({ signedBy = [], predicateType }) =>
      signedBy.some(({ names }) => names.includes(signer.name)) && canBeAsked(predicateType) ? [predicateType] : [],
    );
    return isSigner || attested.length > 0 ? [{ signer, isSigner, attested: [...new Set(attested)].sort() }] : [];
  });
}

const LONGEST_PATTERN = 256;

/** A rule names types by patterns, in which a star is no star. */
function canBeAsked(predicateType: string): boolean {
  return predicateType !== "" && predicateType.length <= LONGEST_PATTERN && !predicateType.includes("*");
}

/** What has to be given so that more could be verified. */
export function needsOf({ keys, trustedRoot, notation }: Offered, listed: readonly ListedSignature[]): readonly string[] {
  const open = listed.flatMap(({ claim, fact }) => (claim === undefined || fact?.code === "ok" ? [] : [claim]));
  const byCertificate = open.some(({ format, signer }) => format === "cosign" && signer?.kind === "certificate");
  const byKey = open.some(({ signer }) => signer?.kind === "key");
  const byNotation = open.some(({ format }) => format === "notation");
  return [
    ...(byCertificate && trustedRoot === undefined
      ? ["--trusted-root FILE: the trusted_root.json of the Sigstore whose certificates they are"]
      : []),
    ...(byKey ? [`--key FILE: the public key of whoever signed${keys.length === 0 ? "" : "; none of those given has"}`] : []),
    ...(byNotation && notation === undefined
      ? ["--notation-policy FILE --notation-store FOLDER: the trustpolicy.json and trust stores of Notation"]
      : []),
  ];
}
