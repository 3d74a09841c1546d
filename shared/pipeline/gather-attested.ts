import type { AttestationEvidence, AttestationFact, SignatureFact } from "../domain/evidence.ts";
import type { SignatureVerifier, VerifyRequest } from "../ports/signature-verifier.ts";
import { settle } from "./settle.ts";

// Each type is one more look at all signatures; nobody attaches more kinds of statements.
const MAX_TYPES = 8;

/**
 * Names who vouches for a statement. Only one that is alone in its manifest is taken for the one that was signed: beside others it could
 * not be told which of them the signature is on.
 */
export async function vouched(
  verifiers: readonly SignatureVerifier[],
  request: VerifyRequest,
  evidence: AttestationEvidence,
  signal?: AbortSignal,
): Promise<AttestationEvidence> {
  if (evidence.kind !== "examined") return evidence;
  const types = [...new Set(evidence.statements.map(({ predicateType }) => predicateType))].slice(0, MAX_TYPES);
  const statements: AttestationFact[] = evidence.statements.filter(({ predicateType }) => !types.includes(predicateType));
  for (const predicateType of types) {
    const asked = { ...request, trust: { ...request.trust, predicateType } };
    const answers = await settle(async () => (await Promise.all(verifiers.map((verifier) => verifier.verify(asked, signal)))).flat());
    if ("fault" in answers) return { kind: "unavailable", why: answers.fault };
    const signers = signersOf(request, answers.value);
    for (const statement of evidence.statements.filter((each) => each.predicateType === predicateType)) {
      const identity = signers.get(statement.place);
      statements.push(identity === undefined ? statement : { ...statement, verifiedBy: identity });
    }
  }
  return { kind: "examined", statements };
}

/** Who signed the only content of a manifest, by the manifest's digest. */
function signersOf({ referrers }: VerifyRequest, facts: readonly SignatureFact[]): ReadonlyMap<string, string> {
  const signers = new Map<string, string>();
  for (const { referrer } of referrers) {
    const { manifest, tag } = referrer;
    if (manifest.kind !== "manifest" || manifest.layers.length !== 1) continue;
    const good = facts.find(
      ({ place, code, format }) => format === "cosign" && code === "ok" && (place === manifest.digest || place === tag),
    );
    if (good?.identity !== undefined) signers.set(manifest.digest, good.identity);
  }
  return signers;
}
