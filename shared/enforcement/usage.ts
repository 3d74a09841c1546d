import { between, type Instant, printDuration } from "../domain/time.ts";
import type { ExpectedPlace, PlaceUse, Pull, Usage } from "../domain/usage.ts";

/**
 * What reports and pulls prove. Whoever ran the image by the last word counts as running it, however old the word; that nobody does is known
 * only when every expected place said so lately and no place runs something that may be it.
 *
 * @param expected empty: nobody is to report. `isCounted`: then the registry's product is asked, which counts all that runs the image
 * @param pulls those that are recent enough to count
 */
export function usageOf(
  expected: readonly ExpectedPlace[],
  seen: readonly PlaceUse[],
  pulls: readonly Pull[],
  now: Instant,
  isCounted = false,
): Usage {
  const [first, ...more] = seen.filter(({ workloads }) => workloads.length > 0);
  if (first !== undefined) return { kind: "running", where: [first, ...more] };
  const last = newest(pulls);
  if (last !== undefined) return { kind: "pulled", last };
  if (expected.length === 0 && !isCounted) return { kind: "unknown", why: "no place reports what it runs" };
  const doubts = [...seen.flatMap(mayRunIn), ...expected.flatMap((place) => silenceOf(place, seen, now))];
  if (doubts.length > 0) return { kind: "unknown", why: doubts.join("; ") };
  const names = expected.map(({ name }) => name);
  const times = seen.filter(({ place }) => names.includes(place)).map(({ seenAt }) => seenAt);
  return { kind: "not-running", seenAt: times.reduce((oldest, at) => (at < oldest ? at : oldest), now) };
}

function newest(pulls: readonly Pull[]): Pull | undefined {
  return pulls.reduce<Pull | undefined>((last, pull) => (last === undefined || pull.at > last.at ? pull : last), undefined);
}

function mayRunIn({ place, unmatched: [one, ...others] }: PlaceUse): readonly string[] {
  if (one === undefined) return [];
  const names = others.length === 0 ? one.name : `${one.name} and ${others.length} more`;
  return [`${place} did not say which digest ${names} runs`];
}

function silenceOf({ name, maxAge }: ExpectedPlace, seen: readonly PlaceUse[], now: Instant): readonly string[] {
  const last = seen.find(({ place }) => place === name);
  if (last === undefined) return [`${name} has never reported what it runs`];
  const age = between(last.seenAt, now);
  return age <= maxAge ? [] : [`${name} last reported what it runs ${printDuration(age)} ago`];
}
