import type { RegistryEntry } from "../../shared/compose/gate.ts";
import { openSetup, setupDemand } from "../../shared/compose/setups.ts";
import type { SetupFinding } from "../../shared/domain/setup-finding.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { type Finding, look, unknown } from "./doctor-check.ts";

const MOST_SHOWN = 3;

/** How the registries are set up of which that can be asked, held against what the policy needs; none where there is no policy that can be read. */
export async function lookAtSetups(registries: readonly RegistryEntry[], active: ActivePolicy | undefined): Promise<readonly Finding[]> {
  const found = await Promise.all(registries.map((entry) => lookAtSetup(entry, registries, active)));
  return found.flat();
}

async function lookAtSetup(
  entry: RegistryEntry,
  all: readonly RegistryEntry[],
  active: ActivePolicy | undefined,
): Promise<readonly Finding[]> {
  const what = `${entry.host} set-up`;
  try {
    const setup = await openSetup(entry);
    if (setup === undefined) return [];
    if (active === undefined) return [unknown(what, "no policy to hold it against", "mend the policy first")];
    return (await setup.look(setupDemand(active, entry, all))).map((each) => shown(entry.host, each));
  } catch (error) {
    return [
      await look(what, () => {
        throw error;
      }),
    ];
  }
}

function shown(host: string, { code, places, state, fact, next }: SetupFinding): Finding {
  const more = places.length - MOST_SHOWN;
  const where = `${places.slice(0, MOST_SHOWN).join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
  return { what: `${host} ${where}`, state, code, places, fact, ...(next === undefined ? {} : { next }) };
}
