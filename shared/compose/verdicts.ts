import { createPublicKey } from "node:crypto";
import * as z from "zod";
import { ParseError } from "../domain/parse-error.ts";
import type { ActivePolicy } from "../pipeline/deps.ts";
import { closed, duration } from "../policy/field.ts";
import type { Trust } from "../ports/signature-verifier.ts";
import type { Signer } from "../ports/signer.ts";
import type { VerdictPublisher } from "../ports/verdict-publisher.ts";
import type { Environment } from "../runtime/config.ts";
import { readSecret } from "../runtime/secret.ts";
import { openKeySigner } from "../signatures/publish/key-file.ts";
import { openPublisher, type PublisherSettings } from "../signatures/publish/publisher.ts";
import { readText } from "./policy-files.ts";

const reference = z.string().regex(/^(env|file):.+$/, { error: "write env:NAME or file:PATH; a secret must not stand in this file" });

export const VERDICTS = z.lazy(() =>
  closed({
    publish: z
      .enum(["passed", "nothing"])
      .default("passed")
      .describe("passed: beside each compliant image of a registry that is enforced. nothing: what was published is taken away."),
    key: reference.describe("Private key, ECDSA P-256 in PKCS #8 PEM. It must sign nothing else."),
    passphrase: reference.optional(),
    formerKeys: z
      .array(z.string().min(1))
      .default([])
      .describe("Files of public keys that were used before: what they signed is taken away like the gate's own."),
    verifier: z
      .url({ protocol: /^https$/, error: "write an https address" })
      .transform((url) => url.replace(/\/+$/, ""))
      .describe("The name under which consumers know who says so; it need not answer."),
    levels: z
      .array(z.string().regex(/^(?!SLSA_)[A-Z][A-Z0-9_]{0,79}$/, { error: "write capital letters, digits and _, and not SLSA_..." }))
      .max(20)
      .default([])
      .describe("What a pass means to you, for consumers to ask for."),
    renewEvery: duration().prefault("24h").describe("How old a published verdict gets. Consumers should take twice that at most."),
  }),
);

/** What is published, and with which key; everything but the program's version. */
export type VerdictSettings = Omit<PublisherSettings, "verifier"> & {
  readonly verifier: { readonly id: string; readonly levels: readonly string[] };
};

/** @throws ParseError on a key that cannot be used */
export function verdictSettings(
  { publish, key, passphrase, formerKeys, verifier, levels, renewEvery }: z.output<typeof VERDICTS>,
  environment: Environment,
  place: (...path: readonly string[]) => string,
): VerdictSettings {
  const secret = passphrase === undefined ? undefined : readSecret(passphrase, environment, place("passphrase"));
  return {
    signer: openKeySigner(key, secret, environment, place("key")),
    formerKeys: formerKeys.map((file) => spkiOf(readText(file, "former key"), file)),
    isOn: publish === "passed",
    freshFor: renewEvery,
    verifier: { id: verifier, levels },
  };
}

export function openVerdicts(settings: VerdictSettings, version: string): VerdictPublisher {
  return openPublisher({ ...settings, verifier: { ...settings.verifier, version } });
}

/**
 * Refuses a policy that trusts the key of the verdicts as a signer: the gate's own attestation would make every image that it passed look signed, by cosign 3
 * as well as here.
 * @throws ParseError
 */
export function refuseOwnKey(signer: Signer | undefined): (active: ActivePolicy) => void {
  return ({ policy, trust }) => {
    if (signer === undefined) return;
    const same = publicKeysIn(trust).find(({ pem }) => Buffer.compare(spkiOf(pem, policy.file), signer.spki) === 0);
    if (same !== undefined)
      throw new ParseError(
        policy.file,
        `the trusted signer ${same.name} has the key that the gate signs its verdicts with`,
        "sign verdicts with a key of their own, and trust no signer with it",
      );
  };
}

function publicKeysIn({ keys, attestors = [] }: Trust): readonly { readonly name: string; readonly pem: string }[] {
  const pinned = attestors.flatMap((attestor) =>
    attestor.kind === "pinned" ? attestor.keys.flatMap((key) => (key.kind === "pkix" ? [{ name: attestor.name, pem: key.pem }] : [])) : [],
  );
  return [...keys, ...pinned];
}

function spkiOf(pem: string, place: string): Uint8Array {
  try {
    return createPublicKey(pem).export({ type: "spki", format: "der" });
  } catch {
    throw new ParseError(place, "it is no public key in PEM form", "give the public half of the key: openssl pkey -pubout");
  }
}
