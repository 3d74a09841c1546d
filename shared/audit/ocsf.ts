import type { JournalEntry } from "../domain/audit-event.ts";
import { renderActivity } from "./ocsf-activity.ts";
import type { OcsfEvent, Producer } from "./ocsf-event.ts";
import { renderJudged } from "./ocsf-finding.ts";
import { redact } from "./redact.ts";

/**
 * One journal entry as OCSF 1.8.0: verdicts as Compliance Finding (2003), all else as API Activity (6003), both with the profile
 * `security_control`, and `cloud` where the registry's host names its provider. The same entry always gives the same event.
 */
export function toOcsf(entry: JournalEntry, producer: Producer): OcsfEvent {
  const { event } = entry;
  return redact(event.kind === "judged" ? renderJudged(entry, event, producer) : renderActivity(entry, event, producer));
}
