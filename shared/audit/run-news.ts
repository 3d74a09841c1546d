import type { AuditEvent } from "../domain/audit-event.ts";
import { type News, type RunNews, URGENT_NEWS } from "../domain/run-news.ts";
import { isJudgedAlert } from "./ocsf-finding.ts";
import { isSignatureAlert } from "./ocsf-signature.ts";

/** As what a summary of its run counts an event. Whatever would be an alert by itself is urgent news. */
export function newsOf(event: AuditEvent): News | undefined {
  switch (event.kind) {
    case "judged":
      return newsOfVerdict(event);
    case "signature":
      return isSignatureAlert(event) ? "unsigned" : undefined;
    case "deadline":
      return event.state === "over" ? "overdue" : "deadline";
    case "acted":
      return newsOfAct(event);
    case "published":
      return event.outcome.kind === "failed" ? "failed" : undefined;
    case "parked":
      return "parked";
    default:
      return undefined;
  }
}

function newsOfVerdict(event: Extract<AuditEvent, { readonly kind: "judged" }>): News | undefined {
  if (isJudgedAlert(event)) return event.verdict.kind === "violating" ? "violating" : "undecided";
  return event.verdict.kind === "compliant" && event.previous !== "compliant" ? "compliant" : undefined;
}

function newsOfAct({ action, outcome }: Extract<AuditEvent, { readonly kind: "acted" }>): News | undefined {
  if (outcome.kind === "failed") return "failed";
  if (action.verb === "delete") return outcome.kind === "applied" ? "deleted" : undefined;
  const takes = action.verb === "hold" || (action.verb === "retag" && action.purpose === "roll-back");
  return takes && outcome.kind === "applied" ? "held" : undefined;
}

/**
 * Whether somebody has to look. What the run was told as an alert for, and goes on with, is no other one; nor is what a person approved of. What
 * could not be done always is.
 */
export function isUrgent({ counts, state, isAlerted }: Pick<RunNews, "counts" | "state" | "isAlerted">): boolean {
  const urgent = URGENT_NEWS.filter((news) => (counts[news] ?? 0) > 0);
  if (urgent.includes("failed") || urgent.includes("parked")) return true;
  return !isAlerted && urgent.some((news) => news !== "held" || state !== "approved");
}
