import type * as z from "zod";
import type { TRUST_SETTINGS } from "./settings.ts";
import type { PolicyIdentity, PolicyKey, PolicyTrust } from "./trust.ts";

type Written = z.output<typeof TRUST_SETTINGS>;

export function readTrust({ keys, identities, sigstore, notation }: Written): PolicyTrust {
  return {
    keys: keys.map(readKey),
    identities: identities.map(readIdentity),
    sigstore,
    ...(notation === undefined ? {} : { notation }),
  };
}

function readKey({ file, pem, ...key }: Written["keys"][number]): PolicyKey {
  return { ...key, source: pem === undefined ? { kind: "file", path: file ?? "" } : { kind: "pem", pem } };
}

function readIdentity({ claims, ...identity }: Written["identities"][number]): PolicyIdentity {
  const given = Object.entries(claims).flatMap(([claim, value]) => (value === undefined ? [] : [[claim, value] as const]));
  return { ...identity, claims: Object.fromEntries(given) };
}
