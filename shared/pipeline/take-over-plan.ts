import type { ImageRecord } from "../domain/image-record.ts";
import type { ImageKey } from "../domain/image-ref.ts";
import type { TakeOverNumbers } from "../domain/take-over.ts";
import type { Instant } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import type { Verdict } from "../domain/verdict.ts";
import { evaluate } from "../policy/evaluate.ts";
import { type SimulationReport, startSimulation } from "../policy/simulate/report.ts";
import type { StoredEvidence } from "../ports/evidence-store.ts";
import type { TakeOverPlan, UseCounts } from "../ports/take-over.ts";
import type { GateDeps, WatchedRegistry } from "./deps.ts";
import { decide, keepOverride } from "./prepare.ts";
import { openJobs } from "./take-over-status.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Images between two turns of the event loop. */
const AT_ONCE = 25;

/**
 * Judges what is stored of a registry's images by the policy in force, as though it were enforced, and decides of each what the gate would do: by
 * the same steps that hold it afterwards. Asks no registry and changes nothing.
 */
export async function planTakeOver(deps: GateDeps, watched: WatchedRegistry, now: Instant): Promise<TakeOverPlan<SimulationReport>> {
  const { policy } = deps.policy();
  const threats = deps.threats();
  const simulation = startSimulation({ before: { ...policy, mode: "dry-run" }, after: { ...policy, mode: "enforce" }, now, threats });
  const counts = openCounts();
  const { host } = watched.registry;
  const standing = deps.standings.of(host);
  const unjudged = standing === undefined ? 0 : (await openJobs(deps, host, standing)).parked;
  let read = 0;
  for await (const entry of deps.evidence.entries(now, { registry: host })) {
    const record = await deps.ledger.image(entry.image);
    if (record?.presence !== "present") continue;
    const decided = await decideOf(deps, watched, record, entry, now);
    simulation.add({ ...entry, usage: decided.use });
    counts.add(decided);
    read += 1;
    if (read % AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { registry: host, at: now, policy: policy.id, ...counts.taken(), unjudged, simulation: simulation.report() };
}

interface Decided {
  readonly image: ImageKey;
  readonly verdict: Verdict;
  readonly outcome: "hold" | "deadline" | "decided" | "none";
  readonly use: Usage;
}

async function decideOf(
  deps: GateDeps,
  watched: WatchedRegistry,
  record: ImageRecord,
  { image, tags, evidence }: StoredEvidence,
  now: Instant,
): Promise<Decided> {
  const { policy } = deps.policy();
  const threats = deps.threats();
  const target = { registry: image.registry, repository: image.repository, tags };
  const verdict: Verdict = { ...evaluate(policy, target, evidence, now, threats), mode: "enforce" };
  const judged = { before: record, record: { ...record, verdict }, evidence, borne: tags, threats };
  const isFree = record.hold.kind === "free";
  const { verb, deadline, override, use } = await decide(deps, watched, judged, keepOverride, isFree, now);
  if (!isFree || override !== undefined) return { image, verdict, outcome: "decided", use: use.usage };
  if (deadline !== undefined) return { image, verdict, outcome: "deadline", use: use.usage };
  return { image, verdict, outcome: verb === "hold" ? "hold" : "none", use: use.usage };
}

interface Counts {
  add(decided: Decided): void;
  taken(): Pick<TakeOverPlan<unknown>, "numbers" | "use" | "holds">;
}

function openCounts(): Counts {
  const verdicts = { compliant: 0, violating: 0, indeterminate: 0 };
  const numbers: Mutable<TakeOverNumbers> = { images: 0, verdicts, hold: 0, deadline: 0, decided: 0 };
  const use: Mutable<UseCounts> = { running: 0, pulled: 0, notRunning: 0, unknown: 0 };
  const holds: ImageKey[] = [];
  return {
    add({ image, verdict, outcome, use: { kind } }) {
      numbers.images += 1;
      verdicts[verdict.kind] += 1;
      if (outcome !== "none") numbers[outcome] += 1;
      if (outcome === "hold") holds.push(image);
      if (verdict.kind === "violating" || verdict.holdsUnknown) use[kind === "not-running" ? "notRunning" : kind] += 1;
    },
    taken: () => ({ numbers, use, holds }),
  };
}
