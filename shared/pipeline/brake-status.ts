import type { ImageRecord } from "../domain/image-record.ts";
import type { RegistryHost } from "../domain/image-ref.ts";
import type { Run } from "../domain/run.ts";
import { type Instant, instant, parseDuration } from "../domain/time.ts";
import type { Usage } from "../domain/usage.ts";
import type { BrakeStatus, WaitingRun } from "../ports/operator.ts";
import type { GateDeps } from "./deps.ts";
import { askUsage, type UsageDeps } from "./usage.ts";

type StatusDeps = Pick<GateDeps, "runs" | "halts" | "registries" | "brake" | "clock"> & UsageDeps;

const HOUR = parseDuration("1h");
const MOST_RUNS = 100;
/** Asking who uses an image costs some queries each. */
const MOST_ASKED = 1_000;
const MOST_SHOWN = 100;
const AT_ONCE = 50;

/** What the brake lets through and what waits for a person. */
export async function brakeStatus(deps: StatusDeps): Promise<BrakeStatus> {
  const now = deps.clock.now();
  const [halt, heldInHour, stopped] = await Promise.all([
    deps.halts.now(),
    deps.runs.heldSince(instant(Math.max(0, now - HOUR))),
    deps.runs.list({ state: "stopped", limit: MOST_RUNS }),
  ]);
  const waiting: WaitingRun[] = [];
  for (const run of stopped) waiting.push(await waitingOf(deps, run, now));
  return { limits: deps.brake, halt, heldInHour, untold: await untoldBy(deps), waiting };
}

async function untoldBy({ brake, registries, usage }: StatusDeps): Promise<readonly RegistryHost[]> {
  if (brake === "off" || brake.pulledWithin === "off") return [];
  const untold: RegistryHost[] = [];
  for (const host of registries.keys()) if ((await usage.pullsToldSince(host)) === undefined) untold.push(host);
  return untold;
}

async function waitingOf(deps: StatusDeps, run: Run, now: Instant): Promise<WaitingRun> {
  const keys = (await deps.runs.waiting(run.id)).slice(0, MOST_ASKED);
  const uses: Record<Usage["kind"], number> = { running: 0, pulled: 0, "not-running": 0, unknown: 0 };
  const images: { key: ImageRecord["key"]; tags: ImageRecord["tags"]; use: Usage["kind"] }[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const records = await Promise.all(keys.slice(from, from + AT_ONCE).map((key) => deps.ledger.image(key)));
    const known = records.filter((record) => record !== undefined);
    const asked = await Promise.all(known.map(async (record) => [record, (await askUsage(deps, record, now)).kind] as const));
    for (const [{ key, tags }, use] of asked) {
      uses[use] += 1;
      images.push({ key, tags, use });
    }
  }
  return { run, images: images.toSorted((one, other) => ORDER[one.use] - ORDER[other.use]).slice(0, MOST_SHOWN), uses };
}

/** Whoever decides looks at what runs first. */
const ORDER: Readonly<Record<Usage["kind"], number>> = { running: 0, pulled: 1, unknown: 2, "not-running": 3 };
