import { createHash } from "node:crypto";
import { derView } from "./damage-der.ts";
import { describe, explain, type Free, type Good } from "./same.ts";
import type { Outcome } from "./target.ts";

/** At least one seed. */
export function seedsOf(texts: readonly Buffer[]): readonly [Buffer, ...Buffer[]] {
  const [first, ...more] = texts;
  if (first === undefined) throw new Error("a target without seeds");
  return [first, ...more];
}

/** The outcome of a document: where it was accepted it must say what one of the good ones says. */
export function judgeDocument(
  judgement: { readonly code: string } | undefined,
  read: Buffer | object,
  goods: readonly Good[],
  free: Free,
): Outcome {
  if (judgement?.code !== "ok") return { code: judgement?.code ?? "other-kind" };
  const document = normalOf(read);
  const same = explain(document, judgement, goods, free);
  return same === undefined ? { code: "ok", violation: describe(document, goods) } : { code: "ok", same };
}

/** A document in the form that is compared: texts that hold a document, a certificate, a token or a checkpoint stand for what counts in them. */
export function normalOf(read: Buffer | object): unknown {
  const document: unknown = Buffer.isBuffer(read) ? parse(read.toString()) : read;
  return normal(document, "");
}

function normal(value: unknown, name: string): unknown {
  if (typeof value === "string") return normalText(value, name);
  if (Array.isArray(value)) return normalList(value, name);
  if (typeof value !== "object" || value === null) return value;
  if (name === "x509CertificateChain") return normalChain(value);
  // A proof without the word of its log is read as none.
  if (name === "inclusionProof" && !("checkpoint" in value && isThere(value.checkpoint))) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normal(member, key)]));
}

/** A timestamp that stands there twice says what it says once. */
function normalList(values: readonly unknown[], name: string): readonly unknown[] {
  const items = values.map((item: unknown) => normal(item, name));
  if (name !== "rfc3161Timestamps") return items;
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

/** The signer's own certificate, and the others by their hash, for their order says nothing. */
function normalChain(value: unknown): unknown {
  const list = typeof value === "object" && value !== null && "certificates" in value ? value.certificates : undefined;
  if (!Array.isArray(list)) return value;
  const [leaf, ...issuers]: readonly unknown[] = list;
  return { leaf, issuers: Object.fromEntries(issuers.map((each) => [issuerName(each), true])) };
}

/** Name of an issuer in the normal form of a chain. */
export function issuerName(certificate: unknown): string {
  const bytes = typeof certificate === "object" && certificate !== null && "rawBytes" in certificate ? certificate.rawBytes : undefined;
  return createHash("sha256")
    .update(JSON.stringify(bytes ?? null))
    .digest("hex");
}

function isThere(checkpoint: unknown): boolean {
  return typeof checkpoint === "object" && checkpoint !== null && "envelope" in checkpoint && Boolean(checkpoint.envelope);
}

function normalText(text: string, name: string): unknown {
  switch (name) {
    case "bundle":
    case "timestamp":
      return normal(parse(text), "");
    // A signed note: the lines behind its text are signatures, of which only the log's counts.
    case "envelope":
      return text.slice(0, text.lastIndexOf("\n\n"));
    case "certificate":
      return text.replace(/-----[A-Z ]+-----|\s/g, "");
    case "signedTimestamp":
    case "SignedRFC3161Timestamp":
    case "io.cncf.notary.timestampSignature":
      return derView(Buffer.from(text, "base64"), "response");
    default:
      return text;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
