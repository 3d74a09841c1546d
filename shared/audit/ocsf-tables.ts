import type { Severity } from "../domain/severity.ts";

// OCSF 1.8.0 (schema.ocsf.io): ids and their labels, whole tables of the classes and objects that the gate writes.

export const OCSF_VERSION = "1.8.0";

type Labels = Readonly<Record<number, string>>;

export interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly category: { readonly uid: number; readonly name: string };
  readonly activities: Labels;
  readonly statuses: Labels;
}

export const COMPLIANCE_FINDING: OcsfClass = {
  uid: 2003,
  name: "Compliance Finding",
  category: { uid: 2, name: "Findings" },
  activities: { 0: "Unknown", 1: "Create", 2: "Update", 3: "Close", 99: "Other" },
  statuses: { 0: "Unknown", 1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved", 5: "Archived", 6: "Deleted", 99: "Other" },
};

/** Ids of a finding's activities and statuses that the gate gives. */
export const FINDING_ACTIVITY = { create: 1, update: 2, close: 3 } as const;
export const FINDING_STATUS = { new: 1, inProgress: 2, resolved: 4 } as const;

export const DETECTION_FINDING: OcsfClass = { ...COMPLIANCE_FINDING, uid: 2004, name: "Detection Finding" };

export const API_ACTIVITY: OcsfClass = {
  uid: 6003,
  name: "API Activity",
  category: { uid: 6, name: "Application Activity" },
  activities: { 0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other" },
  statuses: { 0: "Unknown", 1: "Success", 2: "Failure", 99: "Other" },
};

export const SEVERITY: Labels = {
  0: "Unknown",
  1: "Informational",
  2: "Low",
  3: "Medium",
  4: "High",
  5: "Critical",
  6: "Fatal",
  99: "Other",
};
/** What severities are called here. */
export const SEVERITY_IDS: Readonly<Record<Severity, number>> = { unknown: 0, negligible: 1, low: 2, medium: 3, high: 4, critical: 5 };
export const CONFIDENCE: Labels = { 0: "Unknown", 1: "Low", 2: "Medium", 3: "High", 99: "Other" };
export const ACTION: Labels = { 0: "Unknown", 1: "Allowed", 2: "Denied", 3: "Observed", 4: "Modified", 99: "Other" };
/** The action of what is told and not prevented. */
export const OBSERVED = 3;
export const DISPOSITION: Labels = {
  0: "Unknown",
  1: "Allowed",
  2: "Blocked",
  3: "Quarantined",
  4: "Isolated",
  5: "Deleted",
  6: "Dropped",
  7: "Custom Action",
  8: "Approved",
  9: "Restored",
  10: "Exonerated",
  11: "Corrected",
  12: "Partially Corrected",
  13: "Uncorrected",
  14: "Delayed",
  15: "Detected",
  16: "No Action",
  17: "Logged",
  18: "Tagged",
  19: "Alert",
  20: "Count",
  21: "Reset",
  22: "Captcha",
  23: "Challenge",
  24: "Access Revoked",
  25: "Rejected",
  26: "Unauthorized",
  27: "Error",
  99: "Other",
};
/** Dispositions of what is told: where nobody has to look, and where somebody has. */
export const LOGGED = 17;
export const ALERT = 19;
/** `compliance.status_id` and `check.status_id`. 2 is "did not yield a result due to missing information", not a mild failure. */
export const COMPLIANCE_STATUS: Labels = { 0: "Unknown", 1: "Pass", 2: "Warning", 3: "Fail", 99: "Other" };
export const ANALYTIC_TYPE: Labels = {
  0: "Unknown",
  1: "Rule",
  2: "Behavioral",
  3: "Statistical",
  4: "Learning (ML/DL)",
  5: "Fingerprinting",
  6: "Tagging",
  7: "Keyword Match",
  8: "Regular Expressions",
  9: "Exact Data Match",
  10: "Partial Data Match",
  11: "Indexed Data Match",
  99: "Other",
};
export const RESOURCE_ROLE: Labels = { 0: "Unknown", 1: "Target", 2: "Actor", 3: "Affected", 4: "Related", 99: "Other" };
export const USER_TYPE: Labels = { 0: "Unknown", 1: "User", 2: "Admin", 3: "System", 4: "Service", 99: "Other" };
/** Of `observable.type_id`, `account.type_id`: those that the gate writes. */
export const OBSERVABLE_TYPE: Labels = { 10: "Resource UID" };
export const ACCOUNT_TYPE: Labels = { 10: "AWS Account", 11: "GCP Project" };

/** The id and its label as two attributes, as OCSF wants them together. `label` is for 99, which has none of its own. */
export function labelled(
  name: string,
  labels: Labels,
  id: number,
  label = labels[id] ?? "Unknown",
): Readonly<Record<string, string | number>> {
  return { [`${name}_id`]: id, [name]: label };
}
