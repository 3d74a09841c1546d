import { createHash } from "node:crypto";
import type { Instant } from "../../domain/time.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AwsSignerRevocation } from "../../ports/notation-trust.ts";
import { malformed } from "../der.ts";
import { dayAfter, type RevocationStatus, unknown } from "../revocation/status.ts";
import type { Certificate } from "../x509.ts";

/** What AWS Signer writes into its signatures, beside what the specification names. */
export interface AwsSigned {
  /** ARN of the profile's version that signed. */
  readonly profileVersion: string;
  /** ARN of the job that signed. */
  readonly job: string;
}

/** The attributes that are read; all of them under the signature. */
interface Signed {
  readonly plugin: string | undefined;
  readonly pluginMinVersion: string | undefined;
  readonly critical: readonly string[];
  readonly text: (name: string) => string | undefined;
}

const PLUGIN = "com.amazonaws.signer.notation.plugin";
const PROFILE_VERSION = "com.amazonaws.signer.signingProfileVersion";
const JOB = "com.amazonaws.signer.signingJob";
export const AWS_ATTRIBUTES: readonly string[] = [PROFILE_VERSION, JOB];
const PLACE = "envelope";
const PROFILE_VERSION_ARN = /^arn:[a-z0-9-]+:signer:[a-z0-9-]+:\d+:\/signing-profiles\/[A-Za-z0-9_]+\/[A-Za-z0-9_]+$/;
const JOB_ARN = /^arn:[a-z0-9-]+:signer:[a-z0-9-]+:\d+:\/signing-jobs\/[A-Za-z0-9-]+$/;

/**
 * What a signature of AWS Signer says that its plugin for Notation would check; `undefined`: it asks for no plugin, or for another one.
 * @throws AdapterError malformed; unsupported: a version of the plugin that is not known here
 */
export function readAwsSigned({ plugin, pluginMinVersion = "1.0.0", critical, text }: Signed): AwsSigned | undefined {
  if (plugin !== PLUGIN) return undefined;
  // What is done here is what versions 1 of the plugin do.
  if (!/^1\.\d{1,9}\.\d{1,9}$/.test(pluginMinVersion))
    throw new AdapterError("unsupported", `${PLACE}: asks for a version of AWS Signer's plugin that is not known`);
  const read = (name: string, form: RegExp): string => {
    const value = critical.includes(name) ? text(name) : undefined;
    if (value === undefined || value.length > 512 || !form.test(value))
      throw malformed(PLACE, `${name} is missing, not critical or no such ARN`);
    return value;
  };
  return { profileVersion: read(PROFILE_VERSION, PROFILE_VERSION_ARN), job: read(JOB, JOB_ARN) };
}

/** Whether an identity of a trust policy is a signing profile, or one version of it. */
export function isSigningProfile(identity: string): boolean {
  return PROFILE_VERSION_ARN.test(identity) || PROFILE_VERSION_ARN.test(`${identity}/version`);
}

/** Whether the profile is trusted, in all its versions or in this one; like the plugin, without regard to letter case. */
export function isTrustedProfile({ profileVersion }: AwsSigned, trusted: readonly string[]): boolean {
  const version = profileVersion.toLowerCase();
  const profile = version.slice(0, version.lastIndexOf("/"));
  return trusted.some((identity) => [profile, version].includes(identity.toLowerCase()));
}

/** Whether AWS has taken back the profile, the job or a certificate. Instead of lists and responders, as the plugin does. */
export async function askAwsSigner(
  { source, now }: { readonly source: AwsSignerRevocation | undefined; readonly now: Instant },
  signed: AwsSigned,
  chain: readonly Certificate[],
  signedAt: Instant,
  signal?: AbortSignal,
): Promise<RevocationStatus> {
  // Nobody says how long such an answer holds.
  const until = dayAfter(now);
  if (source === undefined) return unknown("nobody is there to ask AWS Signer whether it has been revoked");
  try {
    const [first] = await source.revoked(
      {
        certificateHashes: certificateHashes(chain),
        jobArn: signed.job,
        profileVersionArn: signed.profileVersion,
        platformId: "Notation-OCI-SHA384-ECDSA",
        signatureTimestamp: signedAt,
      },
      signal,
    );
    if (first === undefined) return { kind: "good", until };
    return { kind: "revoked", invalidAt: undefined, until, ...(first.startsWith("arn:") ? { what: first } : {}) };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return unknown(error.message);
  }
}

/** Each certificate with its issuer, the root with itself. */
function certificateHashes(chain: readonly Certificate[]): readonly string[] {
  const hashes = chain.map(({ signed }) => createHash("sha384").update(signed).digest("hex"));
  return hashes.map((hash, at) => `${hash}${hashes[at + 1] ?? hash}`);
}
