import type { Weather } from "./faults.ts";
import type { RunningFunction } from "./functions.ts";
import type { AwsWorld } from "./world.ts";

export type FunctionFigures = RunningFunction["counts"];

/** All that was counted on the way. */
export async function tally({ bus, functions, siem, stream, poison, cpuSeconds }: AwsWorld, weather: Weather) {
  const all: readonly (readonly [string, RunningFunction])[] = Object.entries(functions);
  const copies = [...siem.kept.values()].reduce((sum, times) => sum + times - 1, 0);
  return {
    events: bus.counts,
    functions: Object.fromEntries(all.map(([name, { counts }]) => [name, counts])),
    failures: howOften(all.flatMap(([name, { failures }]) => failures.map((why) => `${name}: ${plain(why).slice(0, 400)}`))),
    faults: weather.counts,
    siem: { ...siem.counts, duplicates: copies },
    stream: stream.counts,
    poison: await poison.findings(),
    complaints: howOften(all.flatMap(([, { complaints }]) => complaints.map(messageOf))),
    cpuSeconds: Object.fromEntries(Object.entries(cpuSeconds()).map(([part, seconds]) => [part, Math.round(seconds)])),
  };
}

function howOften(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

function messageOf(line: string): string {
  try {
    const { msg, why } = JSON.parse(line) as { readonly msg?: string; readonly why?: string };
    return `${msg ?? line} ${plain(why ?? "").slice(0, 160)}`.trim();
  } catch {
    return line.slice(0, 160);
  }
}

/** Without what is another each time. */
function plain(text: string): string {
  return text.replaceAll(/sha256:[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, "#");
}
