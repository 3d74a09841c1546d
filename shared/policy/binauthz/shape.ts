import * as z from "zod";

// Binary Authorization v1, `Policy` and `PlatformPolicy`: what is used of them. Words of their enumerations are kept as they are, for a later API
// may have more of them.
const many = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);
const text = z.string().max(4096);
const label = text.nullish().transform((given) => given ?? "");

export const ADMISSION_RULE = z.looseObject({
  evaluationMode: label,
  enforcementMode: label,
  requireAttestationsBy: many(text),
});
const rules = z
  .record(z.string(), ADMISSION_RULE)
  .nullish()
  .transform((given) => given ?? {});

export const PROJECT_POLICY = z.looseObject({
  name: label,
  description: label,
  globalPolicyEvaluationMode: label,
  admissionWhitelistPatterns: many(z.looseObject({ namePattern: text })),
  defaultAdmissionRule: ADMISSION_RULE,
  clusterAdmissionRules: rules,
  kubernetesNamespaceAdmissionRules: rules,
  kubernetesServiceAccountAdmissionRules: rules,
  istioServiceIdentityAdmissionRules: rules,
});
export type ProjectPolicy = z.output<typeof PROJECT_POLICY>;
export type AdmissionRule = z.output<typeof ADMISSION_RULE>;

const allowlist = z
  .looseObject({ allowPattern: many(text) })
  .nullish()
  .transform((given) => given?.allowPattern ?? []);

export const CHECK = z.looseObject({
  displayName: label,
  imageAllowlist: allowlist,
  alwaysDeny: z.boolean().nullish(),
  trustedDirectoryCheck: z.looseObject({ trustedDirPatterns: many(text) }).nullish(),
  imageFreshnessCheck: z.looseObject({ maxUploadAgeDays: z.number().nullish() }).nullish(),
  vulnerabilityCheck: z
    .looseObject({ maximumFixableSeverity: label, maximumUnfixableSeverity: label, allowedCves: many(text), blockedCves: many(text) })
    .nullish(),
  slsaCheck: z.looseObject({}).nullish(),
  sigstoreSignatureCheck: z
    .looseObject({
      sigstoreAuthorities: many(
        z.looseObject({
          displayName: label,
          publicKeySet: z.looseObject({ publicKeys: many(z.looseObject({ publicKeyPem: label })) }).nullish(),
        }),
      ),
    })
    .nullish(),
  simpleSigningAttestationCheck: z.looseObject({}).nullish(),
});
export type Check = z.output<typeof CHECK>;

const CHECK_SET = z.looseObject({
  displayName: label,
  imageAllowlist: allowlist,
  scope: z.looseObject({ kubernetesNamespace: label, kubernetesServiceAccount: label }).nullish(),
  checks: many(CHECK),
});
export type CheckSet = z.output<typeof CHECK_SET>;

export const PLATFORM_POLICY = z.looseObject({
  name: label,
  description: label,
  gkePolicy: z.looseObject({ imageAllowlist: allowlist, checkSets: many(CHECK_SET) }),
});
export type PlatformPolicy = z.output<typeof PLATFORM_POLICY>;
