import { posture } from "../audit/record.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { SetupFinding } from "../domain/setup-finding.ts";
import type { PostureStore } from "../ports/posture-store.ts";
import { compareSetup } from "../posture/news.ts";
import type { GateDeps } from "./deps.ts";

/** How one registry is set up, held against what the policy in force needs of it. @throws AdapterError where it cannot be asked at all */
export type SetupLook = () => Promise<readonly SetupFinding[]>;

interface Deps extends Pick<GateDeps, "ledger" | "clock"> {
  readonly postures: PostureStore;
}

/**
 * Looks at how the registries are set up, and tells the journal what is new about it. One that cannot be looked at keeps none of the others from it.
 * @throws what kept it from looking at one of them
 */
export async function lookAtSetups(deps: Deps, looks: ReadonlyMap<RegistryHost, SetupLook>, signal?: AbortSignal): Promise<void> {
  const faults: unknown[] = [];
  for (const [registry, look] of looks) await lookAtOne(deps, registry, look, signal).catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

async function lookAtOne({ ledger, postures, clock }: Deps, registry: RegistryHost, look: SetupLook, signal?: AbortSignal): Promise<void> {
  const findings = await look();
  // What was broken off found things unread that nobody else would.
  signal?.throwIfAborted();
  const now = clock.now();
  const { untold } = await postures.change(registry, (before) => {
    const { told, news } = compareSetup(before.told, findings);
    return { told, untold: [...before.untold, ...news.map((each) => posture(registry, each, now))] };
  });
  if (untold.length === 0) return;
  await ledger.append(untold);
  const ids = new Set(untold.map(({ id }) => id));
  await postures.change(registry, (after) => ({ ...after, untold: after.untold.filter(({ id }) => !ids.has(id)) }));
}
