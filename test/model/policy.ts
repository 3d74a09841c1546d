import { BAD_LABEL } from "./stock.ts";

/** What the policy of a history asks of an image; all of it may change. */
export interface Rules {
  /** No image with the label. */
  readonly forbidsBad: boolean;
  /** A signature by the release key. */
  readonly wantsSigned: boolean;
  readonly isDryRun: boolean;
  /** Digest of an image whose label is waived. */
  readonly waived?: string;
}

export const ASKS_NOTHING: Rules = { forbidsBad: false, wantsSigned: false, isDryRun: false };

/** Known use plays no part: what violates is held at once. */
const IN_USE = "enforcement: { inUse: { deadline: 0s, afterwards: hold } }";

export function policyText({ forbidsBad, wantsSigned, isDryRun }: Rules): string {
  const rules = [
    "  - { id: here, rule: registry-allowed, places: [{ registry: ['127.0.0.1:5000'] }] }",
    ...(forbidsBad ? [`  - { id: clean, rule: configuration, labels: { forbidden: [${BAD_LABEL}] } }`] : []),
    ...(wantsSigned ? ["  - { id: signed, rule: signature-required, grace: 0s }"] : []),
  ];
  return `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: model }
mode: ${isDryRun ? "dry-run" : "enforce"}
trust: { keys: [{ name: release, file: release.pub }] }
${IN_USE}
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
