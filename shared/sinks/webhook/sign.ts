import { createHmac } from "node:crypto";
import { AdapterError } from "../../ports/adapter-error.ts";

const PREFIX = "whsec_";
// Standard Webhooks 1.0.0, "Signature scheme": between 24 and 64 bytes.
const KEY_BYTES = { min: 24, max: 64 };

/** @throws AdapterError `malformed`, without the secret in it */
export function parseWebhookSecret(secret: string): Uint8Array {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  const key = Buffer.from(encoded, "base64");
  const isWhole = key.toString("base64").replace(/=+$/, "") === encoded.replace(/=+$/, "");
  if (isWhole && key.length >= KEY_BYTES.min && key.length <= KEY_BYTES.max) return key;
  throw new AdapterError("malformed", "the webhook's secret is not of the form that Standard Webhooks asks for", {
    mend: `write ${PREFIX} and the base64 of ${KEY_BYTES.min} to ${KEY_BYTES.max} random bytes`,
  });
}

/**
 * Value of `webhook-signature`: one signature a key, so that a receiver knows one of them while a key is rotated. HMAC-SHA256 over
 * `id.timestamp.body`, the body as it is sent (Standard Webhooks 1.0.0).
 */
export function signWebhook(keys: readonly Uint8Array[], id: string, timestamp: number, body: Uint8Array): string {
  return keys.map((key) => `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`).join(" ");
}
