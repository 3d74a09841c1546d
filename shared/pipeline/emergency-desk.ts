import type { EmergencyOperator } from "../ports/emergency.ts";
import type { GateDeps } from "./deps.ts";
import { listConcerned } from "./emergency-list.ts";
import { reportOf } from "./emergency-report.ts";
import { startEmergency } from "./emergency-start.ts";

const MOST_LISTED = 20;

/** What people ask of the gate in an emergency. */
export function emergencyDesk(deps: GateDeps): EmergencyOperator {
  return {
    list: (request) => listConcerned(deps, request),
    start: (request) => startEmergency(deps, request),
    async report(run) {
      const found = await deps.emergencies.find(run);
      return found === undefined ? undefined : reportOf(deps, found);
    },
    recent: () => deps.emergencies.list({ limit: MOST_LISTED }),
  };
}
