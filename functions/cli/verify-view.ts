import type { SignatureCode, SignatureFact } from "../../shared/domain/evidence.ts";
import { artifactTypeOf, printPlatform } from "../../shared/domain/manifest.ts";
import { printInstant } from "../../shared/domain/time.ts";
import type { EarliestTime, SigningTime } from "../../shared/domain/vouched.ts";
import type { AskedPlace } from "../../shared/oci/discovery.ts";
import type { ListedSignature, SignatureList } from "../../shared/pipeline/list-signatures.ts";
import type { Referrer } from "../../shared/ports/image-source.ts";
import type { SignatureClaim } from "../../shared/ports/signature-verifier.ts";

/** `not-verified`: nobody is trusted for it, so nobody looked. `unsigned`: a statement that carries no signature. */
export type ShownOutcome = SignatureCode | "not-verified" | "unsigned";

export const NOBODY_TRUSTED = "nobody is trusted, so nothing is verified";

/** One signature or attestation, for scripts; whatever `claimed` says was verified by nobody. Keep it stable. */
export interface SignatureView {
  readonly outcome: ShownOutcome;
  readonly says: "signature" | "attestation" | "unknown";
  readonly predicateType?: string;
  readonly format?: SignatureFact["format"];
  readonly form?: string;
  /** Digest of its manifest, or its tag. */
  readonly place: string;
  readonly identity?: string;
  /** Further trusted names that it verifies under. */
  readonly alsoAs?: readonly string[];
  /** SHA-256 of the public key that made it; absent where a certificate did. */
  readonly key?: string;
  readonly signer?: { readonly issuer: string; readonly subject: string };
  /** When it was there at the latest, and whose word that is. */
  readonly signedAt?: { readonly at: string; readonly by: SigningTime["by"] };
  /** When it was made at the earliest. */
  readonly madeAfter?: { readonly at: string; readonly by: EarliestTime["by"] };
  /** Names and values that were signed along. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly goodUntil?: string;
  readonly detail: string;
  readonly claimed?: ClaimView;
}

export interface ClaimView {
  readonly by?: "key" | "certificate";
  readonly issuer?: string;
  readonly subject?: string;
  readonly at?: string;
  /** Digest of the image that it names. */
  readonly about?: string;
}

export interface ImageSignatures {
  readonly digest: string;
  readonly kind: "image" | "index";
  readonly platform?: string;
  readonly signatures: readonly SignatureView[];
  /** Others, of no type that was asked for. */
  readonly hidden: number;
  /** What else refers to the image. */
  readonly others: readonly OtherView[];
  readonly unavailable?: string;
  readonly children: readonly ImageSignatures[];
  readonly missingChildren: readonly string[];
}

/** A manifest that refers to the image and is neither signature nor attestation. */
export interface OtherView {
  readonly place: string;
  readonly artifactType?: string;
}

export interface ViewSettings {
  /** Whether anybody is trusted; otherwise no outcome means anything. */
  readonly isAnybodyTrusted: boolean;
  /** Only attestations of this type. */
  readonly predicateType: string | undefined;
}

export function viewOf(list: SignatureList, settings: ViewSettings): ImageSignatures {
  const { subject, signatures, others, unavailable, children, missingChildren } = list;
  const all = signatures.map((each) => signatureView(each, settings));
  const shown = all.filter(({ predicateType }) => settings.predicateType === undefined || predicateType === settings.predicateType);
  return {
    digest: subject.digest,
    kind: subject.kind,
    ...(subject.platform === undefined ? {} : { platform: printPlatform(subject.platform) }),
    signatures: shown.toSorted((a, b) => rankOf(a) - rankOf(b)),
    hidden: all.length - shown.length,
    others: others.map(otherView),
    ...(unavailable === undefined ? {} : { unavailable }),
    children: children.map((child) => viewOf(child, settings)),
    missingChildren,
  };
}

/** What counts first, and of that the signatures. */
function rankOf({ outcome, says }: SignatureView): number {
  if (outcome !== "ok") return 2;
  return says === "signature" ? 0 : 1;
}

