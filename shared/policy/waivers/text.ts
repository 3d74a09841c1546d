import { stringify } from "yaml";
import { type Instant, printInstant } from "../../domain/time.ts";
import type { Waiver } from "./waiver.ts";

type Written = Omit<Waiver, "place">;

const HEAD = "apiVersion: moorgate.dev/v1\nkind: Waivers\nwaivers:\n";

/** A waiver file, which reads back as the same waivers. */
export function printWaivers(waivers: readonly Written[]): string {
  return `${HEAD}${waivers.length === 0 ? "  []\n" : waivers.map(printWaiver).join("\n")}`;
}

/** One entry of a waiver file, indented to be put below `waivers:`. */
export function printWaiver(waiver: Written): string {
  const { id, scope, severity, owner, reason, ticket, approvedBy, secondApprovedBy, createdAt, expiresAt, evenIfFixed, evenIfExploited } =
    waiver;
  const entry = {
    id,
    scope,
    severity,
    owner,
    reason,
    ticket,
    approvedBy,
    secondApprovedBy,
    createdAt: printDay(createdAt),
    expiresAt: printDay(expiresAt),
    ...(evenIfFixed ? { evenIfFixed } : {}),
    ...(evenIfExploited ? { evenIfExploited } : {}),
  };
  // Texts of reports stand in it: the library quotes whatever YAML could read otherwise.
  const text = stringify([entry], { version: "1.2", schema: "core", lineWidth: 0, keepUndefined: false, aliasDuplicateObjects: false });
  return text.replace(/^(?=.)/gm, "  ");
}

function printDay(at: Instant): string {
  const text = printInstant(at);
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
}
