import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import type { AwsSignerQuestion, AwsSignerRevocation } from "../../../shared/ports/notation-trust.ts";
import type { Expected } from "../../../shared/signatures/notation/expected.ts";
import { judge } from "../../../shared/signatures/notation/judge.ts";
import type { Judgement } from "../../../shared/signatures/notation/judgement.ts";
import { LEVELS } from "../../../shared/signatures/notation/levels.ts";
import { readTrustPolicy } from "../../../shared/signatures/notation/trust-policy.ts";
import { readCertificate } from "../../../shared/signatures/x509.ts";
import {
  bytesOf,
  coseHeader,
  coseOf,
  epoch,
  expecting,
  headerOf,
  jwsOf,
  NOTARY,
  NOW,
  payloadOf,
  signing,
  statement,
} from "../../fixtures/notation.ts";
import { asking } from "../../fixtures/revocation.ts";
import { keyUsage } from "../../fixtures/x509.ts";

const PROFILE = "arn:aws:signer:us-west-2:111122223333:/signing-profiles/acme_images";
const VERSION = `${PROFILE}/OF8IVUsPJq`;
const JOB = "arn:aws:signer:us-west-2:111122223333:/signing-jobs/0c2c6d0e-1111-4222-8333-944455556666";
const PLUGIN = "com.amazonaws.signer.notation.plugin";
const AWS = "com.amazonaws.signer";
const SIGNED_AT = "2026-06-01T10:00:00Z";
// Where it could be asked like others: AWS Signer's own answer counts.
const made = signing({ extensions: [keyUsage([0]), ...asking([], ["http://crl.acme.example/root.crl"])] });

const CRITICAL = [
  `${NOTARY}.signingScheme`,
  `${NOTARY}.authenticSigningTime`,
  `${NOTARY}.expiry`,
  `${NOTARY}.verificationPlugin`,
  `${NOTARY}.verificationPluginMinVersion`,
  `${AWS}.signingProfileVersion`,
  `${AWS}.signingJob`,
];
const WHOLE: Readonly<Record<string, unknown>> = {
  crit: CRITICAL,
  [`${NOTARY}.signingScheme`]: "notary.x509.signingAuthority",
  [`${NOTARY}.signingTime`]: undefined,
  [`${NOTARY}.authenticSigningTime`]: SIGNED_AT,
  [`${NOTARY}.expiry`]: "2037-09-01T10:00:00Z",
  [`${NOTARY}.verificationPlugin`]: PLUGIN,
  [`${NOTARY}.verificationPluginMinVersion`]: "1.0.0",
  [`${AWS}.signingProfileVersion`]: VERSION,
  [`${AWS}.signingJob`]: JOB,
};

function answering(revoked: readonly string[], asked: AwsSignerQuestion[] = []): AwsSignerRevocation {
  return {
    revoked: async (question) => {
      asked.push(question);
      return revoked;
    },
  };
}

const trusting = (signingProfiles: readonly string[], level: keyof typeof LEVELS = "strict"): Partial<Expected> => ({
  statement: statement({ signingProfiles, identities: [], actions: LEVELS[level] }),
});

function judged(
  header: Readonly<Record<string, unknown>>,
  expected: Partial<Expected> = trusting([PROFILE]),
  awsSigner: AwsSignerRevocation | undefined = answering([]),
  payload: object = payloadOf(),
): Promise<Judgement> {
  const bytes = bytesOf(jwsOf(made, headerOf({ ...WHOLE, ...header }), payload));
  return judge({ bytes, mediaType: "application/jose+json", revocation: undefined, awsSigner }, expecting(made, expected));
}

