import type { JournalEntry } from "../domain/audit-event.ts";
import { DEADLINE_WORDS, printDeadline } from "../domain/deadline.ts";
import { envelop, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { findingUid } from "./ocsf-finding.ts";
import { cloudOf, type ImageEvent, MAX_TAGS, printImage, resourceFields } from "./ocsf-resource.ts";
import {
  ACTION,
  ALERT,
  ANALYTIC_TYPE,
  COMPLIANCE_FINDING,
  COMPLIANCE_STATUS,
  CONFIDENCE,
  DISPOSITION,
  FINDING_ACTIVITY,
  FINDING_STATUS,
  LOGGED,
  labelled,
  OBSERVED,
  SEVERITY_IDS,
} from "./ocsf-tables.ts";

type DeadlineEvent = Extract<ImageEvent, { readonly kind: "deadline" }>;

const FAIL = 3;

/** A deadline as an update of the finding that it belongs to. The finding was an alert when it came; what is over is one again. */
export function renderDeadline(entry: JournalEntry, event: DeadlineEvent, producer: Producer): OcsfEvent {
  const { image, tags, state, deadline, policy, at } = event;
  const isOver = state === "over";
  const { kind, workloads, owners } = deadline.use;
  return envelop(entry, producer, {
    class: COMPLIANCE_FINDING,
    activity: FINDING_ACTIVITY.update,
    code: `registry.deadline.${state}`,
    severity: isOver ? SEVERITY_IDS.high : SEVERITY_IDS.medium,
    message: `${printImage(image, tags)}: ${DEADLINE_WORDS[state]}, ${printDeadline(deadline)}`,
    isTruncated: tags.length > MAX_TAGS,
    cloud: cloudOf(image),
    own: { state, until: deadline.until, afterwards: deadline.afterwards, use: kind, workloads, owners },
    fields: {
      finding_info: {
        uid: findingUid(policy.name, image),
        title: `${printImage(image, tags)} violates ${policy.name} and is ${kind === "unknown" ? "perhaps " : ""}in use`,
        types: ["Container Image Compliance"],
        analytic: { uid: policy.name, name: policy.name, ...labelled("type", ANALYTIC_TYPE, 1), version: policy.version },
        modified_time: at,
      },
      compliance: {
        control: policy.name,
        standards: ["NIST SP 800-190"],
        ...labelled("status", COMPLIANCE_STATUS, FAIL),
      },
      remediation: { desc: "rebuild the image, or waive what it is about, and replace what runs it" },
      ...resourceFields(event),
      ...labelled("action", ACTION, OBSERVED),
      ...labelled("disposition", DISPOSITION, isOver ? ALERT : LOGGED),
      is_alert: isOver,
      ...labelled("confidence", CONFIDENCE, 3),
      ...labelled("status", COMPLIANCE_FINDING.statuses, FINDING_STATUS.inProgress),
      status_code: `deadline-${state}`,
      status_detail: short(printDeadline(deadline)),
    },
  });
}
