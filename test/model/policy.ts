import { BAD_LABEL } from "./stock.ts";

/** What the policy of a history asks of an image; all of it may change. */
export interface Rules {
  /** No image with the label. */
  readonly forbidsBad: boolean;
  /** A signature by the release key. */
  readonly wantsSigned: boolean;
  readonly isDryRun: boolean;
  /** Nothing with a vulnerability that is attacked. */
  readonly forbidsAttacked: boolean;
  readonly onViolation: "hold" | "mark" | "warn";
  /** The tag `latest` goes back to the last good image. */
  readonly rollsBack: boolean;
  /** The tag `latest` goes forward to what has a version. */
  readonly promotes: boolean;
  /** What was held for an hour is deleted for ever, where it is known to run nowhere. */
  readonly deletes: boolean;
  /** What is in use gets time; absent: what violates is held at once. */
  readonly inUse?: { readonly afterwards: "hold" | "tell"; readonly newFor: "0s" | "1d" };
  /** Digest of an image whose label is waived. */
  readonly waived?: string;
}

const NOTHING_WITH_TAGS = { onViolation: "hold", rollsBack: false, promotes: false, deletes: false } as const;
export const ASKS_NOTHING: Rules = { forbidsBad: false, wantsSigned: false, isDryRun: false, forbidsAttacked: false, ...NOTHING_WITH_TAGS };

/** How long what is in use may violate, where the policy gives it time. */
export const DEADLINE_MS = 2 * 3_600_000;
export const KEPT_MS = 3_600_000;
export const ROLLED_BACK = "latest";

export function markOfTag(tag: string): string {
  return `${tag}-violating`;
}

export function isMarkTag(tag: string): boolean {
  return tag.endsWith("-violating");
}

function enforcementText({ onViolation, rollsBack, promotes, deletes, inUse }: Rules): string {
  const { afterwards = "hold", newFor = "1d" } = inUse ?? {};
  const parts = [
    `inUse: { deadline: ${inUse === undefined ? "0s" : "2h"}, afterwards: ${afterwards}, newFor: ${newFor} }`,
    ...(onViolation === "hold" ? [] : [`onViolation: ${onViolation}`]),
    ...(deletes ? ["deleteHeldAfter: 1h"] : []),
    ...(rollsBack ? [`rollBack: [${ROLLED_BACK}]`] : []),
    ...(promotes ? [`promote: [{ from: "v*", to: ${ROLLED_BACK} }]`] : []),
  ];
  return `enforcement: { ${parts.join(", ")} }`;
}

export function policyText(policy: Rules): string {
  const { forbidsBad, wantsSigned, isDryRun, forbidsAttacked } = policy;
  const rules = [
    "  - { id: here, rule: registry-allowed, places: [{ registry: ['127.0.0.1:5000'] }] }",
    ...(forbidsBad ? [`  - { id: clean, rule: configuration, labels: { forbidden: [${BAD_LABEL}] } }`] : []),
    ...(forbidsAttacked ? ["  - { id: attacked, rule: known-exploited }"] : []),
    ...(wantsSigned ? ["  - { id: signed, rule: signature-required, grace: 0s }"] : []),
  ];
  return `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: model }
mode: ${isDryRun ? "dry-run" : "enforce"}
trust: { keys: [{ name: release, file: release.pub }] }
${enforcementText(policy)}
rules:
${rules.join("\n")}
`;
}

/** The file beside the policy; empty where nothing is waived. */
export function waiversText({ waived, forbidsBad }: Rules): string {
  const waivers =
    waived === undefined || !forbidsBad
      ? "[]"
      : `
  - id: lived-with
    scope: { rules: [clean], image: { digest: ["${waived}"] } }
    owner: team
    reason: it can be lived with
    approvedBy: security
    createdAt: 2026-02-28
    expiresAt: 2026-12-01`;
  return `apiVersion: moorgate.dev/v1\nkind: Waivers\nwaivers: ${waivers}\n`;
}
