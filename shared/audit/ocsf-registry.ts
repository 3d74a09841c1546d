import { createHash } from "node:crypto";
import type { Instant } from "../domain/time.ts";
import { type Fields, short } from "./ocsf-event.ts";
import {
  ACTION,
  ANALYTIC_TYPE,
  COMPLIANCE_FINDING,
  COMPLIANCE_STATUS,
  CONFIDENCE,
  DISPOSITION,
  labelled,
  OBSERVABLE_TYPE,
  OBSERVED,
  RESOURCE_ROLE,
} from "./ocsf-tables.ts";

/** What is told of how a registry, or a repository of it, is set up. Numbers are those of the tables of OCSF. */
export interface RegistryFinding {
  readonly control: string;
  readonly place: string;
  readonly type: "container_registry" | "container_repository";
  readonly title: string;
  readonly at: Instant;
  readonly compliance: number;
  readonly disposition: number;
  readonly status: number;
  readonly isAlert: boolean;
  readonly code: string;
  readonly detail: string;
  /** Of the resource. */
  readonly data: Fields;
  readonly parameters?: readonly Fields[];
  readonly evidences?: readonly Fields[];
  /** What to do. */
  readonly mend?: string;
}

/** The fields that all findings on the set-up of registries have. Those of one control at one place are one finding, whatever was told of it. */
export function registryFinding({ control, place, type, title, at, parameters, evidences, mend, ...told }: RegistryFinding): Fields {
  return {
    finding_info: {
      uid: `posture/${control}:${createHash("sha256").update(place).digest("hex").slice(0, 16)}`,
      title,
      types: ["Registry Posture"],
      analytic: { uid: "registry-posture", name: "Registry posture", ...labelled("type", ANALYTIC_TYPE, 1) },
      modified_time: at,
    },
    compliance: {
      control,
      standards: ["NIST SP 800-190"],
      ...labelled("status", COMPLIANCE_STATUS, told.compliance),
      ...(parameters === undefined ? {} : { control_parameters: parameters }),
    },
    ...(evidences === undefined ? {} : { evidences }),
    ...(mend === undefined ? {} : { remediation: { desc: short(mend) } }),
    resources: [{ uid: place, name: place, type, ...labelled("role", RESOURCE_ROLE, 1), data: told.data }],
    observables: [{ name: "resources[].uid", ...labelled("type", OBSERVABLE_TYPE, 10), value: place }],
    ...labelled("action", ACTION, OBSERVED),
    ...labelled("disposition", DISPOSITION, told.disposition),
    is_alert: told.isAlert,
    ...labelled("confidence", CONFIDENCE, 3),
    ...labelled("status", COMPLIANCE_FINDING.statuses, told.status),
    status_code: told.code,
    status_detail: short(told.detail),
  };
}
