import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RegistryEntry } from "../../shared/compose/gate.ts";
import { parseSettings } from "../../shared/compose/settings.ts";
import { ParseError } from "../../shared/domain/parse-error.ts";
import { dockerCredentials } from "../../shared/oci/credentials.ts";
import type { ActivePolicy } from "../../shared/pipeline/deps.ts";
import { PolicyError } from "../../shared/policy/policy-error.ts";
import { signersOf } from "../../shared/policy/trust/trust.ts";
import { dockerConfigFile, readEnvironment } from "../../shared/runtime/config.ts";
import { TRUST_ROOTS } from "../local/state.ts";
import { choosePolicy } from "./check-policy.ts";
import { type Finding, look, mend, well } from "./doctor-check.ts";

const SETTINGS = "moorgate.yaml";

/** The policy as `moorgate up` would take it, else the one in this folder; `undefined`: there is none. */
export function policyIn(stateDir: string, named: string | undefined): string | undefined {
  return named ?? [join(stateDir, "policy.yaml"), "policy.yaml"].find((file) => existsSync(file));
}

interface LookedAtPolicy {
  readonly finding: Finding;
  /** Absent where it cannot be read. */
  readonly active?: ActivePolicy;
}

export async function lookAtPolicy(stateDir: string, named: string | undefined): Promise<LookedAtPolicy> {
  const own = join(stateDir, "policy.yaml");
  const file = named ?? (existsSync(own) ? own : undefined);
  let chosen: ActivePolicy | undefined;
  const finding = await look("policy", () =>
    orMend("policy", file ?? "policy.yaml", () => {
      const { active, label } = choosePolicy(file, [], join(stateDir, TRUST_ROOTS));
      chosen = active;
      const { id, mode, rules } = active.policy;
      return well(
        "policy",
        `${id.name}@${id.version.slice(0, 6)}, ${mode}, ${rules.length} rules, ${signersOf(active.policy.trust).length} trusted signers (${label})`,
      );
    }),
  );
  return chosen === undefined ? { finding } : { finding, active: chosen };
}

interface LookedAt {
  readonly finding: Finding;
  /** Those that the settings name, and where they say that the store is: both are looked at next. */
  readonly registries: readonly RegistryEntry[];
  readonly store?: string;
}

export async function lookAtSettings(): Promise<LookedAt> {
  let named: Pick<LookedAt, "registries" | "store"> = { registries: [] };
  const finding = await look("settings", () =>
    orMend("settings", SETTINGS, () => {
      if (!existsSync(SETTINGS)) return well("settings", `no ./${SETTINGS}: the embedded registry alone`);
      const environment = readEnvironment();
      const read = parseSettings(readFileSync(SETTINGS, "utf8"), SETTINGS, environment, (host) =>
        dockerCredentials(dockerConfigFile(environment), host),
      );
      named = { registries: read.registries, ...(read.store === undefined ? {} : { store: read.store }) };
      return well("settings", `./${SETTINGS}: ${read.registries.length} registries, ${read.sinks.length} sinks`);
    }),
  );
  return { finding, ...named };
}

function orMend(what: string, file: string, work: () => Finding): Finding {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PolicyError || error instanceof ParseError)) throw error;
    return mend(what, error.message, `mend ${file}`);
  }
}
