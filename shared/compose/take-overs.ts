import type { GateDeps } from "../pipeline/deps.ts";
import { confirmTakeOver, showTakeOver } from "../pipeline/take-over.ts";
import { lookAtNew } from "../pipeline/take-over-begin.ts";
import { listUnscanned } from "../pipeline/take-over-scans.ts";
import { takeOverStatus } from "../pipeline/take-over-status.ts";
import type { SimulationReport } from "../policy/simulate/report.ts";
import type { TakeOvers } from "../ports/take-over.ts";

/** What a gate does with registries that had images before it came. */
export function openTakeOvers(deps: GateDeps): {
  readonly takeOvers: TakeOvers<SimulationReport>;
  refreshStandings(signal?: AbortSignal): Promise<void>;
} {
  const alone = <T>(registry: string, work: () => Promise<T>): Promise<T> => deps.locks.run(`take-over:${registry}`, work);
  return {
    takeOvers: {
      async status() {
        await deps.standings.refresh();
        return takeOverStatus(deps);
      },
      plan: (request) => alone(request.registry, () => showTakeOver(deps, request)),
      confirm: (request) => alone(request.registry, () => confirmTakeOver(deps, request)),
      scans: (registry, limit) => listUnscanned(deps, registry, limit),
    },
    async refreshStandings(signal) {
      await deps.standings.refresh();
      await Promise.all([...deps.registries.values()].map((watched) => lookAtNew(deps, watched, signal)));
    },
  };
}
