import type * as z from "zod";
import { readPolicyAttestor } from "./attestors.ts";
import type { TRUST_SETTINGS } from "./settings.ts";
import type { PolicyIdentity, PolicyKey, PolicySigstore, PolicyTrust } from "./trust.ts";

type Written = z.output<typeof TRUST_SETTINGS>;

export function readTrust({ keys, identities, sigstore, notation, attestors, ignored }: Written): PolicyTrust {
  return {
    keys: keys.map(readKey),
    identities: identities.map(readIdentity),
    sigstore: sigstore.map(readSigstore),
    ignored,
    ...(notation === undefined ? {} : { notation }),
    ...(attestors.length === 0 ? {} : { attestors: attestors.map(readPolicyAttestor) }),
  };
}

function readKey({ file, pem, ...key }: Written["keys"][number]): PolicyKey {
  return { ...key, source: pem === undefined ? { kind: "file", path: file ?? "" } : { kind: "pem", pem } };
}

function readSigstore({ root, mirror, ...sigstore }: Written["sigstore"][number]): PolicySigstore {
  if (mirror === undefined) return { ...sigstore, source: { kind: "file", path: root ?? "" } };
  const { internal, ...address } = mirror;
  return { ...sigstore, source: { kind: "mirror", ...address, isInternal: internal } };
}

function readIdentity({ claims, ...identity }: Written["identities"][number]): PolicyIdentity {
  const given = Object.entries(claims).flatMap(([claim, value]) => (value === undefined ? [] : [[claim, value] as const]));
  return { ...identity, claims: Object.fromEntries(given) };
}
