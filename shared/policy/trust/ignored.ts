import type { AttestationFact, ImageEvidence, SignatureFact } from "../../domain/evidence.ts";
import type { Voucher } from "../../domain/vouched.ts";
import type { IgnoredSignatures } from "./trust.ts";

/** The evidence as the policy counts it: signatures that it ignores are told as such and vouch for nothing. */
export function withoutIgnored(evidence: ImageEvidence, ignored: readonly IgnoredSignatures[]): ImageEvidence {
  if (ignored.length === 0) return evidence;
  const { signatures, attestations, vex, inventory, children } = evidence;
  const vouched = <Told extends Pick<AttestationFact, "signedBy">>(told: Told): Told => withoutVouchers(told, ignored);
  return {
    ...evidence,
    signatures:
      "signatures" in signatures
        ? { ...signatures, signatures: signatures.signatures.map((fact) => ignoreFact(fact, ignored)) }
        : signatures,
    attestations: attestations.kind === "examined" ? { ...attestations, statements: attestations.statements.map(vouched) } : attestations,
    vex: vex.kind === "examined" ? { ...vex, statements: vex.statements.map(vouched) } : vex,
    inventory:
      inventory.kind === "reported"
        ? { ...inventory, inventories: [vouched(inventory.inventories[0]), ...inventory.inventories.slice(1).map(vouched)] }
        : inventory,
    children: children.map((child) => withoutIgnored(child, ignored)),
  };
}

/** The fact with the code `ignored` where the policy says that it does not count. */
export function ignoreFact(fact: SignatureFact, ignored: readonly IgnoredSignatures[]): SignatureFact {
  const names = fact.code === "ok" && fact.identity !== undefined ? [fact.identity, ...(fact.alsoAs ?? [])] : [];
  const entry = ignored.find((each) => isMeant({ ...fact, names }, each));
  if (entry === undefined) return fact;
  const { format, place, detail } = fact;
  return { format, place, code: "ignored", detail: `${entry.reason}: ${detail}` };
}

function withoutVouchers<Told extends Pick<AttestationFact, "signedBy">>(told: Told, ignored: readonly IgnoredSignatures[]): Told {
  if (told.signedBy === undefined) return told;
  const counting = told.signedBy.filter((voucher) => !ignored.some((each) => isMeant(voucher, each)));
  return { ...told, signedBy: counting };
}

type Signature = Omit<Voucher, "names"> & { readonly names: readonly string[] };

function isMeant({ names, place, signedAt, madeAfter }: Signature, { signer, signature, from, until }: IgnoredSignatures): boolean {
  if (signer !== undefined && !names.includes(signer)) return false;
  if (signature !== undefined && signature !== place) return false;
  // Whoever stole a key writes what they like under a signature. They cannot have it logged before they made it, and can have it logged again at any time.
  const isBefore = from !== undefined && signedAt !== undefined && signedAt.by !== "signer" && signedAt.at < from;
  const isAfter = until !== undefined && madeAfter !== undefined && madeAfter.by !== "signer" && madeAfter.at >= until;
  return !isBefore && !isAfter;
}
