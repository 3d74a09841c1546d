import type { Digest } from "../domain/digest.ts";
import type { AttestationFact, ImageEvidence, ImageSubject, SignatureFact } from "../domain/evidence.ts";
import type { Repository } from "../domain/image-ref.ts";
import type { Instant } from "../domain/time.ts";
import { ignoreFact } from "../policy/trust/ignored.ts";
import type { IgnoredSignatures } from "../policy/trust/trust.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { Referrer } from "../ports/image-source.ts";
import type { SignatureClaim, SignatureVerifier, VerifyRequest } from "../ports/signature-verifier.ts";
import type { JudgeDeps } from "./deps.ts";
import { type ImagePlace, referrersOf, verifyRequestOf } from "./gather.ts";
import { settle } from "./settle.ts";

/** One signature or attestation that was found: what it says of itself, and what was found out about it. One of the two is always there. */
export interface ListedSignature {
  readonly claim?: SignatureClaim;
  readonly fact?: SignatureFact;
  /** A statement that carries no signature at all, or none of a format that is known. */
  readonly unsigned?: Pick<AttestationFact, "predicateType" | "place">;
}

/** What belongs to an image, and to each of its children. */
export interface SignatureList {
  readonly subject: ImageSubject;
  readonly signatures: readonly ListedSignature[];
  /** What refers to the image and is neither: a report, a document, a runnable image under the tag of a signature. */
  readonly others: readonly Referrer[];
  /** Why the list may be short: the place of the signatures could not be asked. */
  readonly unavailable?: string;
  readonly children: readonly SignatureList[];
  readonly missingChildren: readonly Digest[];
}

/**
 * Everything that claims to be a signature or attestation of the image, each judged by itself by the verifier that judges it for the gate. For
 * people to look at: whether it is enough is for the rules to say, by the evidence.
 */
export async function listSignatures(
  deps: JudgeDeps,
  place: ImagePlace,
  evidence: ImageEvidence,
  now: Instant,
  signal?: AbortSignal,
): Promise<SignatureList> {
  const { subject, missingChildren } = evidence;
  const own = await settle(() => listOwn(deps, sparing(place), evidence, now, signal));
  const children: SignatureList[] = [];
  for (const child of evidence.children) children.push(await listSignatures(deps, place, child, now, signal));
  return "fault" in own
    ? { subject, signatures: [], others: [], unavailable: own.fault, children, missingChildren }
    : { subject, ...own.value, ...unavailableIn(evidence), children, missingChildren };
}

function unavailableIn({ signatures, attestations }: ImageEvidence): Pick<SignatureList, "unavailable"> {
  if (signatures.kind !== "examined") return { unavailable: signatures.why };
  return attestations.kind === "examined" ? {} : { unavailable: attestations.why };
}

async function listOwn(
  deps: JudgeDeps,
  place: ImagePlace,
  evidence: ImageEvidence,
  now: Instant,
  signal?: AbortSignal,
): Promise<Pick<SignatureList, "signatures" | "others">> {
  const { digest } = evidence.subject;
  const referrers = await referrersOf(place, digest, signal);
  const request = verifyRequestOf(deps, place, digest, referrers, now);
  const listed: ListedSignature[] = [];
  for (const verifier of deps.verifiers) {
    for (const claim of (await verifier.claims?.(request, signal)) ?? []) {
      const fact = await judgeAlone(verifier, request, claim, signal);
      listed.push(fact === undefined ? { claim } : { claim, fact });
    }
  }
  const { ignored } = deps.policy().policy.trust;
  const signatures = [...listed, ...withoutClaim(evidence, listed)].map((each) => withoutIgnored(each, ignored));
  const known = placesIn(signatures);
  const others = referrers.map(({ referrer }) => referrer).filter(({ manifest }) => !known.has(manifest.digest));
  return { signatures, others };
}

/** As the rules see it: what the policy ignores is told as ignored. */
function withoutIgnored({ fact, ...rest }: ListedSignature, ignored: readonly IgnoredSignatures[]): ListedSignature {
  return fact === undefined ? rest : { ...rest, fact: ignoreFact(fact, ignored) };
}

function placesIn(listed: readonly ListedSignature[]): ReadonlySet<string> {
  return new Set(
    listed.flatMap(({ claim, fact, unsigned }) => [
      ...(claim === undefined ? [] : [claim.place, claim.alone.referrer.manifest.digest]),
      ...(fact === undefined ? [] : [fact.place]),
      ...(unsigned === undefined ? [] : [unsigned.place]),
    ]),
  );
}

/** A content that cannot be read is asked for as either: a signature, and an attestation of no type. */
async function judgeAlone(
  verifier: SignatureVerifier,
  request: VerifyRequest,
  { says, place, alone }: SignatureClaim,
  signal?: AbortSignal,
): Promise<SignatureFact | undefined> {
  const types = says.kind === "unreadable" ? [undefined, ""] : [says.kind === "attestation" ? says.predicateType : undefined];
  for (const predicateType of types) {
    const trust = predicateType === undefined ? request.trust : { ...request.trust, predicateType };
    const facts = await verifier.verify({ ...request, referrers: [alone], trust }, signal);
    const fact = facts.find((each) => each.place === place);
    if (fact !== undefined) return fact;
  }
  return undefined;
}

/** What the evidence tells and nothing there claims: an entry of a list that leads nowhere, a statement that nobody signed. */
function withoutClaim({ signatures, attestations }: ImageEvidence, listed: readonly ListedSignature[]): readonly ListedSignature[] {
  const known = placesIn(listed);
  const facts = "signatures" in signatures ? signatures.signatures : [];
  const statements = attestations.kind === "examined" ? attestations.statements : [];
  return [
    ...facts.flatMap((fact) => (known.has(fact.place) ? [] : [{ fact }])),
    ...statements.flatMap((unsigned) => (known.has(unsigned.place) || unsigned.signedBy !== undefined ? [] : [{ unsigned }])),
  ];
}

// Whoever may push may push a thousand signatures of a MiB; each is read twice.
const MOST_BYTES = 128 * 1024 * 1024;

/** The same list of referrers is read with every signature; once is enough here. Contents are read up to a budget. */
function sparing(place: ImagePlace): ImagePlace {
  const { source } = place;
  const [resolve, manifest] = [once(source.resolve), once(source.manifest)];
  let left = MOST_BYTES;
  const blob: ImagePlace["source"]["blob"] = async (repository, content, limit, signal) => {
    left -= content.size;
    if (left < 0) throw new AdapterError("too-large", `signatures of more than ${MOST_BYTES / 2} bytes together`);
    return source.blob(repository, content, limit, signal);
  };
  return { ...place, source: { ...source, resolve, manifest, blob } };
}

function once<Name extends string, Answer>(ask: Ask<Name, Answer>): Ask<Name, Answer> {
  const known = new Map<string, Promise<Answer>>();
  return (repository, name, signal) => {
    const what = `${repository} ${name}`;
    const answer = known.get(what) ?? ask(repository, name, signal);
    known.set(what, answer);
    return answer;
  };
}

type Ask<Name, Answer> = (repository: Repository, name: Name, signal?: AbortSignal) => Promise<Answer>;
