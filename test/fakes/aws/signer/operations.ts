import { optionalTexts, text } from "../input.ts";
import { pageOf } from "../page.ts";
import { AwsRefusal } from "../refusal.ts";
import type { RestOperation } from "../rest.ts";

/** One signing profile in the form of GetSigningProfile, in the region of a registry. */
export interface ProfileAsked {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly status?: "Active" | "Canceled" | "Revoked";
}

export function signingProfile({ account, region, name, status = "Active" }: ProfileAsked): Readonly<Record<string, unknown>> {
  const arn = `arn:aws:signer:${region}:${account}:/signing-profiles/${name}`;
  const version = "ABCDEFGHIJ";
  return {
    profileName: name,
    profileVersion: version,
    profileVersionArn: `${arn}/${version}`,
    arn,
    status,
    platformId: "Notation-OCI-SHA384-ECDSA",
    platformDisplayName: "Notation for container registries",
    signatureValidityPeriod: {
      value: 135,
      type: "MONTHS",
    },
  };
}

export const SIGNER_OPERATIONS: readonly RestOperation[] = [
  {
    name: "GetSigningProfile",
    method: "GET",
    path: "/signing-profiles/{profileName}",
    query: { profileOwner: "text" },
    answer({ profiles, input }) {
      const name = text(input, "profileName");
      const profile = profiles.find((one) => one["profileName"] === name);
      if (profile === undefined) throw new AwsRefusal("ResourceNotFoundException", `There is no profile ${name}`, { status: 404 });
      return profile;
    },
  },
  {
    name: "ListSigningProfiles",
    method: "GET",
    path: "/signing-profiles",
    query: { includeCanceled: "flag", maxResults: "count", nextToken: "text", platformId: "text", statuses: "list" },
    answer({ profiles, input }) {
      const wanted = optionalTexts(input, "statuses", 3);
      const isShown = (status: unknown): boolean =>
        wanted?.includes(String(status)) ?? (input["includeCanceled"] === true || status !== "Canceled");
      const shown = profiles
        .filter(({ status }) => isShown(status))
        .filter((one) => one["platformId"] === (input["platformId"] ?? one["platformId"]));
      const { items, next } = pageOf(input, shown, { most: 25, usual: 25 });
      return { profiles: items, ...next };
    },
  },
];

/** Nothing of what was asked for is revoked where the list is empty. */
export const SIGNER_DATA_OPERATIONS: readonly RestOperation[] = [
  {
    name: "GetRevocationStatus",
    method: "GET",
    path: "/revocations",
    query: { signatureTimestamp: "time", platformId: "text", profileVersionArn: "text", jobArn: "text", certificateHashes: "list" },
    answer({ revocations, input }) {
      const hashes = optionalTexts(input, "certificateHashes", Number.POSITIVE_INFINITY) ?? [];
      const asked = [text(input, "profileVersionArn"), text(input, "jobArn"), ...hashes];
      return { revokedEntities: asked.filter((one) => revocations.has(one)) };
    },
  },
];
