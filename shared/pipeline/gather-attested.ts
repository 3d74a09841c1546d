import type { Digest } from "../domain/digest.ts";
import type { SignatureFact } from "../domain/evidence.ts";
import type { Vouched, Voucher } from "../domain/vouched.ts";
import type { SignatureVerifier, VerifyRequest } from "../ports/signature-verifier.ts";
import type { Documents } from "./gather-facts.ts";
import { settle } from "./settle.ts";

/**
 * Names who vouches for what was read out of signed statements: attestations, VEX and inventories. A signature vouches for the statement whose
 * bytes it covers, wherever that lies and whatever lies beside it.
 */
export async function vouched(
  verifiers: readonly SignatureVerifier[],
  request: VerifyRequest,
  documents: Documents,
  signal?: AbortSignal,
): Promise<Documents> {
  const { attestations } = documents;
  if (attestations.kind !== "examined") return documents;
  const signable = attestations.statements.filter(({ statement }) => statement !== undefined);
  if (signable.length === 0) return documents;
  const predicateType = [...new Set(signable.map((each) => each.predicateType))];
  const asked = { ...request, trust: { ...request.trust, predicateType } };
  const answers = await settle(async () => (await Promise.all(verifiers.map((verifier) => verifier.verify(asked, signal)))).flat());
  if ("fault" in answers) {
    const unavailable = { kind: "unavailable", why: answers.fault } as const;
    return { ...documents, attestations: unavailable, vex: unavailable };
  }
  return withVouchers(documents, vouchersIn(answers.value));
}

type Vouchers = ReadonlyMap<Digest, readonly Voucher[]>;

function vouchersIn(facts: readonly SignatureFact[]): Vouchers {
  const vouchers = new Map<Digest, Voucher[]>();
  for (const fact of facts.toSorted((a, b) => (a.place < b.place ? -1 : 1))) {
    const { statement, code } = fact;
    const voucher = voucherOf(fact);
    if (statement === undefined || code !== "ok" || voucher === undefined) continue;
    const known = vouchers.get(statement);
    if (known === undefined) vouchers.set(statement, [voucher]);
    else known.push(voucher);
  }
  return vouchers;
}

function voucherOf({ identity, alsoAs = [], place, signedAt, madeAfter, goodUntil }: SignatureFact): Voucher | undefined {
  if (identity === undefined) return undefined;
  return {
    names: [identity, ...alsoAs],
    place,
    ...(signedAt === undefined ? {} : { signedAt }),
    ...(madeAfter === undefined ? {} : { madeAfter }),
    ...(goodUntil === undefined ? {} : { goodUntil }),
  };
}

function withVouchers(documents: Documents, vouchers: Vouchers): Documents {
  const { attestations, vex, inventory } = documents;
  const by = <Told extends Vouched>(told: Told): Told => {
    const signedBy = told.statement === undefined ? undefined : vouchers.get(told.statement);
    return signedBy === undefined ? told : { ...told, signedBy };
  };
  return {
    ...documents,
    attestations: attestations.kind === "examined" ? { ...attestations, statements: attestations.statements.map(by) } : attestations,
    vex: vex.kind === "examined" ? { ...vex, statements: vex.statements.map(by) } : vex,
    inventory:
      inventory.kind === "reported"
        ? { ...inventory, inventories: [by(inventory.inventories[0]), ...inventory.inventories.slice(1).map(by)] }
        : inventory,
  };
}
