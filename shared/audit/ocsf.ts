import type { JournalEntry } from "../domain/audit-event.ts";
import { renderActivity } from "./ocsf-activity.ts";
import { renderDeadline } from "./ocsf-deadline.ts";
import { renderDrift } from "./ocsf-drift.ts";
import type { OcsfEvent, Producer } from "./ocsf-event.ts";
import { renderJudged } from "./ocsf-finding.ts";
import { renderPosture } from "./ocsf-posture.ts";
import { renderSignature } from "./ocsf-signature.ts";
import { redact } from "./redact.ts";

/**
 * One journal entry as OCSF 1.8.0: verdicts, their deadlines, how a registry is set up and changes of that as Compliance Finding (2003), signatures that an image had and has no more as Detection Finding (2004), all
 * else as API Activity (6003), each with the profile `security_control`, and `cloud` where the registry's host names its provider. The same entry
 * always gives the same event.
 */
export function toOcsf(entry: JournalEntry, producer: Producer): OcsfEvent {
  const { partOf } = entry.event;
  const rendered = render(entry, producer);
  return redact(partOf === undefined ? rendered : asPart(rendered));
}

/** The run raises the alert, once. Everything else is said as it is, so that the finding is the same in all that the SIEM has. */
function asPart(rendered: OcsfEvent): OcsfEvent {
  return { ...rendered, is_alert: false };
}

function render(entry: JournalEntry, producer: Producer): OcsfEvent {
  const { event } = entry;
  switch (event.kind) {
    case "judged":
      return renderJudged(entry, event, producer);
    case "signature":
      return renderSignature(entry, event, producer);
    case "deadline":
      return renderDeadline(entry, event, producer);
    case "drifted":
      return renderDrift(entry, event, producer);
    case "posture":
      return renderPosture(entry, event, producer);
    default:
      return renderActivity(entry, event, producer);
  }
}
