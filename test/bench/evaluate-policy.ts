import { printInstant } from "../../shared/domain/time.ts";
import type { PolicyText } from "../../shared/policy/document.ts";
import type { PolicyFacts } from "./inventory.ts";

const WAIVERS_A_FILE = 1_000;

/**
 * Known-exploited, or critical or high with a fix and public for longer than its grace; waived by id for the repositories of one team. Waivers
 * stand although there is a fix or an attack: the policy of the other engines knows no such bond.
 */
export function policyTexts({ waivers, now }: PolicyFacts): { readonly root: PolicyText; readonly included: readonly PolicyText[] } {
  const root = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: bench }
mode: enforce
waivers: { longest: { critical: 9999d, high: 9999d, medium: 9999d, low: 9999d, negligible: 9999d } }
rules:
  - { id: known-exploited, rule: known-exploited }
  - id: fix-overdue
    rule: severity-threshold
    atLeast: high
    ignoreUnfixed: true
    grace: { since: published, for: { critical: 14d, high: 30d } }
`;
  const createdAt = printInstant(now).replace(/^\d{4}/, "2020");
  const entries = waivers.map(
    ({ id, scope, expiresAt }, number) =>
      `  - { id: w-${number}, scope: { vulnerabilities: [${id}], image: { repository: ${scope}** } }, severity: critical, owner: app-sec, reason: not reachable, approvedBy: app-sec, createdAt: "${createdAt}", expiresAt: "${printInstant(expiresAt)}", evenIfFixed: true, evenIfExploited: true }\n`,
  );
  const files = Array.from({ length: Math.ceil(entries.length / WAIVERS_A_FILE) }, (_, number) =>
    entries.slice(number * WAIVERS_A_FILE, (number + 1) * WAIVERS_A_FILE),
  );
  return {
    root: { text: root, file: "policy.yaml" },
    included: files.map((lines, number) => ({
      text: `apiVersion: moorgate.dev/v1\nkind: Waivers\nwaivers:\n${lines.join("")}`,
      file: `waivers-${number}.yaml`,
    })),
  };
}
