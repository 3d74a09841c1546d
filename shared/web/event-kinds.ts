import type { AuditEvent } from "../domain/audit-event.ts";

/** What the journal tells of, as a filter and the API name it. */
export const EVENT_KINDS = [
  "judged",
  "planned",
  "acted",
  "gone",
  "signature",
  "deadline",
  "decided",
  "kept",
  "publishing",
  "published",
  "refused",
  "parked",
  "braked",
  "summary",
  "taken-over",
  "halted",
  "emergency",
  "proposed",
  "undo",
  "place-forgotten",
  "drifted",
  "posture",
] as const satisfies readonly AuditEvent["kind"][];