describe("a signature of AWS Signer", () => {
  it("is good where its profile is trusted and nothing has been revoked, and for a day", async () => {
    expect(await judged({})).toMatchObject({
      code: "ok",
      detail: `signed by ${VERSION}`,
      identity: "notaries",
      signedAt: { by: "signing-authority" },
      goodUntil: NOW + 24 * 3_600_000,
    });
  });

  it("is the same in COSE", async () => {
    const times = [`${NOTARY}.authenticSigningTime`, `${NOTARY}.expiry`];
    const header = coseHeader([2, CRITICAL]);
    header.delete(`${NOTARY}.signingTime`);
    for (const [name, value] of Object.entries(WHOLE))
      if (typeof value === "string") header.set(name, times.includes(name) ? epoch(value) : value);
    const found = { bytes: coseOf(made, header), mediaType: "application/cose", revocation: undefined, awsSigner: answering([]) };
    expect(await judge(found, expecting(made, trusting([VERSION])))).toMatchObject({ code: "ok" });
  });

  it.each([
    ["the profile, in every version", PROFILE, "ok"],
    ["the one version", VERSION, "ok"],
    ["the profile in capitals", PROFILE.toUpperCase().replace("ARN:AWS:SIGNER", "arn:aws:signer"), "ok"],
    ["another version", `${PROFILE}/AAAAAAAAAA`, "identity-mismatch"],
    ["a profile whose name only begins so", PROFILE.slice(0, -1), "identity-mismatch"],
    ["the same profile of another account", PROFILE.replace("111122223333", "999922223333"), "identity-mismatch"],
    ["all profiles of the account", PROFILE.replace("acme_images", "*"), "identity-mismatch"],
    ["the subject of its certificate", "x509.subject: C=US, ST=WA, O=acme.example", "identity-mismatch"],
  ])("counts where the policy trusts %s: %s", async (_who, identity, code) => {
    expect(await judged({}, trusting([identity]))).toMatchObject({ code });
  });

  it("is refused where the policy trusts everybody of its stores, at every level", async () => {
    const actions = LEVELS.audit;
    expect(await judged({}, { statement: statement({ identities: "any", signingProfiles: [PROFILE], actions }) })).toMatchObject({
      code: "identity-mismatch",
    });
  });

  it.each([
    ["asks for another plugin", { [`${NOTARY}.verificationPlugin`]: `${PLUGIN}2` }, "unsupported"],
    ["asks for no plugin", { crit: without("verificationPlugin"), [`${NOTARY}.verificationPlugin`]: undefined }, "unsupported"],
    ["asks for a later plugin", { [`${NOTARY}.verificationPluginMinVersion`]: "2.0.0" }, "unsupported"],
    ["asks for a plugin of no version", { [`${NOTARY}.verificationPluginMinVersion`]: "1" }, "unsupported"],
    ["names the plugin in no text", { [`${NOTARY}.verificationPlugin`]: 7 }, "malformed"],
    ["names no profile", { crit: without("signingProfileVersion"), [`${AWS}.signingProfileVersion`]: undefined }, "malformed"],
    ["names the profile, but not as critical", { crit: without("signingProfileVersion") }, "malformed"],
    ["names a profile without its version", { [`${AWS}.signingProfileVersion`]: PROFILE }, "malformed"],
    ["names a profile that is none", { [`${AWS}.signingProfileVersion`]: JOB }, "malformed"],
    ["names a profile below another", { [`${AWS}.signingProfileVersion`]: `${VERSION}/more` }, "malformed"],
    ["names a profile in no text", { [`${AWS}.signingProfileVersion`]: [VERSION] }, "malformed"],
    ["names no job", { crit: without("signingJob"), [`${AWS}.signingJob`]: undefined }, "malformed"],
    ["names the job, but not as critical", { crit: without("signingJob") }, "malformed"],
    ["names a job that is none", { [`${AWS}.signingJob`]: VERSION }, "malformed"],
    ["has another critical attribute of AWS", { crit: [...CRITICAL, `${AWS}.more`], [`${AWS}.more`]: "x" }, "unsupported"],
    ["says when it was signed, but not as critical", { crit: without("authenticSigningTime") }, "malformed"],
    [
      "does not say when it was signed",
      { crit: without("authenticSigningTime"), [`${NOTARY}.authenticSigningTime`]: undefined },
      "malformed",
    ],
    ["was signed before its certificates were valid", { [`${NOTARY}.authenticSigningTime`]: "2025-06-01T10:00:00Z" }, "not-yet-valid"],
    ["has expired", { [`${NOTARY}.expiry`]: "2026-07-01T10:00:00Z" }, "expired"],
    ["may expire unseen", { crit: without("expiry") }, "malformed"],
    [
      "is not of a signing authority",
      {
        crit: without("authenticSigningTime"),
        [`${NOTARY}.signingScheme`]: "notary.x509",
        [`${NOTARY}.signingTime`]: SIGNED_AT,
        [`${NOTARY}.authenticSigningTime`]: undefined,
      },
      "unsupported",
    ],
  ])("is refused where it %s", async (_what, header, code) => {
    expect(await judged(header)).toMatchObject({ code });
  });

  it("is refused where its store is one of authorities, or its root another", async () => {
    const { root } = signing();
    const anchors = { ca: [readCertificate(made.root.bytes)], signingAuthority: [readCertificate(root.bytes)], tsa: [] };
    expect(await judged({}, { ...trusting([PROFILE]), anchors })).toMatchObject({ code: "untrusted-root" });
  });

  it("is refused where it is about another image, or was changed", async () => {
    expect(await judged({}, undefined, undefined, payloadOf({ size: 402 }))).toMatchObject({ code: "digest-mismatch" });
    const jws = jwsOf(made, headerOf(WHOLE));
    const protectedHeader = Buffer.from(JSON.stringify(headerOf({ ...WHOLE, [`${AWS}.signingJob`]: `${JOB}0` }))).toString("base64url");
    const found = { bytes: bytesOf({ ...jws, protected: protectedHeader }), mediaType: "application/jose+json", revocation: undefined };
    expect(await judge(found, expecting(made, trusting([PROFILE])))).toMatchObject({ code: "signature-invalid" });
  });
});

