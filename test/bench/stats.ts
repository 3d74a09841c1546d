/** One measurement as it is printed. Times in milliseconds, `seconds` for the whole. */
export interface Measured {
  readonly name: string;
  readonly n: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly maxRssMiB: number;
}

/** Nearest-rank percentiles of samples in milliseconds; zeros where there are none. */
export function percentiles(samples: readonly number[]): Pick<Measured, "p50" | "p95" | "p99"> {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number): number => round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Largest resident set of this process so far. */
function maxRssMiB(): number {
  return round(process.resourceUsage().maxRSS / 1024);
}

export function measured(name: string, samples: readonly number[], seconds: number): Measured {
  return {
    name,
    n: samples.length,
    seconds: round(seconds),
    perSecond: round(samples.length / seconds),
    ...percentiles(samples),
    maxRssMiB: maxRssMiB(),
  };
}

/** Three digits behind the point: more are noise. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
