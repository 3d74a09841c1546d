import { createHash } from "node:crypto";
import type { AuditEvent, JournalEntry } from "../domain/audit-event.ts";
import { CONTROL_WORDS, type Control, printChanged } from "../domain/setup-change.ts";
import { envelop, type Fields, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { cloudOf } from "./ocsf-resource.ts";
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
  labelled,
  OBSERVABLE_TYPE,
  OBSERVED,
  RESOURCE_ROLE,
  SEVERITY_IDS,
  USER_TYPE,
} from "./ocsf-tables.ts";

export type Drifted = Extract<AuditEvent, { readonly kind: "drifted" }>;

const WARNING = 2;

/** These can let be pulled at once what is held, or have nobody look. */
const GRAVE: readonly Control[] = [
  "repository-policy",
  "registry-policy",
  "scanning",
  "signing",
  "signing-profile",
  "storage-class",
  "repository",
];

/**
 * A change of a registry's set-up that the gate did not make, as Compliance Finding of its own: whether it goes against the gate, a person has to say, for the
 * log tells what was set and not what it means.
 */
export function renderDrift(entry: JournalEntry, event: Drifted, producer: Producer): OcsfEvent {
  const { registry, repository, digest, control, call, actor, before, after, at } = event;
  const place = printChanged(event);
  const by = actor === undefined ? "somebody" : actor;
  const uid = driftUid(event);
  return envelop(entry, producer, {
    class: COMPLIANCE_FINDING,
    activity: FINDING_ACTIVITY.update,
    code: "registry.posture.drift",
    severity: GRAVE.includes(control) ? SEVERITY_IDS.high : SEVERITY_IDS.medium,
    message: `${by} changed ${CONTROL_WORDS[control]} at ${place} (${call})`,
    cloud: cloudOf({ registry, repository: repository ?? "" }),
    own: { control, call, ...valueOf("before", before), ...valueOf("after", after) },
    fields: {
      finding_info: {
        uid,
        title: `${place}: ${CONTROL_WORDS[control]} was changed`,
        types: ["Registry Posture"],
        analytic: { uid: "registry-posture", name: "Registry posture", ...labelled("type", ANALYTIC_TYPE, 1) },
        modified_time: at,
      },
      compliance: {
        control,
        standards: ["NIST SP 800-190"],
        ...labelled("status", COMPLIANCE_STATUS, WARNING),
        ...(before === undefined ? {} : { control_parameters: [{ name: control, value: short(before) }] }),
      },
      evidences: [evidenceOf(event)],
      remediation: { desc: "ask whoever did it; `moorgate doctor` says what stands against the gate now" },
      resources: [
        {
          uid: place,
          name: place,
          type: repository === undefined ? "container_registry" : "container_repository",
          ...labelled("role", RESOURCE_ROLE, 1),
          data: {
            registry,
            ...(repository === undefined ? {} : { repository }),
            ...valueOf("digest", digest),
            ...valueOf("observed", after),
          },
        },
      ],
      observables: [{ name: "resources[].uid", ...labelled("type", OBSERVABLE_TYPE, 10), value: place }],
      ...labelled("action", ACTION, OBSERVED),
      ...labelled("disposition", DISPOSITION, ALERT),
      is_alert: true,
      ...labelled("confidence", CONFIDENCE, 3),
      ...labelled("status", COMPLIANCE_FINDING.statuses, FINDING_STATUS.new),
      status_code: "drift",
      status_detail: short(`${call} by ${by}${after === undefined ? "" : `: ${after}`}`),
    },
  });
}

/** The same for each change of one control at one place. */
function driftUid({ control, ...event }: Drifted): string {
  const place = createHash("sha256").update(printChanged(event)).digest("hex").slice(0, 16);
  return `posture/${control}:${place}`;
}

function evidenceOf({ registry, actor, call, control }: Drifted): Fields {
  const user = actor === undefined ? {} : { user: { name: short(actor), ...labelled("type", USER_TYPE, 0) } };
  return { actor: { app_name: registry, ...user }, data: { call, control } };
}

function valueOf(name: string, value: string | undefined): Fields {
  return value === undefined ? {} : { [name]: short(value) };
}
