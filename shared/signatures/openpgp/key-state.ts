import { add, type Instant } from "../../domain/time.ts";
import type { Certificate, Owned } from "./certificate.ts";
import type { Signature } from "./signature.ts";

/** Whether a key may sign now. `endsAt`: from then on it may not. */
export type KeyState =
  | { readonly kind: "good"; readonly endsAt: Instant | undefined }
  | { readonly kind: "revoked" | "expired" | "not-yet-valid" | "unable" };

const MAY_SIGN = 0x02;

/** State of the primary key or of one of its subkeys. */
export function stateOf({ primary, users }: Certificate, owned: Owned, now: Instant): KeyState {
  if (primary.isRevoked || owned.isRevoked) return { kind: "revoked" };
  const says = [latest(users, now), latest(primary.statements, now)].filter((each) => each !== undefined);
  const about = owned === primary ? says : [latest(owned.statements, now)].filter((each) => each !== undefined);
  if (owned !== primary && owned.statements.length === 0) return { kind: "unable" };
  if (says.length === 0 || about.length === 0) return silent([...users, ...primary.statements, ...owned.statements], now);
  // A key that does not say that it signs does not sign.
  const flags = about.map(({ keyFlags }) => keyFlags).find((each) => each !== undefined) ?? 0;
  if ((flags & MAY_SIGN) === 0) return { kind: "unable" };
  const ends = [...says.flatMap((each) => endsOf(each, primary)), ...about.flatMap((each) => endsOf(each, owned))];
  return lifeOf([primary, owned], ends, now);
}

/** Nothing is said of it now: not any more, or not yet. */
function silent(statements: readonly Signature[], now: Instant): KeyState {
  return { kind: statements.some(({ createdAt }) => createdAt > now) ? "not-yet-valid" : "expired" };
}

function lifeOf(keys: readonly Owned[], ends: readonly Instant[], now: Instant): KeyState {
  if (keys.some(({ key }) => key.createdAt > now)) return { kind: "not-yet-valid" };
  const endsAt = ends.reduce<Instant | undefined>((one, other) => (one === undefined || other < one ? other : one), undefined);
  return endsAt !== undefined && endsAt <= now ? { kind: "expired" } : { kind: "good", endsAt };
}

/** The one that counts: the last that was made, of those that say something now. */
function latest(statements: readonly Signature[], now: Instant): Signature | undefined {
  return statements
    .filter(({ createdAt, expiresAfter }) => createdAt <= now && (expiresAfter === undefined || add(createdAt, expiresAfter) > now))
    .reduce<Signature | undefined>((best, each) => (best === undefined || each.createdAt >= best.createdAt ? each : best), undefined);
}

function endsOf({ createdAt, expiresAfter, keyExpiresAfter }: Signature, { key }: Owned): readonly Instant[] {
  return [
    ...(keyExpiresAfter === undefined ? [] : [add(key.createdAt, keyExpiresAfter)]),
    ...(expiresAfter === undefined ? [] : [add(createdAt, expiresAfter)]),
  ];
}
