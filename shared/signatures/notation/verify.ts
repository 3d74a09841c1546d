import type { Digest } from "../../domain/digest.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { judgeFault } from "../content-fault.ts";
import { sameBytes } from "../x509.ts";
import { printName } from "../x509-name.ts";
import { type AwsSigned, isTrustedProfile } from "./aws-signer.ts";
import type { Chain } from "./chain.ts";
import { readCose } from "./cose.ts";
import type { Attributes, Envelope } from "./envelope.ts";
import type { Expected } from "./expected.ts";
import type { Judgement } from "./judgement.ts";
import { readJws } from "./jws.ts";
import type { Failure } from "./levels.ts";
import { objectionTo, readTarget, type Target } from "./payload.ts";
import { isSignedBy, type Signer } from "./signer.ts";
import { checkSigningTime, type SigningTime } from "./signing-time.ts";
import { isWanted } from "./subject.ts";

/** What is known of a signature before anybody is asked whether its certificates have been revoked. */
export type Verified =
  | { readonly kind: "refused"; readonly judgement: Judgement }
  | {
      readonly kind: "genuine";
      readonly chain: Chain;
      readonly time: SigningTime;
      /** In the order of the checks. */
      readonly failures: readonly Failure[];
      /** Subject of the signer, or the profile of AWS Signer that signed. */
      readonly subject: string;
      readonly awsSigned: AwsSigned | undefined;
      readonly key: Digest;
      readonly attributes: Attributes;
      readonly target: Target;
    };

const READERS: Readonly<Record<string, (bytes: Uint8Array) => Envelope>> = {
  "application/jose+json": readJws,
  "application/cose": readCose,
};

/** Whether a layer of this media type can hold an envelope. */
export function isEnvelopeType(mediaType: string): boolean {
  return Object.hasOwn(READERS, mediaType);
}

/** Reads an envelope of either form; nothing in it is verified. @throws AdapterError malformed, too-large, unsupported */
export function readAnyEnvelope(bytes: Uint8Array, mediaType: string): Envelope {
  const read = READERS[mediaType];
  if (read === undefined) throw new AdapterError("unsupported", "an envelope of a media type that is not known");
  return read(bytes);
}

/** Verifies one envelope, all but revocation. Pure, and never throws on content. */
export function verifyEnvelope(bytes: Uint8Array, mediaType: string, expected: Expected): Verified {
  try {
    return check(readAnyEnvelope(bytes, mediaType), expected);
  } catch (error) {
    return { kind: "refused", judgement: judgeFault(error) };
  }
}

function check(envelope: Envelope, expected: Expected): Verified {
  const { attributes, algorithm, signed, signature, payload } = envelope;
  const signer = expected.readSigner(envelope.certificates);
  if (!isSignedBy(signer, algorithm, signed, signature))
    return refused({ code: "signature-invalid", detail: "its signature does not verify" });
  const target = readTarget(payload);
  const objection = objectionTo(target, expected.image, expected.metadata);
  if (objection !== undefined) return refused(objection);
  const demand = unmetDemand(attributes, expected);
  if (demand !== undefined) return refused(demand);
  const { chain, subject } = signer;
  const time = checkSigningTime(envelope, chain, expected);
  const failures = [checkAuthenticity(envelope, signer, expected), checkExpiry(envelope, expected), time.failure];
  return {
    kind: "genuine",
    chain,
    time,
    failures: failures.filter((failure) => failure !== undefined),
    subject: attributes.awsSigned?.profileVersion ?? printName(subject),
    awsSigned: attributes.awsSigned,
    key: signer.keyDigest,
    attributes,
    target,
  };
}

function refused(judgement: Judgement): Verified {
  return { kind: "refused", judgement };
}

// Whoever signed wanted somebody to understand these.
function unmetDemand({ plugin, awsSigned, scheme, unknownCritical }: Attributes, { statement }: Expected): Judgement | undefined {
  if (plugin !== undefined && awsSigned === undefined)
    return { code: "unsupported", detail: "asks for a verification plugin; none is started" };
  if (unknownCritical.length > 0) return { code: "unsupported", detail: "has a critical attribute that is not known" };
  if (awsSigned === undefined) return undefined;
  // As the plugin demands it, at every level.
  if (scheme !== "notary.x509.signingAuthority") return { code: "unsupported", detail: "of AWS Signer, but not of a signing authority" };
  if (statement.identities !== "any") return undefined;
  return { code: "identity-mismatch", detail: "signed with AWS Signer, for which the policy must name profiles: * does not count" };
}

// The anchor may be any certificate of the chain, compared whole; every link up to the root must hold.
function checkAuthenticity({ attributes }: Envelope, signer: Signer, { anchors, statement }: Expected): Failure | undefined {
  const { chain, subject } = signer;
  const trusted = anchors[attributes.scheme === "notary.x509" ? "ca" : "signingAuthority"];
  const isAnchored = chain.some((certificate) => trusted.some((anchor) => sameBytes(anchor.bytes, certificate.bytes)));
  if (!isAnchored || !signer.isGenuine())
    return {
      check: "authenticity",
      code: "untrusted-root",
      detail: "its certificates lead to none of the trust stores that the policy names",
    };
  const { identities, signingProfiles } = statement;
  const { awsSigned } = attributes;
  if (awsSigned !== undefined) return isTrustedProfile(awsSigned, signingProfiles) ? undefined : stranger(awsSigned.profileVersion);
  if (identities === "any" || identities.some((wanted) => isWanted(subject, wanted))) return undefined;
  return stranger(printName(subject));
}

function stranger(name: string): Failure {
  return { check: "authenticity", code: "identity-mismatch", detail: `signed by ${name}, whom the policy does not trust` };
}

function checkExpiry({ attributes: { expiresAt } }: Envelope, { now }: Expected): Failure | undefined {
  if (expiresAt === undefined || now < expiresAt) return undefined;
  return { check: "expiry", code: "expired", detail: "its signer let it expire" };
}
