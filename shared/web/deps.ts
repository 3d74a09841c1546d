import type { SimulationReport } from "../policy/simulate/report.ts";
import type { Clock } from "../ports/clock.ts";
import type { GateStatus } from "../ports/gate-status.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { Operator } from "../ports/operator.ts";
import type { TakeOvers } from "../ports/take-over.ts";
import type { MetricsRoom } from "../runtime/metrics.ts";
import type { AccessToken } from "./access.ts";

/** All that the HTTP app knows of the gate. Each cloud's door and the local one make it from their composition. */
export interface WebDeps {
  readonly operator: Operator;
  readonly ledger: Ledger;
  readonly takeOvers: TakeOvers<SimulationReport>;
  readonly status: () => Promise<GateStatus>;
  readonly metrics: MetricsRoom;
  /** Who may ask. Several while one is rotated; a token that leaves the list ends its sessions. */
  readonly tokens: readonly AccessToken[];
  readonly clock: Clock;
  readonly log: Log;
  /** Whether clusters may ask about what they are about to start. */
  readonly hasAdmission: boolean;
  /** Whether the `Host` header names this gate: keeps pages of other names (DNS rebinding) out. */
  readonly isAllowedHost: (host: string) => boolean;
}
