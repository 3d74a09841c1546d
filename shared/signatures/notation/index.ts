import { setImmediate } from "node:timers/promises";
import type { SignatureFact } from "../../domain/evidence.ts";
import type { Repository } from "../../domain/image-ref.ts";
import { ParseError } from "../../domain/parse-error.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { NotationTrust } from "../../ports/notation-trust.ts";
import type { SignatureVerifier, VerifyRequest } from "../../ports/signature-verifier.ts";
import { judgeFault } from "../content-fault.ts";
import { MAX_BYTES } from "../strict.ts";
import { claims } from "./claims.ts";
import { type Candidate, candidateIn } from "./discover.ts";
import type { Expected } from "./expected.ts";
import { judge } from "./judge.ts";
import type { Judgement } from "./judgement.ts";
import { rememberSigners } from "./signer.ts";
import { type CheckStatement, statementFor } from "./trust-policy.ts";
import { type ReadTrust, readTrust } from "./trust-stores.ts";

// What an image may carry before the rest is left unread.
const MAX_SIGNATURES = 100;

type Found = { readonly repository: Repository; readonly place: string; readonly candidate: Candidate };

/** Signatures of the Notary Project (JWS and COSE), verified by the trust policy and trust stores of its users. */
export const notation: SignatureVerifier = openVerifier();

function openVerifier(): SignatureVerifier {
  // Trust stays the same object until the policy changes.
  const read = new WeakMap<NotationTrust, ReadTrust>();
  const readSigner = rememberSigners();
  return {
    id: "notation",
    reads: "referrers",
    claims,
    async verify(request, signal) {
      // Notation signs images, never a statement.
      if (request.trust.predicateType !== undefined) return [];
      const found = foundIn(request);
      const trust = request.trust.notation;
      if (trust === undefined) return found.map((each) => fact(each, NO_TRUST));
      const known = read.get(trust) ?? readOrRefuse(trust);
      read.set(trust, known);
      const scope = `${request.image.registry}/${request.image.repository}`;
      const statement = statementFor(known.policy, scope);
      if (statement === undefined)
        return found.map((each) => fact(each, { code: "scope-mismatch", detail: `no statement of the trust policy is for ${scope}` }));
      if (statement.kind === "skip") return [skipped(request, statement.name)];
      if (found.length === 0) return [];
      const expected = { ...(await measureOf(request, statement, known, signal)), signers: trust.name, readSigner };
      return judgeAll(found, request, expected, signal);
    },
  };
}

const NO_TRUST: Judgement = { code: "untrusted-root", detail: "made with Notation, for which the policy trusts nobody" };

function readOrRefuse(trust: NotationTrust): ReadTrust {
  try {
    return readTrust(trust);
  } catch (error) {
    if (error instanceof ParseError) throw new AdapterError("malformed", error.message);
    throw error;
  }
}

// What its users wrote: they accept these images as they are. No identity: nobody has been verified.
function skipped({ image }: VerifyRequest, name: string): SignatureFact {
  return { format: "notation", place: image.digest, code: "ok", detail: `the statement ${name} of the trust policy skips verification` };
}

function foundIn({ referrers }: VerifyRequest): readonly Found[] {
  return referrers.flatMap(({ repository, referrer }) => {
    const candidate = candidateIn(referrer);
    return candidate === undefined ? [] : [{ repository, place: referrer.tag ?? referrer.manifest.digest, candidate }];
  });
}

// The payload names digest, media type and size of the image, so its manifest is needed.
async function measureOf(
  { image, source, trust, now }: VerifyRequest,
  statement: CheckStatement,
  { stores }: ReadTrust,
  signal?: AbortSignal,
): Promise<Omit<Expected, "readSigner" | "signers">> {
  const manifest = await source.manifest(image.repository, image.digest, signal);
  if (manifest === undefined) throw new AdapterError("not-found", `the image ${image.digest} is not in its repository any more`);
  const anchorsOf = (type: string): Expected["anchors"]["ca"] =>
    statement.stores.filter((name) => name.startsWith(`${type}:`)).flatMap((name) => stores.get(name) ?? []);
  return {
    image: { digest: image.digest, mediaType: manifest.mediaType, size: manifest.bytes.length },
    statement,
    anchors: { ca: anchorsOf("ca"), signingAuthority: anchorsOf("signingAuthority"), tsa: anchorsOf("tsa") },
    metadata: trust.annotations ?? {},
    now,
  };
}

async function judgeAll(
  found: readonly Found[],
  request: VerifyRequest,
  expected: Expected,
  signal?: AbortSignal,
): Promise<readonly SignatureFact[]> {
  const facts: SignatureFact[] = [];
  for (const each of found.slice(0, MAX_SIGNATURES)) {
    // Whoever may push may push a hundred: other work goes on between them.
    await setImmediate();
    facts.push(fact(each, await judgeFound(each, request, expected, signal)));
  }
  const [unread] = found.slice(MAX_SIGNATURES);
  const detail = `${found.length} signatures, at most ${MAX_SIGNATURES} are read`;
  return unread === undefined ? facts : [...facts, fact(unread, { code: "too-large", detail })];
}

async function judgeFound(
  { repository, candidate }: Found,
  request: VerifyRequest,
  expected: Expected,
  signal?: AbortSignal,
): Promise<Judgement> {
  if (candidate.kind === "refused") return candidate.judgement;
  const { content } = candidate;
  let bytes: Uint8Array;
  try {
    bytes = await request.source.blob(repository, content, MAX_BYTES, signal);
  } catch (error) {
    return judgeFault(error);
  }
  return judge({ bytes, mediaType: content.mediaType, revocation: request.revocation, awsSigner: request.awsSigner }, expected, signal);
}

function fact({ place }: Found, judgement: Judgement): SignatureFact {
  return { format: "notation", place, ...judgement };
}
