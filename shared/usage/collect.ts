import type { Digest } from "../domain/digest.ts";
import type { Unmatched, UsageReport, Workload } from "../domain/usage.ts";
import type { SeenWorkload } from "../ports/usage-reader.ts";

/** More say no more: that somebody runs it, and whom to ask first. */
const MOST_WORKLOADS = 50;
const LONGEST_NAME = 500;

/** What was seen, by image: each workload once, in the order of names. */
export function collect(seen: readonly SeenWorkload[]): Pick<UsageReport, "images" | "unmatched"> {
  const images = new Map<Digest, Map<string, Workload>>();
  const unmatched = new Map<string, Unmatched>();
  for (const { workload, digests, repository } of seen) {
    const short = shortened(workload);
    for (const digest of digests) {
      const workloads = images.get(digest) ?? new Map<string, Workload>();
      images.set(digest, workloads.set(short.name, short));
    }
    if (digests.length === 0) {
      const one: Unmatched = { workload: short, ...(repository === undefined ? {} : { repository }) };
      unmatched.set(`${repository ?? ""} ${short.name}`, one);
    }
  }
  return {
    images: [...images].flatMap(([digest, workloads]) => {
      const [first, ...more] = [...workloads.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST_WORKLOADS);
      return first === undefined ? [] : [{ digest, workloads: [first, ...more] }];
    }),
    unmatched: [...unmatched.values()],
  };
}

function shortened({ name, owner }: Workload): Workload {
  return { name: cut(name), ...(owner === undefined ? {} : { owner: cut(owner) }) };
}

function cut(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 3)}...` : text;
}