function otherView({ manifest, tag }: Referrer): OtherView {
  const artifactType = artifactTypeOf(manifest);
  return { place: tag ?? manifest.digest, ...(artifactType === undefined ? {} : { artifactType }) };
}

function signatureView({ claim, fact, unsigned }: ListedSignature, { isAnybodyTrusted }: ViewSettings): SignatureView {
  if (unsigned !== undefined) return unsignedView(unsigned);
  const known = isAnybodyTrusted ? fact : undefined;
  return {
    ...contentOf(claim ?? fact),
    ...placeOf(claim ?? fact),
    ...(known === undefined ? { outcome: "not-verified", detail: detailOf(claim) } : factView(known)),
    ...(claim === undefined ? {} : { claimed: claimView(claim) }),
  };
}

function unsignedView({ predicateType, place }: NonNullable<ListedSignature["unsigned"]>): SignatureView {
  const detail = "a statement that nobody signed: whoever may push can write it";
  return { outcome: "unsigned", says: "attestation", predicateType, place, detail };
}

function contentOf(claim: SignatureClaim | SignatureFact | undefined): Pick<SignatureView, "says" | "predicateType"> {
  // Binary Authorization keeps nothing in the registry that could claim something; what it attests is the image.
  if (claim?.format === "binauthz") return { says: "signature" };
  if (claim === undefined || !("says" in claim) || claim.says.kind === "unreadable") return { says: "unknown" };
  return claim.says.kind === "signature" ? { says: "signature" } : { says: "attestation", predicateType: claim.says.predicateType };
}

function placeOf(known: SignatureClaim | SignatureFact | undefined): Pick<SignatureView, "format" | "form" | "place"> {
  if (known === undefined) return { place: "" };
  return { format: known.format, ...("form" in known ? { form: known.form } : {}), place: known.place };
}

type FactView = Omit<SignatureView, "says" | "predicateType" | "format" | "form" | "place" | "claimed">;

function factView({ code, detail, identity, alsoAs, key, signer, annotations, ...times }: SignatureFact): FactView {
  return {
    outcome: code,
    detail,
    ...(identity === undefined ? {} : { identity }),
    ...(alsoAs === undefined ? {} : { alsoAs }),
    ...(key === undefined ? {} : { key }),
    ...(signer === undefined ? {} : { signer }),
    ...(annotations === undefined ? {} : { annotations }),
    ...timesView(times),
  };
}

type Times = "signedAt" | "madeAfter" | "goodUntil";

function timesView({ signedAt, madeAfter, goodUntil }: Pick<SignatureFact, Times>): Pick<SignatureView, Times> {
  return {
    ...(signedAt === undefined ? {} : { signedAt: { at: printInstant(signedAt.at), by: signedAt.by } }),
    ...(madeAfter === undefined ? {} : { madeAfter: { at: printInstant(madeAfter.at), by: madeAfter.by } }),
    ...(goodUntil === undefined ? {} : { goodUntil: printInstant(goodUntil) }),
  };
}

function detailOf(claim: SignatureClaim | undefined): string {
  return claim?.says.kind === "unreadable" ? claim.says.why : NOBODY_TRUSTED;
}

function claimView({ signer, signedAt, about }: SignatureClaim): ClaimView {
  return {
    ...(signer === undefined ? {} : { by: signer.kind }),
    ...(signer?.kind === "certificate" ? { issuer: signer.issuer, subject: signer.subject } : {}),
    ...(signedAt === undefined ? {} : { at: printInstant(signedAt) }),
    ...(about === undefined ? {} : { about }),
  };
}

/** Where it was looked, for scripts. `attestation-files`: those that the command line named, `found`: how many. */
export interface AskedView {
  readonly place: AskedPlace["place"]["kind"] | "attestation-files";
  readonly tag?: string;
  readonly found: AskedPlace["found"];
}

export function askedView({ place, found }: AskedPlace): AskedView {
  return { place: place.kind, ...(place.kind === "tag" ? { tag: place.tag } : {}), found };
}
