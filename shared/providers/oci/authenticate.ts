import { createHash, timingSafeEqual } from "node:crypto";
import type { Delivery } from "../../ports/event-decoder.ts";

/**
 * Whether the sender put one of the secrets into `Authorization`: as a Bearer token, as the password of Basic, or as it is, for
 * distribution's `headers:` sends what was configured. No comparison ends early, and none tells how long a secret is.
 */
export function knowsSecret({ headers }: Delivery, secrets: readonly string[]): boolean {
  const given = offers(headers["authorization"] ?? "").map(hashOf);
  let known = false;
  for (const secret of secrets.filter((one) => one !== "").map(hashOf)) {
    for (const offer of given) if (timingSafeEqual(offer, secret)) known = true;
  }
  return known;
}

function offers(authorization: string): readonly string[] {
  const [, scheme = "", rest = ""] = /^(bearer|basic) +(\S+)$/i.exec(authorization.trim()) ?? [];
  if (scheme === "") return [authorization.trim()];
  if (scheme.toLowerCase() === "bearer") return [authorization.trim(), rest];
  const pair = Buffer.from(rest, "base64").toString("utf8");
  return [authorization.trim(), pair, pair.slice(pair.indexOf(":") + 1)];
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
