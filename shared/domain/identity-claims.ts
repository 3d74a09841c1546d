/** What a certificate of Sigstore may say of its signer beside issuer and subject, by the names that policies use (sigstore/fulcio, docs/oid-info.md). */
export const IDENTITY_CLAIMS = [
  "githubWorkflowTrigger",
  "githubWorkflowSha",
  "githubWorkflowName",
  "githubWorkflowRepository",
  "githubWorkflowRef",
  "buildSignerUri",
  "buildSignerDigest",
  "runnerEnvironment",
  "sourceRepositoryUri",
  "sourceRepositoryDigest",
  "sourceRepositoryRef",
  "sourceRepositoryIdentifier",
  "sourceRepositoryOwnerUri",
  "sourceRepositoryOwnerIdentifier",
  "buildConfigUri",
  "buildConfigDigest",
  "buildTrigger",
  "runInvocationUri",
  "sourceRepositoryVisibility",
] as const;
export type IdentityClaim = (typeof IDENTITY_CLAIMS)[number];
