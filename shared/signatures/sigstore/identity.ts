import type { IdentityClaim } from "../../domain/identity-claims.ts";
import type { TextMatch, TrustedIdentity } from "../../ports/signature-verifier.ts";
import { context, elementsIn, expect, malformed, readDer, sequence } from "../der.ts";
import { readOid } from "../der-values.ts";
import type { Certificate } from "../x509.ts";
import { type Objection, objection } from "./objection.ts";

/** Whom a certificate names: who vouched for the identity, the identity, and what else was said about it. */
export interface Signer {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Readonly<Record<string, string>>;
}

const PLACE = "certificate";
// sigstore/fulcio, docs/oid-info.md.
const FULCIO = "1.3.6.1.4.1.57264.1";
const ISSUER = `${FULCIO}.1`;
const ISSUER_V2 = `${FULCIO}.8`;
const USER_NAME = `${FULCIO}.7`;
const SUBJECT_NAMES = "2.5.29.17";
const UTF8_STRING = 0x0c;

// The first ones hold bare text, the later ones a UTF8String in DER.
const LAST_BARE = 6;
const CLAIMS: Readonly<Record<IdentityClaim, number>> = {
  githubWorkflowTrigger: 2,
  githubWorkflowSha: 3,
  githubWorkflowName: 4,
  githubWorkflowRepository: 5,
  githubWorkflowRef: 6,
  buildSignerUri: 9,
  buildSignerDigest: 10,
  runnerEnvironment: 11,
  sourceRepositoryUri: 12,
  sourceRepositoryDigest: 13,
  sourceRepositoryRef: 14,
  sourceRepositoryIdentifier: 15,
  sourceRepositoryOwnerUri: 16,
  sourceRepositoryOwnerIdentifier: 17,
  buildConfigUri: 18,
  buildConfigDigest: 19,
  buildTrigger: 20,
  runInvocationUri: 21,
  sourceRepositoryVisibility: 22,
};

/**
 * Whom a certificate names. One that names nobody, or several, or two different issuers, names nobody that could be trusted.
 * @throws AdapterError malformed
 */
export function readSigner(leaf: Certificate): { readonly kind: "named"; readonly signer: Signer } | Objection {
  const { extensions } = leaf;
  const older = extensions.get(ISSUER);
  const newer = extensions.get(ISSUER_V2);
  const issuers = new Set([...(older === undefined ? [] : [decode(older.value)]), ...(newer === undefined ? [] : [utf8In(newer.value)])]);
  const [issuer, ...otherIssuers] = issuers;
  if (issuer === undefined || otherIssuers.length > 0)
    return objection("identity-mismatch", `its certificate names ${issuers.size} issuers of the identity`);
  const [subject, ...others] = subjectsOf(leaf);
  if (subject === undefined || others.length > 0)
    return objection("identity-mismatch", "its certificate does not name exactly one identity");
  return { kind: "named", signer: { issuer, subject, claims: claimsOf(leaf) } };
}

function claimsOf({ extensions }: Certificate): Readonly<Record<string, string>> {
  const claims: Record<string, string> = {};
  for (const [claim, number] of Object.entries(CLAIMS)) {
    const extension = extensions.get(`${FULCIO}.${number}`);
    if (extension !== undefined) claims[claim] = number <= LAST_BARE ? decode(extension.value) : utf8In(extension.value);
  }
  return claims;
}

/** Mail addresses, URIs and user names of the subject; a name of another kind counts as one that cannot be read. */
function subjectsOf({ extensions }: Certificate): readonly (string | undefined)[] {
  const names = extensions.get(SUBJECT_NAMES);
  if (names === undefined) return [];
  return sequence(readDer(names.value, PLACE), PLACE).map((name) => {
    // RFC 5280, 4.2.1.6: otherName [0], rfc822Name [1], uniformResourceIdentifier [6].
    if (name.tag === context(0)) return userName(name.content);
    return name.tag === context(1, false) || name.tag === context(6, false) ? decodeAscii(name.content) : undefined;
  });
}

function userName(content: Uint8Array): string | undefined {
  const [type, wrapped] = elementsIn(content, PLACE);
  return readOid(type, PLACE) === USER_NAME ? utf8In(expect(wrapped, context(0), PLACE).content) : undefined;
}

function utf8In(der: Uint8Array): string {
  return decode(expect(readDer(der, PLACE), UTF8_STRING, PLACE).content);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(PLACE, "a name that is no UTF-8");
  }
}

function decodeAscii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw malformed(PLACE, "an address that is not in ASCII");
  return decode(bytes);
}

/** Whether this is the signer that is trusted: issuer, subject and each claim, compared to the last character. */
export function isTrusted({ issuer, subject, claims = {} }: TrustedIdentity, signer: Signer): boolean {
  return (
    matches(issuer, signer.issuer) &&
    matches(subject, signer.subject) &&
    Object.entries(claims).every(([name, value]) => Object.hasOwn(signer.claims, name) && signer.claims[name] === value)
  );
}

/**
 * In a pattern `*` stands for any characters, none included, every other character for itself, and the whole text must match. Each piece is
 * looked for once, from left to right, so no text makes it slow.
 */
export function matches(match: TextMatch, text: string): boolean {
  if (match.kind === "exact") return match.value === text;
  const [first = "", ...pieces] = match.value.split("*");
  const last = pieces.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
