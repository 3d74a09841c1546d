import type { ImageEvidence } from "../../../shared/domain/evidence.ts";
import type { Finding } from "../../../shared/domain/finding.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../shared/domain/threat.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { type Policy, parsePolicySet } from "../../../shared/policy/document.ts";
import { evaluate } from "../../../shared/policy/evaluate.ts";
import { finding, image, NOW, report, reported, signed, target } from "./given.ts";

export const HEAD = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
`;
export const RULES = `rules:
  - { id: no-high, rule: severity-threshold, atLeast: high }
  - { id: fresh, rule: scan-freshness, maxAge: 7d }
`;
const SCOPE = "scope: { vulnerabilities: [CVE-2026-1] }";
const WHO = "owner: shop-team, reason: not reachable, approvedBy: security";
const TIMES = "createdAt: 2026-11-01, expiresAt: 2027-01-12";

/** A waiver in one line of YAML, with what every waiver needs unless the words say otherwise. */
export function written(words: string, id = "w"): string {
  const scope = words.includes("scope:") ? "" : `${SCOPE}, `;
  const severity = words.includes("severity:") ? "" : "severity: high, ";
  const times = words.includes("expiresAt:") ? "" : `, ${TIMES}`;
  return `  - { id: ${id}, ${scope}${severity}${WHO}${times}${words === "" ? "" : `, ${words}`} }\n`;
}

export function policyWith(waivers: readonly string[], settings = ""): Policy {
  const text = `apiVersion: moorgate.dev/v1\nkind: Waivers\nwaivers:\n${waivers.length === 0 ? "  []\n" : waivers.join("")}`;
  return parsePolicySet({ text: `${HEAD}${settings}${RULES}`, file: "policy.yaml" }, [{ text, file: "waivers.yaml" }], "v");
}

export const BAD = finding("CVE-2026-1", "high");
export const imageOf = (...findings: readonly Finding[]): ImageEvidence => image(reported(report(findings)), signed());

export function judged(
  words: string,
  findings: readonly Finding[] = [BAD],
  threats: ThreatFacts = NO_THREAT_FACTS,
  settings = "",
): Verdict {
  return evaluate(policyWith([written(words)], settings), target(), imageOf(...findings), NOW, threats);
}

export const FIXED = { ...BAD, fix: { state: "fixed" as const, versions: ["3.0.14"] } };
