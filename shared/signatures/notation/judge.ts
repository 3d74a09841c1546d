import { earliest, type Instant } from "../../domain/time.ts";
import type { AwsSignerRevocation, RevocationSource } from "../../ports/notation-trust.ts";
import { checkRevocation } from "../revocation/check.ts";
import type { RevocationStatus } from "../revocation/status.ts";
import { signedTexts } from "../signed-texts.ts";
import { askAwsSigner } from "./aws-signer.ts";
import type { Expected } from "./expected.ts";
import type { Judgement } from "./judgement.ts";
import type { Failure } from "./levels.ts";
import { endOf, signedTimes } from "./signed-times.ts";
import { type Verified, verifyEnvelope } from "./verify.ts";

export interface FoundEnvelope {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Absent: what must be asked stays unknown. */
  readonly revocation: RevocationSource | undefined;
  readonly awsSigner?: AwsSignerRevocation | undefined;
}

type Genuine = Extract<Verified, { kind: "genuine" }>;

/** Judges one envelope: all that its bytes say, and then, where that is good enough, whether its certificates have been revoked. */
export async function judge({ bytes, mediaType, ...sources }: FoundEnvelope, expected: Expected, signal?: AbortSignal): Promise<Judgement> {
  const verified = verifyEnvelope(bytes, mediaType, expected);
  if (verified.kind === "refused") return verified.judgement;
  const enforced = firstEnforced(verified.failures, expected);
  if (enforced !== undefined) return enforced;
  // Addresses come out of the certificates: of a chain that nobody trusts, none is asked.
  const isTrusted = verified.failures.every(({ code }) => code !== "untrusted-root");
  const asked = isTrusted ? await askAbout(verified, expected, sources, signal) : [];
  const failures = [...verified.failures, ...asked.map(failureOf)].filter((failure) => failure !== undefined);
  const concluded = conclude(verified, failures, expected);
  const answersEnd = asked.map(({ status }) => ("until" in status ? status.until : undefined));
  const goodUntil = earliest([concluded.code === "ok" ? endOf(verified, expected) : undefined, ...answersEnd]);
  return goodUntil === undefined ? concluded : { ...concluded, goodUntil };
}

function firstEnforced(failures: readonly Failure[], { statement }: Expected): Judgement | undefined {
  const enforced = failures.find(({ check }) => statement.actions[check] === "enforce");
  return enforced === undefined ? undefined : { code: enforced.code, detail: enforced.detail };
}

interface Asked {
  readonly check: Failure["check"];
  readonly status: RevocationStatus;
}

type Sources = Pick<FoundEnvelope, "revocation" | "awsSigner">;

async function askAbout(verified: Genuine, expected: Expected, sources: Sources, signal?: AbortSignal): Promise<readonly Asked[]> {
  const { now, statement } = expected;
  // The authority of a timestamp is as good as what it proves: the check of the time fails with it, whatever the policy says of signers.
  const authority = await checkRevocation({ source: sources.revocation, now }, verified.time.authority, undefined, signal);
  const isAsked = statement.actions.revocation !== "skip";
  const signer: RevocationStatus = isAsked ? await askAboutSigner(verified, sources, now, signal) : { kind: "good" };
  return [
    { check: "authenticTimestamp", status: authority },
    { check: "revocation", status: signer },
  ];
}

async function askAboutSigner(
  { chain, time, awsSigned }: Genuine,
  sources: Sources,
  now: Instant,
  signal?: AbortSignal,
): Promise<RevocationStatus> {
  const signedAt = time.range?.to;
  if (awsSigned === undefined) return checkRevocation({ source: sources.revocation, now }, chain, signedAt, signal);
  return askAwsSigner({ source: sources.awsSigner, now }, awsSigned, chain, signedAt ?? now, signal);
}

function failureOf({ check, status }: Asked): Failure | undefined {
  switch (status.kind) {
    case "good":
      return undefined;
    case "revoked":
      return { check, code: "revoked", detail: `${status.what ?? "one of its certificates"} has been revoked` };
    case "unknown":
      return { check, code: "revocation-unknown", detail: status.why };
  }
}

function conclude(verified: Genuine, failures: readonly Failure[], expected: Expected): Judgement {
  const { subject, key, target } = verified;
  const enforced = firstEnforced(failures, expected);
  if (enforced !== undefined) return enforced;
  const logged = failures.map(({ check, detail }) => `${check}: ${detail}`);
  const detail = `signed by ${subject}${logged.length === 0 ? "" : `; only noted, as the policy says: ${logged.join("; ")}`}`;
  const isKnown = failures.every(({ check }) => check !== "authenticity");
  if (!isKnown) return { code: "ok", detail };
  return { code: "ok", detail, identity: expected.signers, key, ...signedTexts(target.annotations), ...signedTimes(verified, failures) };
}
