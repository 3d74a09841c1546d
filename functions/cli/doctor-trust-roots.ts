import type * as z from "zod";
import { keptTrustRoots } from "../../shared/compose/sigstore-roots.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { between, type Instant, parseInstant, printDuration } from "../../shared/domain/time.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import type { StatusView } from "../../shared/web/api/schema-status.ts";
import { trustRootView } from "../../shared/web/api/view.ts";
import { type Finding, mend, well } from "./doctor-check.ts";

type TrustRoot = z.output<typeof StatusView>["trustRoots"][number];

/** How old the mirror's word for a trusted root is. An old root still verifies; what was revoked since then is not known. */
export function lookAtTrustRoot({ name, source, isRead, checkedAt, expiresAt, fault }: TrustRoot, now: Instant): Finding {
  const what = `trusted root ${name}`;
  const state = checkedAt === undefined ? "never read whole" : `confirmed ${printDuration(between(parseInstant(checkedAt), now))} ago`;
  const use = isRead ? "the root that was read last stays in use" : "nothing that it signed can be verified";
  const isOver = expiresAt !== undefined && parseInstant(expiresAt) < now;
  if (isOver)
    return mend(what, `${state}; the word of ${source} for it ended at ${expiresAt}${because(fault)}`, `reach the mirror; ${use}`);
  if (fault !== undefined || !isRead) return mend(what, `${state}; not renewed${because(fault)}`, `mend ${source}; ${use}`);
  return well(what, expiresAt === undefined ? state : `${state}, good until ${expiresAt}`);
}

/** Of a policy that could not be read nothing is said here: it is a finding of its own. */
export function lookAtKeptRoots(policyFile: string | undefined, keptIn: string): readonly Finding[] {
  if (policyFile === undefined) return [];
  try {
    return keptTrustRoots(policyFile, keptIn).map((root) => lookAtTrustRoot(trustRootView(root), systemClock.now()));
  } catch (error) {
    if (error instanceof PolicyError || error instanceof ParseError) return [];
    throw error;
  }
}

function because(fault: string | undefined): string {
  return fault === undefined ? "" : `: ${fault}`;
}
