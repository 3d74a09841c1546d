import type { ContentFinding, ContentKind } from "../../../../shared/domain/content-finding.ts";
import type { AttestationFact, ImageEvidence } from "../../../../shared/domain/evidence.ts";
import type { ImageConfig } from "../../../../shared/domain/image-config.ts";
import type { InventoryPackage } from "../../../../shared/domain/inventory.ts";
import { NO_THREAT_FACTS, type ThreatFacts } from "../../../../shared/domain/threat.ts";
import type { Verdict } from "../../../../shared/domain/verdict.ts";
import { evaluate } from "../../../../shared/policy/evaluate.ts";
import { at, digest, image, NOW, policy, report, reported, target } from "../given.ts";

interface Setting {
  readonly threats?: ThreatFacts;
  readonly tags?: readonly string[];
  readonly repository?: string;
  readonly registry?: string;
}

/** The verdict of a policy of one rule, named `a`. */
export function judge(
  rule: string,
  evidence: ImageEvidence,
  { threats = NO_THREAT_FACTS, tags, repository, registry }: Setting = {},
): Verdict {
  return evaluate(policy(`id: a, ${rule}`), target(repository, tags, registry), evidence, NOW, threats);
}

/** `violated a|CVE-2026-1|openssl` for each reason. */
export function outcome({ reasons }: Verdict): readonly string[] {
  return reasons.map((reason) => `${reason.status} ${reason.key}`);
}

/** An image that was scanned and is clean, with more evidence. */
export function clean(more: Partial<ImageEvidence> = {}): ImageEvidence {
  return { ...image(reported(report())), ...more };
}

export function config(more: Partial<ImageConfig> = {}): Pick<ImageEvidence, "config"> {
  return {
    config: {
      kind: "read",
      config: {
        user: "65532",
        env: [],
        exposedPorts: [],
        labels: {},
        entrypoint: [],
        cmd: [],
        volumes: [],
        workingDir: "/",
        hasHealthcheck: false,
        createdAt: at("2026-11-01T12:00:00Z"),
        history: [],
        layers: [],
        ...more,
      },
    },
  };
}

export function inventory(...packages: readonly InventoryPackage[]): Pick<ImageEvidence, "inventory"> {
  return {
    inventory: {
      kind: "reported",
      inventories: [{ format: "spdx-json", tool: "syft", madeAt: "unknown", digest: digest("0b"), packages }],
    },
  };
}

export function pkg(name: string, version: string, more: Partial<InventoryPackage> = {}): InventoryPackage {
  return { name, version, type: "npm", licences: [], ...more };
}

/** A report that looked for these kinds of content and found this. */
export function looked(covers: readonly ContentKind[], ...content: readonly ContentFinding[]): ImageEvidence {
  return image(reported(report([], { covers, content })));
}

export function content(kind: ContentKind, rule: string, more: Partial<ContentFinding> = {}): ContentFinding {
  return { kind, rule, title: rule, severity: "high", ...more };
}

export function attested(...statements: readonly AttestationFact[]): Pick<ImageEvidence, "attestations"> {
  return { attestations: { kind: "examined", statements } };
}

export const UNREAD = { kind: "unavailable", why: "403" } as const;
