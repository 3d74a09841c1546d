import type { Digest } from "../domain/digest.ts";
import type { FindingsEvidence, ImageEvidence } from "../domain/evidence.ts";
import { SEVERITIES } from "../domain/severity.ts";
import type { ThreatFacts } from "../domain/threat.ts";
import type { Closure, Verdict } from "../domain/verdict.ts";
import { type ImageFindings, imageFindings, trustedOnly } from "./findings/image-findings.ts";
import type { FindingSettings } from "./findings/settings.ts";
import type { Fact } from "./rule.ts";
import { withoutIgnored } from "./trust/ignored.ts";
import type { PolicyTrust } from "./trust/trust.ts";

/** What a rule is judged on: an image, or an index as a whole. */
export interface Part {
  readonly evidence: ImageEvidence;
  /** Where it is one of an index. */
  readonly child?: Digest;
  readonly findings: () => ImageFindings;
  /** The same where some rule has asked for them. */
  readonly asked: () => ImageFindings | undefined;
}

export interface Parts {
  readonly whole: Part;
  /** The images that a runtime could pick; the image itself where there is no index. */
  readonly images: readonly Part[];
}

/** What of a policy says which evidence counts. */
interface Counting {
  readonly findings: FindingSettings;
  readonly trust: Pick<PolicyTrust, "ignored">;
}

export function partsOf(given: ImageEvidence, { findings, trust }: Counting, threats: ThreatFacts): Parts {
  const evidence = withoutIgnored(given, trust.ignored);
  const toPart = (each: ImageEvidence, child?: Digest) => part(each, findings, threats, child);
  const whole = toPart(evidence);
  if (evidence.subject.kind === "image") return { whole, images: [whole] };
  return { whole, images: runnable(withOwnReport(evidence)).map((child) => toPart(child, child.subject.digest)) };
}

function part(given: ImageEvidence, settings: FindingSettings, threats: ThreatFacts, child: Digest | undefined): Part {
  const evidence = trustedOnly(given, settings);
  let merged: ImageFindings | undefined;
  return {
    evidence,
    ...(child === undefined ? {} : { child }),
    findings: () => {
      merged ??= imageFindings(evidence, settings, threats);
      return merged;
    },
    asked: () => merged,
  };
}

const MOST_CLOSURES = 200;

/** What a verdict tells of findings that do not count, and of those that somebody would like not to: worst first, at most 200 of each. */
export function closuresOf({ whole, images }: Parts): Pick<Verdict, "closed" | "disputed"> {
  const parts = images.includes(whole) ? images : [whole, ...images];
  const all = (of: "closed" | "disputed"): readonly Closure[] =>
    parts
      .flatMap(({ asked, child }) => (asked()?.[of] ?? []).map((closure) => (child === undefined ? closure : { ...closure, child })))
      .sort(bySeverity)
      .slice(0, MOST_CLOSURES);
  const [closed, disputed] = [all("closed"), all("disputed")];
  return { ...(closed.length === 0 ? {} : { closed }), ...(disputed.length === 0 ? {} : { disputed }) };
}

function bySeverity(a: Closure, b: Closure): number {
  return (
    SEVERITIES.findIndex((each) => each === b.severity) - SEVERITIES.findIndex((each) => each === a.severity) ||
    compare(nameOf(a), nameOf(b))
  );
}

function nameOf({ id, package: name, kind, by, child }: Closure): string {
  return [id, name, kind, by, child ?? ""].join("\n");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The images that a runtime could pick from an index, those of nested indexes included. */
function runnable(evidence: ImageEvidence): readonly ImageEvidence[] {
  return evidence.subject.kind === "image" ? [evidence] : evidence.children.map(withOwnReport).flatMap(runnable);
}

/** A scanner that is given an index looks at one platform and does not say which. Its report can be believed only where there is no choice. */
function withOwnReport(evidence: ImageEvidence): ImageEvidence {
  const [only, ...others] = evidence.children;
  if (only === undefined || others.length > 0 || evidence.missingChildren.length > 0) return evidence;
  const content = [...(only.content ?? []), ...(evidence.content ?? [])];
  return {
    ...evidence,
    children: [{ ...only, findings: joined(only.findings, evidence.findings), ...(content.length === 0 ? {} : { content }) }],
  };
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