describe("whether AWS Signer has revoked a signature", () => {
  it("is asked with the hashes of its certificates, each with its issuer's, the job, the profile and the time", async () => {
    const asked: AwsSignerQuestion[] = [];
    await judged({}, trusting([PROFILE]), answering([], asked));
    const [leaf, root] = [made.leaf, made.root].map(({ bytes }) =>
      createHash("sha384").update(readCertificate(bytes).signed).digest("hex"),
    );
    expect(asked).toEqual([
      {
        certificateHashes: [`${leaf}${root}`, `${root}${root}`],
        jobArn: JOB,
        profileVersionArn: VERSION,
        platformId: "Notation-OCI-SHA384-ECDSA",
        signatureTimestamp: Date.parse(SIGNED_AT),
      },
    ]);
  });

  it.each([
    ["the job", JOB],
    ["the profile", VERSION],
    ["a certificate", "0".repeat(192)],
  ])("is enforced, noted or left out as the level says, where %s is", async (_what, revoked) => {
    expect(await judged({}, trusting([PROFILE]), answering([revoked]))).toMatchObject({ code: "revoked" });
    expect(await judged({}, trusting([PROFILE], "permissive"), answering([revoked]))).toMatchObject({
      code: "ok",
      detail: expect.stringContaining("revocation"),
    });
    const asked: AwsSignerQuestion[] = [];
    const skipping = statement({ signingProfiles: [PROFILE], identities: [], actions: { ...LEVELS.strict, revocation: "skip" } });
    expect(await judged({}, { statement: skipping }, answering([revoked], asked))).toMatchObject({ code: "ok" });
    expect(asked).toEqual([]);
  });

  it("is unknown, and never good, where nobody is there to ask or no answer comes", async () => {
    const bytes = bytesOf(jwsOf(made, headerOf(WHOLE)));
    const expected = expecting(made, trusting([PROFILE]));
    const alone = await judge({ bytes, mediaType: "application/jose+json", revocation: undefined }, expected);
    expect(alone).toMatchObject({ code: "revocation-unknown" });
    const failing: AwsSignerRevocation = { revoked: () => Promise.reject(new AdapterError("unreachable", "no answer")) };
    expect(await judged({}, trusting([PROFILE]), failing)).toMatchObject({ code: "revocation-unknown" });
  });

  it("is asked of nobody where the profile is not trusted", async () => {
    const asked: AwsSignerQuestion[] = [];
    await judged({}, trusting([]), answering([], asked));
    expect(asked).toEqual([]);
  });
});

it("a trust policy for AWS Signer is taken as its users have it", () => {
  const trustedIdentities = [PROFILE, VERSION, "com.example:other"];
  const one = {
    name: "aws",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: ["signingAuthority:aws-signer-ts"],
  };
  const [read] = readTrustPolicy(JSON.stringify({ version: "1.0", trustPolicies: [{ ...one, trustedIdentities }] }));
  expect(read).toMatchObject({ identities: [], signingProfiles: [PROFILE, VERSION], stores: ["signingAuthority:aws-signer-ts"] });
});

function without(...names: readonly string[]): readonly string[] {
  return CRITICAL.filter((name) => !names.some((end) => name.endsWith(`.${end}`)));
}
