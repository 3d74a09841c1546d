import type { AuditEvent, JournalEntry } from "../domain/audit-event.ts";
import { postureWords } from "../domain/posture.ts";
import type { SetupCode } from "../domain/setup-finding.ts";
import { envelop, type OcsfEvent, type Producer, short } from "./ocsf-event.ts";
import { registryFinding } from "./ocsf-registry.ts";
import { cloudOf } from "./ocsf-resource.ts";
import { ALERT, COMPLIANCE_FINDING, FINDING_ACTIVITY, FINDING_STATUS, SEVERITY_IDS } from "./ocsf-tables.ts";

type PostureEvent = Extract<AuditEvent, { readonly kind: "posture" }>;

/** With these what is held can be pulled or goes, or nobody looks at what is pushed. */
const GRAVE: readonly SetupCode[] = ["lifecycle-expires-held", "may-not-hold", "policy-denies-gate", "quarantine-open", "scan-off"];

const ACTIVITY = { opened: FINDING_ACTIVITY.create, changed: FINDING_ACTIVITY.update, cleared: FINDING_ACTIVITY.close } as const;
const STATUS = { opened: FINDING_STATUS.new, changed: FINDING_STATUS.inProgress, cleared: FINDING_STATUS.resolved } as const;
const [PASS, NO_RESULT, FAIL] = [1, 2, 3];
const CORRECTED = 11;

/** What stands against the gate in how a registry is set up, as Compliance Finding: one for each kind of it at each registry. What is not certain alerts nobody. */
export function renderPosture(entry: JournalEntry, event: PostureEvent, producer: Producer): OcsfEvent {
  const { registry, code, change, state, places, count, fact, next, at } = event;
  const isCleared = change === "cleared";
  const what = postureWords(event);
  return envelop(entry, producer, {
    class: COMPLIANCE_FINDING,
    activity: ACTIVITY[change],
    code: isCleared ? "registry.posture.closed" : "registry.posture.finding",
    severity: severityOf(event),
    message: `${registry}: ${what}`,
    cloud: cloudOf({ registry, repository: "" }),
    own: { finding: code, change, places: places.map(short), count },
    fields: registryFinding({
      control: code,
      place: registry,
      type: "container_registry",
      title: `${registry}: ${code}`,
      at,
      compliance: isCleared ? PASS : { mend: FAIL, unknown: NO_RESULT }[state],
      ...(next === undefined ? {} : { mend: next }),
      data: { registry, observed: short(fact) },
      disposition: isCleared ? CORRECTED : ALERT,
      status: STATUS[change],
      isAlert: !isCleared && state === "mend",
      code,
      detail: what,
    }),
  });
}

function severityOf({ change, state, code }: PostureEvent): number {
  if (change === "cleared") return 1;
  if (state === "unknown") return SEVERITY_IDS.low;
  return GRAVE.includes(code) ? SEVERITY_IDS.high : SEVERITY_IDS.medium;
}
