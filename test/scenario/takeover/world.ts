import type { BrakeLimits } from "../../../shared/domain/brake.ts";
import type { ImageKey } from "../../../shared/domain/image-ref.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { admit } from "../../../shared/pipeline/admit.ts";
import { readJudgeWork } from "../../../shared/pipeline/work.ts";
import { imageNamed, type SmallGate, type SmallGateOptions, startSmallGate } from "../../fakes/small-gate.ts";

/** Everything that names nobody who scanned it is left alone; what a report speaks against is held. */
export const POLICY = `apiVersion: moorgate.dev/v1
kind: Policy
metadata: { name: test }
mode: enforce
rules:
  - { id: no-critical, rule: severity-threshold, atLeast: critical }
`;

export const OTHER_POLICY = POLICY.replace("atLeast: critical", "atLeast: low");

const USAGE = { places: [{ name: "east", maxAge: parseDuration("1d") }], pulledWithin: parseDuration("1h"), scanners: [] };

export const ACTOR = { name: "ann", reason: "seen with the teams" };

/** A gate in front of an embedded registry that had images before it came. */
export interface TakeOverWorld extends SmallGate {
  readonly registry: string;
  /** By the number of the image: what became of it. */
  readonly images: readonly ImageKey[];
  held(): Promise<readonly number[]>;
  deadlines(): Promise<readonly number[]>;
  /** Runs so many jobs, and no more. */
  work(jobs: number): Promise<void>;
}

/** What lies there: every image by number; `critical` have a report with a critical finding, `clean` one with none, `running` run. */
export interface Lying {
  readonly count: number;
  readonly critical: readonly number[];
  readonly clean: readonly number[];
  readonly running: readonly number[];
  readonly repositories: number;
}

export async function startTakeOver(
  lying: Lying,
  options: SmallGateOptions & { readonly policy?: string; readonly brake?: BrakeLimits | "off" } = {},
): Promise<TakeOverWorld> {
  const { policy = POLICY, brake = "off", registry = { takeOver: "ask" }, ...rest } = options;
  const gate = await startSmallGate(policy, brake, { registry, usage: USAGE, ...rest });
  gate.loseEvents(true);
  const images: ImageKey[] = [];
  for (let number = 0; number < lying.count; number += 1)
    images.push(await gate.push(`shop/app${number % lying.repositories}`, `v${number}`, imageNamed(`image ${number}`)));
  gate.loseEvents(false);
  for (const number of [...lying.critical, ...lying.clean]) await report(gate, keyAt(images, number), lying.critical.includes(number));
  await tellRunning(
    gate,
    lying.running.map((number) => keyAt(images, number)),
  );
  const numbersOf = async (isOne: (key: ImageKey) => Promise<boolean>): Promise<readonly number[]> => {
    const found: number[] = [];
    for (const [number, key] of images.entries()) if (await isOne(key)) found.push(number);
    return found;
  };
  return {
    ...gate,
    registry: gate.host,
    images,
    held: () => numbersOf(async (key) => (await gate.gate.deps.ledger.image(key))?.hold.kind === "held"),
    deadlines: () => numbersOf(async (key) => (await gate.gate.deps.ledger.image(key))?.deadline !== undefined),
    work: (jobs) => work(gate, jobs),
  };
}

export function keyAt(images: readonly ImageKey[], number: number): ImageKey {
  const key = images[number];
  if (key === undefined) throw new Error(`there is no image ${number}`);
  return key;
}

/** The gate of a test takes reports at any time, also on images that it has not met. */
export async function report(gate: SmallGate, { digest }: Pick<ImageKey, "digest">, isCritical: boolean): Promise<void> {
  const vulnerability = {
    VulnerabilityID: "CVE-2026-0001",
    PkgName: "openssl",
    InstalledVersion: "1",
    FixedVersion: "2",
    Severity: "CRITICAL",
  };
  const result = { Target: "os", Class: "os-pkgs", Type: "debian", Vulnerabilities: isCritical ? [vulnerability] : [] };
  const trivy = {
    SchemaVersion: 2,
    CreatedAt: new Date().toISOString(),
    ArtifactName: "image",
    ArtifactType: "container_image",
    Results: [result],
  };
  const posted = await gate.gate.operator.postReport(digest, "trivy", Buffer.from(JSON.stringify(trivy)));
  if (posted.kind !== "stored") throw new Error(posted.why);
}

/** The whole word of the one place that is expected to say what it runs. */
export async function tellRunning(gate: SmallGate, images: readonly ImageKey[]): Promise<void> {
  await gate.gate.deps.usage.put({
    place: "east",
    seenAt: gate.gate.deps.clock.now(),
    images: images.map(({ digest }, number) => ({ digest, workloads: [{ name: `shop/Deployment/app${number}` }] })),
    unmatched: [],
  });
}

async function work({ gate: { deps } }: SmallGate, jobs: number): Promise<void> {
  for (let done = 0; done < jobs; done += 1) {
    const now = deps.clock.now();
    const [job] = await deps.queue.claim(1, now, 60_000);
    if (job === undefined) return;
    await deps.queue.finish(job, await admit(deps, readJudgeWork(job.payload), { queuedAt: job.queuedAt, now }), now);
  }
}
