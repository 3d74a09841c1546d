import type { JournalEntry } from "../domain/audit-event.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import { SEVERITIES } from "../domain/severity.ts";
import { asksForHold, type Reason, type Verdict } from "../domain/verdict.ts";
import { envelop, type Fields, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { cloudOf, findingPlace, type ImageEvent, MAX_TAGS, printImage, resourceFields } from "./ocsf-resource.ts";
import {
  ACTION,
  ANALYTIC_TYPE,
  COMPLIANCE_FINDING,
  COMPLIANCE_STATUS,
  CONFIDENCE,
  DISPOSITION,
  FINDING_ACTIVITY,
  FINDING_STATUS,
  labelled,
  SEVERITY,
  SEVERITY_IDS,
} from "./ocsf-tables.ts";

export type Judged = Extract<ImageEvent, { readonly kind: "judged" }>;

const MAX_CHECKS = 50;

/** What a verdict means to a SOC: whether something was refused, and whether somebody has to look. */
interface Answer {
  readonly code: string;
  readonly action: number;
  readonly disposition: number;
  readonly isAlert: boolean;
}

/** A verdict as Compliance Finding: created once per image and policy, updated while it changes, closed when the image complies again. */
export function renderJudged(entry: JournalEntry, event: Judged, producer: Producer): OcsfEvent {
  const { verdict, image, tags } = event;
  const reasons = bySeverity(verdict.reasons);
  const answer = answerTo(event);
  const severity = severityOf(verdict);
  return envelop(entry, producer, {
    class: COMPLIANCE_FINDING,
    activity: activityOf(event),
    code: answer.code,
    severity,
    message: messageOf(event, reasons),
    isTruncated: reasons.length > MAX_CHECKS || tags.length > MAX_TAGS,
    cloud: cloudOf(image),
    own: {
      origin: event.origin,
      mode: verdict.mode,
      verdict: verdict.kind,
      previous: event.previous,
      ...(event.stops === undefined ? {} : { stops: event.stops }),
    },
    fields: {
      finding_info: findingInfo(event),
      compliance: complianceOf(verdict, reasons.slice(0, MAX_CHECKS)),
      ...remediationOf(reasons),
      ...resourceFields(event),
      policy: {
        uid: verdict.policy.name,
        name: verdict.policy.name,
        version: verdict.policy.version,
        type: "Registry Compliance Policy",
        is_applied: verdict.mode === "enforce",
      },
      ...labelled("action", ACTION, answer.action),
      ...labelled("disposition", DISPOSITION, answer.disposition),
      is_alert: answer.isAlert,
      ...labelled("confidence", CONFIDENCE, verdict.kind === "indeterminate" ? 1 : 3),
      ...labelled("status", COMPLIANCE_FINDING.statuses, statusOf(event)),
      status_code: verdict.kind,
      status_detail: short(reasons[0]?.message ?? `no rule of ${verdict.policy.name} speaks against it`),
    },
  });
}

function activityOf({ verdict, previous, first }: Judged): number {
  if (first) return FINDING_ACTIVITY.create;
  return verdict.kind === "compliant" && previous !== "compliant" ? FINDING_ACTIVITY.close : FINDING_ACTIVITY.update;
}

function statusOf({ verdict, previous, first }: Judged): number {
  if (verdict.kind === "compliant") return FINDING_STATUS.resolved;
  return first || previous === "compliant" ? FINDING_STATUS.new : FINDING_STATUS.inProgress;
}

/** Whether somebody has to look at the image because of this verdict. */
export function isJudgedAlert(event: Pick<Judged, "verdict" | "previous" | "first" | "stops">): boolean {
  return answerTo(event).isAlert;
}

function answerTo({ verdict, previous, first, stops }: Pick<Judged, "verdict" | "previous" | "first" | "stops">): Answer {
  const enforced = verdict.mode === "enforce";
  switch (verdict.kind) {
    case "compliant":
      if (!first && previous !== "compliant") return { code: "registry.finding.closed", action: 1, disposition: 11, isAlert: false };
      return { code: "registry.verdict.allow", action: 1, disposition: 8, isAlert: false };
    case "indeterminate":
      if (enforced && asksForHold(verdict)) return { code: "registry.verdict.indeterminate", ...refusalBy(stops), isAlert: true };
      return { code: "registry.verdict.indeterminate", action: 3, disposition: 17, isAlert: false };
    case "violating":
      return violationAnswer(verdict, enforced, stops);
  }
}

const BLOCKED = { action: 2, disposition: 2 } as const;
const QUARANTINED = { action: 4, disposition: 3 } as const;
const TOLD = { action: 3, disposition: 19 } as const;

/** Nothing is said to be blocked that can be pulled: what is in use, what a brake or a stop has spared, what its registry cannot hold. */
function refusalBy(stops: Judged["stops"]): Pick<Answer, "action" | "disposition"> {
  switch (stops) {
    case "blocked":
    case "hidden":
    case undefined:
      return BLOCKED;
    case "untagged":
      return QUARANTINED;
    case "advisory":
    case "none":
      return TOLD;
  }
}

/** `deny` says what the policy says of the image; whether anything was refused stands in the action. */
function violationAnswer({ reasons }: Verdict, enforced: boolean, stops: Judged["stops"]): Answer {
  const levels = new Set(reasons.filter((reason) => reason.status === "violated").map((reason) => reason.level));
  if (levels.has("enforce") && enforced) return { code: "registry.verdict.deny", ...refusalBy(stops), isAlert: true };
  if (levels.has("enforce")) return { code: "registry.verdict.deny", action: 3, disposition: 19, isAlert: true };
  if (levels.has("warn")) return { code: "registry.verdict.warn", action: 3, disposition: 19, isAlert: true };
  return { code: "registry.verdict.audit", action: 3, disposition: 17, isAlert: false };
}

function findingInfo({ verdict, image, tags, first, at }: Judged): Fields {
  const { name, version } = verdict.policy;
  const says = verdict.kind === "compliant" ? "complies with" : verdict.kind === "violating" ? "violates" : "cannot be judged by";
  return {
    uid: findingUid(name, image),
    title: `${printImage(image, tags)} ${says} ${name}`,
    types: ["Container Image Compliance"],
    analytic: { uid: name, name, ...labelled("type", ANALYTIC_TYPE, 1), version },
    ...(first ? { created_time: at } : {}),
    modified_time: at,
  };
}

/** The same through all of a finding's life: no time, no tag. */
export function findingUid(policy: string, image: ImageKey): string {
  return `${policy}:${findingPlace(image)}`;
}

const STATUS_OF_VERDICT: Readonly<Record<Verdict["kind"], number>> = { compliant: 1, indeterminate: 2, violating: 3 };

function complianceOf({ kind, policy }: Verdict, reasons: readonly Reason[]): Fields {
  return {
    control: reasons[0]?.ruleId ?? policy.name,
    // Section 4.1: image vulnerabilities, configuration defects and use of untrusted images.
    standards: ["NIST SP 800-190"],
    ...labelled("status", COMPLIANCE_STATUS, STATUS_OF_VERDICT[kind]),
    ...(reasons.length === 0 ? {} : { checks: reasons.map((reason) => checkOf(reason, policy.version)) }),
  };
}

function checkOf({ ruleId, rule, status, message, severity }: Reason, version: string): Fields {
  return {
    uid: ruleId,
    name: rule,
    desc: short(message),
    ...labelled("status", COMPLIANCE_STATUS, status === "violated" ? 3 : 2),
    ...labelled("severity", SEVERITY, SEVERITY_IDS[severity]),
    version,
  };
}

function remediationOf(reasons: readonly Reason[]): Fields {
  const remedies = [...new Set(reasons.map((reason) => reason.remedy).filter((remedy) => remedy !== ""))];
  return remedies.length === 0 ? {} : { remediation: { desc: short(remedies.slice(0, 10).join("; ")) } };
}

/** Worst first; the order of the policy among equals. What has no known severity stands before the mild ones. */
function bySeverity(reasons: readonly Reason[]): readonly Reason[] {
  return reasons.toSorted((left, right) => rank(right) - rank(left));
}

const UNKNOWN_RANK = SEVERITIES.indexOf("medium");

function rank({ severity }: Reason): number {
  return severity === "unknown" ? UNKNOWN_RANK : SEVERITIES.indexOf(severity);
}

/** Effort that the finding asks for. A violation of unknown severity counts as medium: sorted below low, nobody would see it. */
function severityOf({ kind, reasons }: Verdict): number {
  if (kind === "compliant") return 1;
  const speaking = reasons.filter((reason) => reason.status === (kind === "violating" ? "violated" : "unknown"));
  return Math.max(1, ...speaking.map((reason) => SEVERITY_IDS[SEVERITIES[rank(reason)] ?? "medium"]));
}

function messageOf({ verdict, image, tags }: Judged, reasons: readonly Reason[]): string {
  const name = printImage(image, tags);
  const [first, ...more] = reasons;
  if (first === undefined || verdict.kind === "compliant") return `${name} complies with ${verdict.policy.name}`;
  const dry = verdict.mode === "dry-run" ? " (dry run: nothing was changed)" : "";
  return `${name}${dry}: ${short(first.message)}${more.length === 0 ? "" : ` (and ${more.length} more)`}`;
}
