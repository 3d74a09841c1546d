import { createHash, type KeyObject } from "node:crypto";
import { sha256Of } from "../../oci/sha256.ts";
import type { AttestorKey } from "../../ports/occurrence-source.ts";
import { readSpki } from "../spki.ts";
import { isMadeBy, objectionToKey } from "./algorithms.ts";
import { type Opened, refuse, type Signed, type Told, type VerificationKey } from "./opened.ts";
import { readPgpKey } from "./pgp-key.ts";

/** Never throws. */
export function readKey(key: AttestorKey): VerificationKey {
  if (key.kind === "unsupported") return { kind: "unusable", why: key.why };
  if (key.kind === "pgp") return readPgpKey(key.armored);
  const read = readSpki(key.pem);
  if (read === undefined) return { kind: "unusable", why: "is no public key in SPKI PEM form" };
  const objection = objectionToKey(read, key.algorithm);
  if (objection !== undefined) return { kind: "unusable", why: objection };
  const spki = read.export({ type: "spki", format: "der" });
  const own = key.id ?? defaultId(spki);
  const told = { key: sha256Of(spki) };
  return { kind: "usable", isNamed: (id) => id === own, open: (signed) => openPkix(read, key.algorithm, signed, told) };
}

// RFC 6920, as Binary Authorization and kritis (pkg/attestlib/pkix_key.go) name a key for which nobody gave a name.
function defaultId(spki: Uint8Array): string {
  return `ni:///sha-256;${createHash("sha256").update(spki).digest("base64url")}`;
}

function openPkix(key: KeyObject, algorithm: Parameters<typeof isMadeBy>[1], { payload, signature }: Signed, told: Told): Opened {
  if (payload === undefined) return refuse("malformed", "it has no serializedPayload, so nothing was signed");
  if (isMadeBy(key, algorithm, payload, signature)) return { kind: "genuine", payload, told };
  return refuse("signature-invalid", "not made by the key that it names, or changed since");
}
