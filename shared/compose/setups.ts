import type { RegistryHost } from "../domain/image-ref.ts";
import type { ActivePolicy } from "../pipeline/deps.ts";
import { lookAtSetups, type SetupLook } from "../pipeline/look-at-setups.ts";
import { notationAsked, type Shelf, scanAgeAsked, scanAsked, signatureAsked } from "../policy/asked-of-registry.ts";
import type { NotationTrust } from "../ports/notation-trust.ts";
import type { AskedOfRepository, RegistrySetup, SetupDemand } from "../ports/registry-setup.ts";
import type { Store } from "../ports/store.ts";
import { type CheckStatement, readTrustPolicy, type Statement } from "../signatures/notation/trust-policy.ts";
import type { Gate, RegistryEntry } from "./gate.ts";

type Setups = Readonly<Record<string, (entry: RegistryEntry) => Promise<RegistrySetup>>>;

/** Not in the table of providers: nothing that judges or holds needs it. */
const SETUPS: Setups = { ecr: async (entry) => (await import("../providers/aws/setup.ts")).openEcrSetup(entry) };

/** Who knows how a registry is set up; `undefined` for a product of which that cannot be asked. */
export async function openSetup(entry: RegistryEntry): Promise<RegistrySetup | undefined> {
  return SETUPS[entry.provider]?.(entry);
}

/**
 * Tells the journal what is new about how registries are set up, as far as that can be asked of them. No part of the gate: whoever calls it has to be allowed
 * what it asks, and most functions are not. @throws AdapterError
 */
export function lookAtPosture(
  { deps }: Pick<Gate, "deps">,
  { postures }: Store,
  entries: readonly RegistryEntry[],
  signal?: AbortSignal,
): Promise<void> {
  const looks = entries.flatMap((entry): (readonly [RegistryHost, SetupLook])[] => {
    const open = SETUPS[entry.provider];
    return open === undefined
      ? []
      : [[entry.host, async () => (await open(entry)).look(setupDemand(deps.policy(), entry, entries), signal)]];
  });
  return lookAtSetups({ ...deps, postures }, new Map(looks), signal);
}

/** What the gate needs of one registry, by the policy and by what the settings say of all. */
export function setupDemand(
  { policy, trust }: Pick<ActivePolicy, "policy" | "trust">,
  { host, mode }: RegistryEntry,
  all: readonly RegistryEntry[],
): SetupDemand {
  const { rollBack, promote, deleteHeldAfter } = policy.enforcement;
  const statements = trust.notation === undefined ? [] : statementsOf(trust.notation);
  return {
    enforces: mode === "enforce" && policy.mode === "enforce",
    movedTags: [...new Set([...rollBack, ...promote.map(({ to }) => to)])],
    leavesUntagged: rollBack.length > 0,
    watched: new Set(all.map((each) => each.host)),
    ...(deleteHeldAfter === undefined ? {} : { heldFor: deleteHeldAfter }),
    askedOf: (repository): AskedOfRepository => {
      const shelf: Shelf = { registry: host, repository };
      const age = scanAgeAsked(policy, shelf);
      return {
        scan: scanAsked(policy, shelf),
        ...(age === undefined ? {} : { scanMaxAge: age }),
        signature: signatureAsked(policy, shelf),
        notation: notationAsked(policy, shelf),
        signingProfiles: profilesFor(statements, host, repository),
      };
    },
  };
}

/** The policy was read when it was loaded: it is right. */
function statementsOf({ policy }: NotationTrust): readonly Statement[] {
  return readTrustPolicy(policy);
}

/** Notary Project, "Trust policy": the statement that names the repository, else the one for all. */
function profilesFor(statements: readonly Statement[], host: RegistryHost, repository: string): AskedOfRepository["signingProfiles"] {
  const named = statements.find(({ scopes }) => scopes.includes(`${host}/${repository}`));
  const statement = named ?? statements.find(({ scopes }) => scopes.includes("*"));
  if (statement?.kind !== "check") return [];
  return statement.identities === "any" && trustsAuthorities(statement) ? "any" : statement.signingProfiles;
}

function trustsAuthorities({ stores }: CheckStatement): boolean {
  return stores.some((store) => store.startsWith("signingAuthority:"));
}
