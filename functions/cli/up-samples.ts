import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { printInstant } from "../../shared/domain/time.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { ImagePage } from "../../shared/web/api/schema.ts";
import { pushSamples } from "../local/samples/push.ts";
import { planSamples, type Sample } from "../local/samples/samples.ts";
import type { SigningKey } from "../local/samples/sign.ts";
import { callGate, type Gate } from "./gate.ts";
import type { GateAddress } from "./gate-file.ts";
import { writeNewFile } from "./new-file.ts";

export interface JudgedSample {
  readonly image: string;
  readonly shows: string;
  /** `not judged yet` where the gate needs longer. */
  readonly verdict: string;
  readonly held: boolean;
}

export interface SampleSetting {
  readonly stateDir: string;
  readonly address: GateAddress;
  readonly registry: string;
  readonly key: SigningKey;
}

const POLL_MS = 100;
const FIRST_PATIENCE_MS = 10_000;
const PATIENCE_MS = 2_000;

/** Pushes the samples at the first start, and tells what the gate thinks of them once it has judged them. */
export async function showSamples(
  { stateDir, address, registry, key }: SampleSetting,
  stopping: AbortSignal,
): Promise<readonly JudgedSample[]> {
  const samples = planSamples({ key, scannedAt: printInstant(systemClock.now()) });
  const marker = join(stateDir, "samples", "pushed");
  const isFirst = !existsSync(marker);
  if (isFirst) {
    await pushSamples(registry, samples, stopping);
    writeNewFile(marker, "", 0o600);
  }
  const gate = callGate(address.url, address.token);
  const patienceEndsAt = systemClock.now() + (isFirst ? FIRST_PATIENCE_MS : PATIENCE_MS);
  let judged = await askFor(gate, registry, samples);
  while (!judged.every(isFirst ? isSettled : isJudged) && systemClock.now() < patienceEndsAt && !stopping.aborted) {
    await wait(POLL_MS);
    judged = await askFor(gate, registry, samples);
  }
  return judged;
}

const NOT_YET = "not judged yet";

function isJudged({ verdict }: JudgedSample): boolean {
  return verdict !== NOT_YET;
}

/** A violating sample is held a moment after its verdict; later somebody may have released it. */
function isSettled(sample: JudgedSample): boolean {
  return sample.verdict === "violating" ? sample.held : isJudged(sample);
}

async function askFor(gate: Gate, registry: string, samples: readonly Sample[]): Promise<readonly JudgedSample[]> {
  const { images } = await gate.get("/api/v1/images?q=repo:samples/*&limit=500", ImagePage);
  return samples.map(({ repository, tag, shows, image }) => {
    const found = images.find((each) => each.registry === registry && each.repository === repository && each.digest === image.digest);
    return {
      image: `${registry}/${repository}:${tag}`,
      shows,
      verdict: found === undefined || found.verdict === "none" ? NOT_YET : found.verdict,
      held: found?.held ?? false,
    };
  });
}
