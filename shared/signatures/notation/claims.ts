import { setImmediate } from "node:timers/promises";
import { isDigest } from "../../domain/digest.ts";
import type { SignatureClaim, SignatureVerifier } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { MAX_BYTES } from "../strict.ts";
import { readCertificate } from "../x509.ts";
import { printName, readName } from "../x509-name.ts";
import { type Candidate, candidateIn } from "./discover.ts";
import { readTarget } from "./payload.ts";
import { readAnyEnvelope } from "./verify.ts";

type Claims = NonNullable<SignatureVerifier["claims"]>;
type Said = Pick<SignatureClaim, "form" | "says" | "signer" | "signedAt" | "about">;

// What an image may carry before the rest is left unread.
const MAX_CLAIMS = 100;

/** What the signatures of the Notary Project say of themselves. */
export const claims: Claims = async ({ referrers, source }, signal) => {
  const told: SignatureClaim[] = [];
  for (const { repository, referrer } of referrers) {
    const candidate = candidateIn(referrer);
    if (candidate === undefined) continue;
    if (told.length === MAX_CLAIMS) break;
    await setImmediate();
    const said = await read(candidate, (content) => source.blob(repository, content, MAX_BYTES, signal));
    told.push({ format: "notation", place: referrer.tag ?? referrer.manifest.digest, alone: { repository, referrer }, ...said });
  }
  return told;
};

type Content = Extract<Candidate, { readonly kind: "envelope" }>["content"];

async function read(candidate: Candidate, readBlob: (content: Content) => Promise<Uint8Array>): Promise<Said> {
  if (candidate.kind === "refused") return unreadable("envelope", candidate.judgement.detail);
  const { mediaType } = candidate.content;
  const form = mediaType === "application/cose" ? "COSE" : "JWS";
  try {
    return { form, ...inEnvelope(await readBlob(candidate.content), mediaType) };
  } catch (error) {
    return unreadable(form, judgeFault(error).detail);
  }
}

function unreadable(form: string, why: string): Said {
  return { form, says: { kind: "unreadable", why } };
}

function inEnvelope(bytes: Uint8Array, mediaType: string): Omit<Said, "form"> {
  const { certificates, attributes, payload } = readAnyEnvelope(bytes, mediaType);
  const [leaf] = certificates.map(readCertificate);
  const { digest } = readTarget(payload);
  return {
    says: { kind: "signature" },
    signedAt: attributes.signedAt,
    ...(isDigest(digest) ? { about: digest } : {}),
    ...(leaf === undefined
      ? {}
      : { signer: { kind: "certificate", issuer: printName(readName(leaf.issuer)), subject: printName(readName(leaf.subject)) } }),
  };
}
