import * as z from "zod";
import { IDENTITY_CLAIMS } from "../../domain/identity-claims.ts";
import { closed, date, duration, name } from "../field.ts";
import { ATTESTOR } from "./attestors.ts";
import { ROLES } from "./roles.ts";
import type { Wording } from "./trust.ts";

const FILE = z.string().min(1, { error: "name a file" });
const NEED = z.enum(["required", "ignored"]);

/** The name of Notation's signers where the policy gives none. */
export const NOTATION_NAME = "notation";

const SIGSTORE_NAME = z.string().optional();

const KEY = z.lazy(() =>
  closed({
    name: name("Name of the key; rules and reasons use it."),
    file: FILE.optional().describe("Public key in PEM, read relative to the policy file."),
    pem: z.string().optional().describe("Public key in PEM, written out here."),
    hash: z
      .enum(["sha256", "sha384", "sha512", "of-key"])
      .default("of-key")
      .describe(
        "Digest that goes with the key. of-key: that of the key's own strength, as cosign signs: SHA-384 for P-384, SHA-512 for P-521, else SHA-256; with Ed25519 the pure form (sha256) or the pre-hashed one (sha512, Ed25519ph).",
      ),
    transparencyLog: NEED.default("ignored").describe("Whether its signatures must also be in a log of a Sigstore."),
    sigstore: SIGSTORE_NAME.describe("Name of the Sigstore whose logs count. Needed where several are trusted and a log is required."),
    roles: ROLES,
  }).meta({ oneOf: [{ required: ["file"] }, { required: ["pem"] }] }),
);

const TEXT = z.string().min(1, { error: "write a text" }).max(2048, { error: "write at most 2048 characters" });

const wording = (doc: string) =>
  TEXT.transform((value): Wording => ({ kind: value.includes("*") ? "pattern" : "exact", value })).describe(
    `${doc} Compared to the last character; * stands for any characters.`,
  );

const CLAIMS = z.lazy(() => closed(Object.fromEntries(IDENTITY_CLAIMS.map((claim) => [claim, TEXT.optional()]))));

const IDENTITY = z.lazy(() =>
  closed({
    name: name("Name of the signer; rules and reasons use it."),
    issuer: wording("Address of the OpenID provider that vouches for the signer, such as https://token.actions.githubusercontent.com."),
    subject: wording("Mail address, URI of the workflow or user name in the certificate."),
    claims: CLAIMS.default({}).describe("What else the certificate must say, exactly."),
    sigstore: SIGSTORE_NAME.describe("Name of the Sigstore that vouches for the signer, and no other. Needed where several are trusted."),
    roles: ROLES,
  }),
);

const MIRROR = z.lazy(() =>
  closed({
    url: z
      .string()
      .regex(/^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[^\s?#]*)?$/, { error: "write an https address without user and query" })
      .refine((text) => URL.canParse(text), { error: "write a whole address" })
      .describe("Address of the mirror: timestamp.json lies directly below it, targets below targets/."),
    root: FILE.describe(
      "root.json that trust begins with, read relative to the policy file. Take it from whoever runs the instance, not from the mirror.",
    ),
    target: z
      .string()
      .min(1, { error: "name a target" })
      .default("trusted_root.json")
      .describe("Name of the target that is the trusted root."),
    every: duration().prefault("24h").describe("How often the gate asks it."),
    internal: z.boolean().default(false).describe("The mirror is in the own network, or on this machine."),
  }),
);

const SIGSTORE = z.lazy(() =>
  closed({
    name: name("Name of the instance; identities and keys use it."),
    root: FILE.optional().describe(
      "trusted_root.json of the instance, read relative to the policy file. Nothing is fetched: put a newer file in its place.",
    ),
    mirror: MIRROR.optional().describe(
      "Where the trusted_root.json of the instance is fetched, in place of root (TUF). The gate renews it; without network the last one stays in use.",
    ),
    transparencyLog: NEED.default("required").describe("An entry in a log of the root (Rekor)."),
    timestamp: NEED.default("ignored").describe(
      "A timestamp of an authority of the root (RFC 3161). Needed in any case where no log tells the time.",
    ),
    sct: NEED.default("required").describe("That the certificate is in a certificate log of the root."),
    allowsChain: z.boolean().default(false).describe("Whether a bundle of version 0.3 may bring the issuers of its certificate."),
  }).meta({ oneOf: [{ required: ["root"] }, { required: ["mirror"] }] }),
);

const NOTATION = z.lazy(() =>
  closed({
    name: name("Name of whoever signs as the trust policy demands; rules and reasons use it.").default(NOTATION_NAME),
    policy: FILE.describe("trustpolicy.json of Notation, read relative to the policy file."),
    store: FILE.describe("Folder of Notation's trust stores, in which x509/ca/NAME and the like lie."),
    roles: ROLES,
  }),
);

const IGNORED = z.lazy(() =>
  closed({
    signer: z.string().optional().describe("Whose signatures do not count; everybody's where it is left out."),
    signature: TEXT.optional().describe(
      "The one that does not count: the digest of its manifest, or its tag where it has one, as moorgate verify shows it.",
    ),
    from: date()
      .optional()
      .describe(
        "Only what was made from this day on. A signature counts as made before it where a log or an authority says so; its signer's word is not enough.",
      ),
    until: date()
      .optional()
      .describe(
        "Only what was made before this day. A signature counts as made after it where its certificate or a signing authority says so.",
      ),
    reason: TEXT.describe("Why; it is told with each signature that does not count."),
  }),
);

export const TRUST_SETTINGS = closed({
  keys: z.array(KEY).default([]).describe("Signers with a key."),
  identities: z.array(IDENTITY).default([]).describe("Signers with certificates of Sigstore (keyless). They need sigstore."),
  sigstore: z
    .array(SIGSTORE)
    .default([])
    .describe("Instances of Sigstore: whose certificates, logs and timestamps count, and which of them are demanded."),
  notation: NOTATION.optional().describe("Signers by the files of the Notary Project."),
  attestors: z
    .array(ATTESTOR)
    .default([])
    .describe("Signers by Google's Binary Authorization. Its attestations are not in the registry: name where they are beside the policy."),
  ignored: z
    .array(IGNORED)
    .default([])
    .describe("Signatures that do not count although they are good, such as those of a key that leaked."),
});
