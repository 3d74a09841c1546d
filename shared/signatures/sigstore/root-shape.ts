import * as z from "zod";
import { base64 } from "../strict.ts";

// sigstore/protobuf-specs, protos/sigstore_{trustroot,common}.proto, in their JSON form. Members that are not read here are let pass: the
// file comes from the operator, and newer ones say more.

const MAX_ENTRIES = 64;
const MAX_CERTIFICATES = 10;

const validFor = z.object({ start: z.string().nullish(), end: z.string().nullish() }).nullish();
const logId = z.object({ keyId: base64 });

const log = z.object({
  publicKey: z.object({ rawBytes: base64, keyDetails: z.string().nullish(), validFor }),
  logId,
  checkpointKeyId: logId.nullish(),
});

const authority = z.object({
  certChain: z.object({
    certificates: z
      .array(z.object({ rawBytes: base64 }))
      .min(1)
      .max(MAX_CERTIFICATES),
  }),
  validFor,
});

export const rootShape = z.object({
  mediaType: z.enum([
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
  ]),
  tlogs: z.array(log).max(MAX_ENTRIES).nullish(),
  certificateAuthorities: z.array(authority).max(MAX_ENTRIES).nullish(),
  ctlogs: z.array(log).max(MAX_ENTRIES).nullish(),
  timestampAuthorities: z.array(authority).max(MAX_ENTRIES).nullish(),
});

export type LogDocument = z.output<typeof log>;
export type AuthorityDocument = z.output<typeof authority>;
export type ValidFor = z.output<typeof validFor>;
