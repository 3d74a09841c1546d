import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { AWS_ATTRIBUTES, type AwsSigned, readAwsSigned } from "./aws-signer.ts";

/** Algorithms of both forms, by their JWS name (signature-specification.md, "Signature Algorithm Requirements"). */
export type Algorithm = "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512";

/** A signature envelope whose form is right. Nothing in it has been verified. */
export interface Envelope {
  /** As the envelope names it; the key of the signer decides which one is right. */
  readonly algorithm: string;
  readonly attributes: Attributes;
  readonly payload: Uint8Array;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** DER, from the signer's to the root's. */
  readonly certificates: readonly Uint8Array[];
  /** Not covered by the signature: it is a timestamp of it. */
  readonly timestamp: Uint8Array | undefined;
}

/** What the signer says beside the payload, under its signature. */
export interface Attributes {
  readonly scheme: "notary.x509" | "notary.x509.signingAuthority";
  /** Of a signing authority it is trusted; otherwise it is a claim. */
  readonly signedAt: Instant;
  readonly expiresAt: Instant | undefined;
  /** Program that must have its say; none is started here. */
  readonly plugin: string | undefined;
  /** What the plugin of AWS Signer would check; absent where the signature asks for another or none. */
  readonly awsSigned: AwsSigned | undefined;
  /** Critical ones that nobody here understands. */
  readonly unknownCritical: readonly string[];
}

/** The protected header in either form, names as they are. */
export interface Header {
  readonly contentType: unknown;
  readonly critical: readonly string[];
  readonly has: (name: string) => boolean;
  /** `undefined` where it is absent. @throws AdapterError malformed: no text */
  readonly text: (name: string) => string | undefined;
  /** `undefined` where it is absent. @throws AdapterError malformed: no time */
  readonly time: (name: string) => Instant | undefined;
}

const PAYLOAD_TYPE = "application/vnd.cncf.notary.payload.v1+json";
export const TIMESTAMP = "io.cncf.notary.timestampSignature";
const SCHEME = "io.cncf.notary.signingScheme";
const SIGNING_TIME = "io.cncf.notary.signingTime";
const AUTHENTIC_TIME = "io.cncf.notary.authenticSigningTime";
const EXPIRY = "io.cncf.notary.expiry";
const PLUGIN = "io.cncf.notary.verificationPlugin";
const PLUGIN_VERSION = "io.cncf.notary.verificationPluginMinVersion";
const UNDERSTOOD: readonly string[] = [SCHEME, SIGNING_TIME, AUTHENTIC_TIME, EXPIRY, PLUGIN, PLUGIN_VERSION];
const MUST_BE_CRITICAL: readonly string[] = [SCHEME, AUTHENTIC_TIME, EXPIRY];

/** @throws AdapterError malformed, unsupported (a scheme of another time) */
export function readAttributes(header: Header): Attributes {
  if (header.contentType !== PAYLOAD_TYPE) throw malformed("its content is no payload of version 1");
  checkCritical(header);
  const scheme = header.text(SCHEME);
  if (scheme === undefined) throw malformed("no signing scheme");
  if (scheme !== "notary.x509" && scheme !== "notary.x509.signingAuthority")
    throw new AdapterError("unsupported", `${PLACE}: a signing scheme that is not known`);
  const expiresAt = header.time(EXPIRY);
  const signedAt = readSigningTime(header, scheme);
  if (expiresAt !== undefined && expiresAt <= signedAt) throw malformed("expires before it was made");
  const { critical, text } = header;
  const plugin = text(PLUGIN);
  const awsSigned = readAwsSigned({ plugin, pluginMinVersion: text(PLUGIN_VERSION), critical, text });
  const understood = awsSigned === undefined ? UNDERSTOOD : [...UNDERSTOOD, ...AWS_ATTRIBUTES];
  const unknownCritical = critical.filter((name) => !understood.includes(name));
  return { scheme, signedAt, expiresAt, plugin, awsSigned, unknownCritical };
}

// "crit" of RFC 7515, 4.1.11 and of RFC 9052, 3.1: what it names must be there, and each once.
function checkCritical({ critical, has }: Header): void {
  if (new Set(critical).size !== critical.length) throw malformed("names a critical attribute twice");
  const absent = critical.find((name) => !has(name));
  if (absent !== undefined) throw malformed("names a critical attribute that is not there");
  const lax = MUST_BE_CRITICAL.find((name) => has(name) && !critical.includes(name));
  if (lax !== undefined) throw malformed(`${lax} must be critical`);
}

// signing-scheme.md: each scheme has its own time and must not have the other's.
function readSigningTime(header: Header, scheme: Attributes["scheme"]): Instant {
  const [own, other] = scheme === "notary.x509" ? [SIGNING_TIME, AUTHENTIC_TIME] : [AUTHENTIC_TIME, SIGNING_TIME];
  const signedAt = header.time(own);
  if (signedAt === undefined || header.has(other)) throw malformed("not the signing time that its scheme asks for");
  return signedAt;
}

const PLACE = "envelope";

export function malformed(problem: string): AdapterError {
  return new AdapterError("malformed", `${PLACE}: ${problem}`);
}
