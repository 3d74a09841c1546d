import { existsSync } from "node:fs";
import { updateTrustRoots } from "../../shared/compose/sigstore-roots.ts";
import { printInstant } from "../../shared/domain/time.ts";
import type { TrustRootStatus } from "../../shared/ports/gate-status.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { trustRootView } from "../../shared/web/api/view.ts";
import { columns } from "./columns.ts";
import { EXIT } from "./exit-code.ts";
import { stateFolder } from "./gate.ts";
import { keptRoots } from "./kept-roots.ts";
import { withProgress } from "./progress.ts";
import { inForce } from "./stored.ts";
import type { Run } from "./verb.ts";

const WHAT = "Could not update the trusted roots";
const HERE = "policy.yaml";

/** The only command that fetches them; all others, and the gate between two looks, use what was kept. */
export const runTrustUpdate: Run = async ({ flags, terminal, asJson }) => {
  const file = flags.text("policy") ?? (existsSync(HERE) ? HERE : inForce(stateFolder(flags), WHAT, "--policy FILE"));
  const roots = await withProgress(terminal, "Asking the mirrors", () => updateTrustRoots(file, keptRoots(flags), systemClock.now()));
  if (asJson) terminal.printJson({ policy: file, trustRoots: roots.map(trustRootView) });
  else terminal.print(roots.length === 0 ? `  NOTHING     ${file} takes no trusted root from a mirror` : words(roots));
  return roots.some(({ fault }) => fault !== undefined) ? EXIT.failed : EXIT.fine;
};

function words(roots: readonly TrustRootStatus[]): string {
  const rows = roots.map(({ name, source, isRead, expiresAt, fault }) => {
    if (fault === undefined)
      return ["  + updated", name, `${source}, good until ${expiresAt === undefined ? "?" : printInstant(expiresAt)}`];
    return ["  x failed", name, `${fault}; ${isRead ? "the root that was read last stays in use" : "there is no root to verify with"}`];
  });
  return columns(rows, Number.POSITIVE_INFINITY).join("\n");
}
