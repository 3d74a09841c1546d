import type { ImageSubject, SignatureEvidence } from "../domain/evidence.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import { add, type Duration, type Instant, parseDuration } from "../domain/time.ts";
import type { ActivePolicy, JudgeDeps } from "./deps.ts";
import { settle } from "./settle.ts";

/** A registry that says for longer that it is still signing does not. */
const SIGNS_WITHIN: Duration = parseDuration("1h");

/**
 * A registry may sign by itself, some time after the push: an image without a good signature may be about to get one, or the registry may say why it
 * got none. What cannot be asked changes nothing, for no signature is there.
 */
export async function withOwnSigning(
  { signing, policy }: Pick<JudgeDeps, "signing"> & { readonly policy: () => Pick<ActivePolicy, "trust"> },
  found: SignatureEvidence,
  image: ImageKey,
  { firstSeenAt }: Pick<ImageSubject, "firstSeenAt">,
  now: Instant,
  signal?: AbortSignal,
): Promise<SignatureEvidence> {
  // Such signatures are Notation's.
  if (signing === undefined || policy().trust.notation === undefined || !isMissing(found)) return found;
  const asked = await settle(() => signing.state(image, signal), "signing: ");
  if ("fault" in asked) return { ...found, why: asked.fault };
  const { value: state } = asked;
  if (state.kind === "none") return found;
  const isOnItsWay = state.kind === "pending" && now < add(firstSeenAt, SIGNS_WITHIN);
  return isOnItsWay ? { kind: "pending", why: state.why } : { ...found, why: state.why };
}

type Missing = Extract<SignatureEvidence, { readonly kind: "examined" }>;

function isMissing(found: SignatureEvidence): found is Missing {
  return found.kind === "examined" && found.signatures.every(({ code }) => code !== "ok");
}
