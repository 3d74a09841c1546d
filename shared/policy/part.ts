import type { Digest } from "../domain/digest.ts";
import type { FindingsEvidence, ImageEvidence } from "../domain/evidence.ts";
import type { FindingSettings } from "./finding-settings.ts";
import { type ImageFindings, imageFindings } from "./image-findings.ts";
import type { Fact } from "./rule.ts";

/** What a rule is judged on: an image, or an index as a whole. */
export interface Part {
  readonly evidence: ImageEvidence;
  /** Where it is one of an index. */
  readonly child?: Digest;
  readonly findings: () => ImageFindings;
}

export interface Parts {
  readonly whole: Part;
  /** The images that a runtime could pick; the image itself where there is no index. */
  readonly images: readonly Part[];
}

export function partsOf(evidence: ImageEvidence, settings: FindingSettings): Parts {
  const whole = part(evidence, settings);
  if (evidence.subject.kind === "image") return { whole, images: [whole] };
  return { whole, images: runnable(withOwnReport(evidence)).map((child) => part(child, settings, child.subject.digest)) };
}

function part(evidence: ImageEvidence, settings: FindingSettings, child?: Digest): Part {
  let merged: ImageFindings | undefined;
  return {
    evidence,
    ...(child === undefined ? {} : { child }),
    findings: () => {
      merged ??= imageFindings(evidence, settings);
      return merged;
    },
  };
}

/** The images that a runtime could pick from an index, those of nested indexes included. */
function runnable(evidence: ImageEvidence): readonly ImageEvidence[] {
  return evidence.subject.kind === "image" ? [evidence] : evidence.children.map(withOwnReport).flatMap(runnable);
}

/** A scanner that is given an index looks at one platform and does not say which. Its report can be believed only where there is no choice. */
function withOwnReport(evidence: ImageEvidence): ImageEvidence {
  const [only, ...others] = evidence.children;
  if (only === undefined || others.length > 0 || evidence.missingChildren.length > 0) return evidence;
  return { ...evidence, children: [{ ...only, findings: joined(only.findings, evidence.findings) }] };
}

function joined(own: FindingsEvidence, inherited: FindingsEvidence): FindingsEvidence {
  if (inherited.kind !== "reported") return own.kind === "absent" ? inherited : own;
  return own.kind === "reported" ? { kind: "reported", reports: [...own.reports, ...inherited.reports] } : inherited;
}

/** What keeps an index from being judged whole. */
export function gapsIn(evidence: ImageEvidence): readonly Fact[] {
  if (evidence.subject.kind === "image") return [];
  const missing = evidence.missingChildren.length;
  const own: readonly Fact[] =
    missing === 0
      ? []
      : [
          {
            ...GAP,
            about: ["partial-index"],
            message: `partial index: ${missing} of its images ${missing === 1 ? "is" : "are"} not in the registry`,
            remedy: "push the missing images, or an index without them",
          },
        ];
  const empty: readonly Fact[] =
    missing > 0 || evidence.children.length > 0
      ? []
      : [
          {
            ...GAP,
            about: ["empty-index"],
            message: "cannot be judged: the index names no image that could run",
            remedy: "push an index that names its images",
          },
        ];
  return [...own, ...empty, ...evidence.children.flatMap(gapsIn)];
}

const GAP = { status: "unknown", severity: "unknown" } as const;
