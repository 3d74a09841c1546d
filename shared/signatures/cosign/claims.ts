import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { type Digest, isDigest } from "../../domain/digest.ts";
import { instant } from "../../domain/time.ts";
import type { ClaimedSigner, SignatureClaim, SignatureVerifier } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { readSigner } from "../sigstore/identity.ts";
import type { LogEntry } from "../sigstore/log-entry.ts";
import { MAX_BYTES, readShape } from "../strict.ts";
import { readCertificate } from "../x509.ts";
import { printName, readName } from "../x509-name.ts";
import { readBundleAnnotation, readCertificates } from "./beside.ts";
import { type BundleSigner, type Envelope, readBundle, readEnvelope } from "./bundle.ts";
import { envelopeShape } from "./bundle-shape.ts";
import { type Beside, type Piece, piecesIn } from "./discover.ts";
import { isAsked, readStatement } from "./statement.ts";

type Claims = NonNullable<SignatureVerifier["claims"]>;
type Said = Pick<SignatureClaim, "says" | "signer" | "signedAt" | "about">;

// What an image may carry before the rest is left unread.
const MAX_CLAIMS = 1000;

/** What the signatures and attestations of cosign's say of themselves. */
export const claims: Claims = async ({ referrers, source }, signal) => {
  const found = referrers.flatMap(({ repository, referrer }) => piecesIn(referrer).map((piece) => ({ repository, piece })));
  const told: SignatureClaim[] = [];
  for (const { repository, piece } of found.slice(0, MAX_CLAIMS)) {
    await setImmediate();
    const { manifest, tag } = piece.alone;
    const said = await read(piece, async (content) => source.blob(repository, content, MAX_BYTES, signal));
    told.push({
      format: "cosign",
      place: tag ?? manifest.digest,
      form: FORMS[piece.form],
      alone: { repository, referrer: piece.alone },
      ...said,
    });
  }
  return told;
};

const FORMS: Readonly<Record<Piece["form"], string>> = { bundle: "bundle", signature: "simple signing", attestation: "envelope" };

type ReadBlob = (content: Extract<Piece["candidate"], { readonly content: unknown }>["content"]) => Promise<Uint8Array>;

async function read({ candidate }: Piece, readBlob: ReadBlob): Promise<Said> {
  if (candidate.kind === "refused") return unreadable(candidate.judgement.detail);
  try {
    const bytes = await readBlob(candidate.content);
    switch (candidate.kind) {
      case "bundle":
        return inBundle(bytes);
      case "payload":
        return { says: { kind: "signature" }, ...aboutOf(bytes), ...beside(candidate.beside) };
      case "envelope":
        return { ...inEnvelope(readEnvelope(readShape(bytes, envelopeShape, "envelope"))), ...beside(candidate.beside) };
    }
  } catch (error) {
    return unreadable(judgeFault(error).detail);
  }
}

function unreadable(why: string): Said {
  return { says: { kind: "unreadable", why } };
}

function inBundle(bytes: Uint8Array): Said {
  const { content, signer, entries } = readBundle(bytes, { allowsChain: true });
  const came = { ...claimedBy(() => signer), ...timeOf(() => entries) };
  if (content.kind === "envelope") return { ...inEnvelope(content), ...came };
  const { digest } = content;
  const about = digest?.algorithm === "SHA2_256" ? named(`sha256:${Buffer.from(digest.value).toString("hex")}`) : undefined;
  return { says: { kind: "signature" }, ...(about === undefined ? {} : { about }), ...came };
}

function inEnvelope({ payload }: Envelope): Said {
  const statement = readStatement(payload);
  const { predicateType, subject } = statement;
  const [about] = subject.flatMap(({ digest }) => named(`sha256:${digest?.["sha256"] ?? ""}`) ?? []);
  return {
    says: isAsked(statement, {}) ? { kind: "signature" } : { kind: "attestation", predicateType },
    ...(about === undefined ? {} : { about }),
  };
}

const payloadShape = z.object({ critical: z.object({ image: z.object({ "docker-manifest-digest": z.string() }) }) });

function aboutOf(payload: Uint8Array): Pick<Said, "about"> {
  const about = named(readShape(payload, payloadShape, "payload").critical.image["docker-manifest-digest"]);
  return about === undefined ? {} : { about };
}

function named(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

function beside({ certificate, chain, bundle }: Beside): Pick<Said, "signer" | "signedAt"> {
  const signer = (): BundleSigner =>
    certificate === undefined ? { kind: "key" } : { kind: "certificate", ...readCertificates(certificate, chain) };
  return { ...claimedBy(signer), ...timeOf(() => readBundleAnnotation(bundle)) };
}

function claimedBy(read: () => BundleSigner): Pick<Said, "signer"> {
  return orNothing(() => {
    const signer = read();
    return { signer: signer.kind === "key" ? { kind: "key" } : namedIn(signer.certificate) };
  });
}

function namedIn(certificate: Uint8Array): ClaimedSigner {
  const leaf = readCertificate(certificate);
  const read = readSigner(leaf);
  if (read.kind === "named") return { kind: "certificate", issuer: read.signer.issuer, subject: read.signer.subject };
  return { kind: "certificate", issuer: printName(readName(leaf.issuer)), subject: printName(readName(leaf.subject)) };
}

// What is said remains to be shown where nobody can tell who says it.
function orNothing<Part extends object>(read: () => Part): Part | Record<string, never> {
  try {
    return read();
  } catch (error) {
    judgeFault(error);
    return {};
  }
}

// Logs of the second generation give no time, and a clock that was never set gives 0.
function timeOf(entries: () => readonly LogEntry[]): Pick<Said, "signedAt"> {
  return orNothing(() => {
    const seconds = Number(entries()[0]?.integratedTime ?? 0n);
    return seconds > 0 && seconds < END_OF_TIME ? { signedAt: instant(seconds * 1000) } : {};
  });
}

// The end of the year 9999, in seconds.
const END_OF_TIME = 253_402_300_799;
