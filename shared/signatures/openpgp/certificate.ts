import { AdapterError } from "../../ports/adapter-error.ts";
import { readArmor } from "./armor.ts";
import { damaged, unsupported } from "./cursor.ts";
import { isMadeBy } from "./made-by.ts";
import { MARKER, type Packet, PUBLIC_KEY, PUBLIC_SUBKEY, readPackets, SIGNATURE, USER_ATTRIBUTE, USER_ID } from "./packets.ts";
import { type PublicKey, readPublicKey } from "./public-key.ts";
import { readSignature, type Signature, typeOf } from "./signature.ts";

/** An OpenPGP key with its subkeys: what its owner says of them has been verified, what others say of it is left out. */
export interface Certificate {
  /** That of the primary key, 40 upper-case hex digits. */
  readonly fingerprint: string;
  readonly primary: Owned;
  /** What it says of itself with its user ids; of those that it has not taken back. */
  readonly users: readonly Signature[];
  readonly subkeys: readonly Owned[];
}

/** A key, and what the primary key says of it. */
export interface Owned {
  readonly key: PublicKey;
  readonly isRevoked: boolean;
  readonly statements: readonly Signature[];
}

const PLACE = "OpenPGP key";
// RFC 9580, 5.2.1.
const USER_CERTIFICATIONS = [0x10, 0x11, 0x12, 0x13];
const SUBKEY_BINDING = 0x18;
const PRIMARY_BINDING = 0x19;
const DIRECT_KEY = 0x1f;
const KEY_REVOCATION = 0x20;
const SUBKEY_REVOCATION = 0x28;
const USER_REVOCATION = 0x30;

interface Component {
  readonly tag: number;
  readonly body: Uint8Array;
  /** Bodies of the signatures that follow it. */
  readonly signatures: Uint8Array[];
}

/**
 * Reads one OpenPGP key in ASCII armor, as `gpg --armor --export` writes it.
 * @throws AdapterError malformed: also where something that it says of itself does not verify; unsupported; too-large
 */
export function readCertificate(armored: string): Certificate {
  const [first, ...others] = componentsOf(readPackets(readArmor(armored, ["PGP PUBLIC KEY BLOCK"], PLACE), PLACE));
  if (first === undefined) throw damaged(PLACE, "does not begin with a public key");
  const key = readPublicKey(first.body);
  const primary = { key, isRevoked: isRevoked(first, KEY_REVOCATION), statements: ownStatements(first, [DIRECT_KEY], key, key.hashed) };
  const users = others.filter(({ tag }) => tag !== PUBLIC_SUBKEY).flatMap((user) => userStatements(user, key));
  if (primary.statements.length + users.length === 0) throw unsupported(PLACE, "it says nothing of itself with SHA-256 or stronger");
  const subkeys = others.filter(({ tag }) => tag === PUBLIC_SUBKEY).flatMap((subkey) => readSubkey(subkey, key));
  return { fingerprint: key.fingerprint, primary, users, subkeys };
}

function componentsOf(packets: readonly Packet[]): readonly Component[] {
  const components: Component[] = [];
  for (const { tag, body } of packets) {
    const isFirst = components.length === 0;
    if (tag === SIGNATURE && !isFirst) components.at(-1)?.signatures.push(body);
    else if (isFirst ? tag === PUBLIC_KEY : [USER_ID, USER_ATTRIBUTE, PUBLIC_SUBKEY].includes(tag))
      components.push({ tag, body, signatures: [] });
    else if (tag !== MARKER) throw damaged(PLACE, isFirst ? "does not begin with a public key" : "holds more than one public key");
  }
  return components;
}

// Whoever made it, and whatever the reason: who takes a key back does not want it to be believed, and a revocation that cannot be verified
// (by somebody whom the owner appointed, or with SHA-1) is not worth a risk.
function isRevoked({ signatures }: Component, type: number): boolean {
  return signatures.some((body) => typeOf(body) === type);
}

function userStatements(user: Component, primary: PublicKey): readonly Signature[] {
  const [size, prefix] = [user.body.length, user.tag === USER_ID ? 0xb4 : 0xd1];
  const head = Uint8Array.of(prefix, size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff);
  const covered = Buffer.concat([primary.hashed, head, user.body]);
  const takenBack = ownStatements(user, [USER_REVOCATION], primary, covered);
  return takenBack.length > 0 ? [] : ownStatements(user, USER_CERTIFICATIONS, primary, covered);
}

/** Subkeys that cannot sign or do not count (encryption, older versions) are left out. */
function readSubkey(subkey: Component, primary: PublicKey): readonly Owned[] {
  const key = orUndefined(() => readPublicKey(subkey.body));
  if (key?.key === undefined) return [];
  const covered = Buffer.concat([primary.hashed, key.hashed]);
  const statements = ownStatements(subkey, [SUBKEY_BINDING], primary, covered).filter((binding) => belongs(binding, key, covered));
  return [{ key, isRevoked: isRevoked(subkey, SUBKEY_REVOCATION), statements }];
}

// Without the subkey's own word somebody could call another's signing key his own (RFC 9580, 5.2.1, 0x19).
function belongs({ embedded }: Signature, subkey: PublicKey, covered: Uint8Array): boolean {
  if (embedded === undefined) return false;
  const back = orUndefined(() => readSignature(embedded));
  return back?.type === PRIMARY_BINDING && isMadeBy(subkey, back, covered);
}

/** What the primary key itself says; words of others and of kinds that do not count are passed over. */
function ownStatements({ signatures }: Component, types: readonly number[], primary: PublicKey, covered: Uint8Array): readonly Signature[] {
  const own = signatures
    .filter((body) => types.includes(typeOf(body)))
    .map((body) => orUndefined(() => readSignature(body)))
    .filter((signature) => signature !== undefined)
    .filter(({ issuers }) => issuers.length === 0 || issuers.includes(primary.fingerprint) || issuers.includes(primary.keyId));
  if (!own.every((signature) => isMadeBy(primary, signature, covered))) throw damaged(PLACE, "what it says of itself does not verify");
  return own;
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AdapterError && error.code === "unsupported") return undefined;
    throw error;
  }
}
