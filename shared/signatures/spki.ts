import { createPublicKey, type KeyObject } from "node:crypto";

/** Reads one SPKI PEM. Nothing else is taken for a public key: node:crypto would read certificates and private keys as well. Never throws. */
export function readSpki(pem: string): KeyObject | undefined {
  const text = pem.trim();
  const isOnePublicKey =
    text.startsWith("-----BEGIN PUBLIC KEY-----") && text.endsWith("-----END PUBLIC KEY-----") && text.split("-----").length === 5;
  if (!isOnePublicKey) return undefined;
  try {
    return createPublicKey({ key: text, format: "pem", type: "spki" });
  } catch {
    return undefined;
  }
}
