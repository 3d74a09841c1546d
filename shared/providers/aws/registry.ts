import type { Repository } from "../../domain/image-ref.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { RegistrySettings } from "../../ports/provider.ts";
import type { ActResult, Capabilities, Registry } from "../../ports/registry.ts";
import { openPullers, type Puller } from "../oci/pullers.ts";
import { openOciRegistry } from "../oci/registry.ts";
import { type Ask, accessOf, type Surroundings, USUAL } from "./access.ts";
import { archiveOf } from "./block.ts";
import { openEndpoint, openReach } from "./endpoint.ts";
import { ecrHolding } from "./holding.ts";
import { callersOf } from "./in-events.ts";
import { inventory, pullTimes, taggedIndexes } from "./inventory.ts";
import { pagesOf } from "./pages.ts";
import { remembered } from "./remembered.ts";
import { openReplicas } from "./replicas.ts";

/** Replication and pull-through caches are set up once and for long. */
const SETUP_MS = 300_000;

const CAPABILITIES = {
  removeTag: "native",
  referrers: "api",
  listsRepositories: true,
  listsUntagged: false,
  immutableTags: true,
  events: ["pushed", "deleted", "scanned"],
} as const satisfies Partial<Capabilities>;

/**
 * One private registry of ECR: images over the distribution protocol, and the service for what that has no word for. Nothing is asked, and no SDK
 * loaded, before the first use. `more`: who else is asked after a hold.
 * @throws ParseError where its account and region are not known
 */
export function openEcrRegistry(
  settings: Omit<RegistrySettings, "provider" | "credentials">,
  surroundings: Surroundings = USUAL,
  more: readonly Puller[] = [],
): Registry {
  const { host, quarantine, aws = {} } = settings;
  const access = accessOf(host, aws);
  const { clock } = surroundings.retry;
  const { ask, client } = openEndpoint(access, settings, surroundings);
  const native = archiveOf(ask, client);
  const [home, ...away] = openPullers({ ...settings, provider: "ecr", credentials: async () => undefined }, client);
  const registry = openOciRegistry(client, { host, quarantine }, [home, ...away, ...more], ecrHolding(native, ask, aws.hold));
  const replicas = openReplicas({
    place: access.place,
    native,
    moves: registry.capabilities.hold.mechanism === "move",
    rules: remembered((signal) => ask("the replication of the registry", (calls) => calls.replicationRules(), signal), SETUP_MS, clock),
    reach: openReach(access, settings, surroundings),
  });
  const caches = remembered((signal) => cachePrefixes(ask, signal), SETUP_MS, clock);
  return {
    ...registry,
    capabilities: { ...registry.capabilities, ...CAPABILITIES, lastPulled: aws.principal !== undefined },
    inventory: inventory(ask),
    taggedIndexes: taggedIndexes(ask),
    async hold(action, signal) {
      const held = await replicas.hold(action, await registry.hold(action, signal), signal);
      return noted(held, await cacheWords(caches, action.image.repository, signal));
    },
    deleteHeld: async (action, signal) => replicas.deleted(action, await registry.deleteHeld(action, signal), signal),
    release: async (action, signal) => replicas.release(action, await registry.release(action, signal), signal),
    ...(aws.principal === undefined ? {} : { lastPulledAt: pullTimes(ask, callersOf(aws)) }),
  };
}

function noted(result: ActResult, words: readonly string[]): ActResult {
  return words.length === 0 ? result : { ...result, notes: [...result.notes, ...words] };
}

async function cachePrefixes(ask: Ask, signal?: AbortSignal): Promise<readonly string[]> {
  return Array.fromAsync(pagesOf((next) => ask("the pull-through caches of the registry", (calls) => calls.cachePrefixes(next), signal)));
}

/** What a cache lost, its next pull imports; the gate hears of that as of a push, and holds it again. Whoever may not ask is told nothing. */
async function cacheWords(
  caches: (signal?: AbortSignal) => Promise<readonly string[]>,
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  try {
    const isCached = (await caches(signal)).some((prefix) => prefix === "ROOT" || repository.startsWith(`${prefix}/`));
    return isCached ? [`${repository} is filled from another registry: a pull may import the image again, and it is held again then`] : [];
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return [];
  }
}
