import { type Happening } from "../fakes/memory-registry.ts";
import { QUARANTINE, type World } from "./world.ts";

/**
 * When all work is done and the gate is halted, or only shows what it would do, it changes no registry from then on, but where a person asks for it.
 */
export async function hush(world: World): Promise<void> {
  const { store, process, rules } = world;
  const isHalted = (await store.halts.now()).kind === "halted";
  if ((!isHalted && !rules.isDryRun) || (await store.undos.open()).length > 0) return;
  if (process.gate.deps.policy().policy.mode !== "dry-run" && !isHalted) return;
  const { items } = await store.ledger.images({ limit: 500 });
  const open = items.filter(({ pending, override }) => pending !== undefined || override !== undefined);
  world.quiet = { why: isHalted ? "halted" : "in a dry run", exempt: new Set(open.map(({ key }) => key.repository)) };
}

/** Whoever acts by hand may have the gate change something there. */
export function breakQuiet({ quiet }: World, repository: string): void {
  quiet?.exempt.add(repository);
}

/** Called for all that the gate does to the registry. */
export function noteChange({ quiet, defects }: Pick<World, "quiet" | "defects">, { repository, action, tag, digest }: Happening): void {
  const own = repository.startsWith(`${QUARANTINE}/`) ? repository.slice(QUARANTINE.length + 1) : repository;
  if (quiet === undefined || quiet.exempt.has(own)) return;
  defects.push(`although it is ${quiet.why}, the gate does a ${action} of ${tag ?? digest} in ${repository}`);
}
