import type { AuditEvent, JournalEntry } from "../domain/audit-event.ts";
import { CONTROL_WORDS, type Control, printChanged } from "../domain/setup-change.ts";
import { envelop, type Fields, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { registryFinding } from "./ocsf-registry.ts";
import { cloudOf } from "./ocsf-resource.ts";
import { ALERT, COMPLIANCE_FINDING, FINDING_ACTIVITY, FINDING_STATUS, labelled, SEVERITY_IDS, USER_TYPE } from "./ocsf-tables.ts";

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
  return envelop(entry, producer, {
    class: COMPLIANCE_FINDING,
    activity: FINDING_ACTIVITY.update,
    code: "registry.posture.drift",
    severity: GRAVE.includes(control) ? SEVERITY_IDS.high : SEVERITY_IDS.medium,
    message: `${by} changed ${CONTROL_WORDS[control]} at ${place} (${call})`,
    cloud: cloudOf({ registry, repository: repository ?? "" }),
    own: { control, call, ...valueOf("before", before), ...valueOf("after", after) },
    fields: registryFinding({
      control,
      place,
      type: repository === undefined ? "container_registry" : "container_repository",
      title: `${place}: ${CONTROL_WORDS[control]} was changed`,
      at,
      compliance: WARNING,
      ...(before === undefined ? {} : { parameters: [{ name: control, value: short(before) }] }),
      evidences: [evidenceOf(event)],
      mend: "ask whoever did it; `moorgate doctor` says what stands against the gate now",
      data: { registry, ...(repository === undefined ? {} : { repository }), ...valueOf("digest", digest), ...valueOf("observed", after) },
      disposition: ALERT,
      status: FINDING_STATUS.new,
      isAlert: true,
      code: "drift",
      detail: `${call} by ${by}${after === undefined ? "" : `: ${after}`}`,
    }),
  });
}

function evidenceOf({ registry, actor, call, control }: Drifted): Fields {
  const user = actor === undefined ? {} : { user: { name: short(actor), ...labelled("type", USER_TYPE, 0) } };
  return { actor: { app_name: registry, ...user }, data: { call, control } };
}

function valueOf(name: string, value: string | undefined): Fields {
  return value === undefined ? {} : { [name]: short(value) };
}
