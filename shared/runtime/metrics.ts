import type { Metrics } from "../ports/metrics.ts";

/** Metrics of one process, printed as Prometheus text format 0.0.4. */
export interface MetricsRoom extends Metrics {
  /** `gauges` are what was read just now: a series that is gone since the last time leaves no stale value. */
  render(gauges: readonly Sample[]): string;
}

export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels?: Labels;
}

type Kind = "counter" | "gauge" | "histogram";
type Labels = Readonly<Record<string, string>>;

interface Histogram {
  readonly counts: number[];
  sum: number;
}

/** Seconds; from a step on this machine to a slow registry. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Help lines; a metric without one still counts. */
const HELP: Readonly<Record<string, string>> = {
  moorgate_events_received_total: "Deliveries of registries by source and result.",
  moorgate_webhook_rejected_total: "Deliveries that were refused at the door, by reason.",
  moorgate_evaluations_total: "Verdicts by kind.",
  moorgate_evaluation_duration_seconds: "From evidence asked for to verdict.",
  moorgate_actions_total: "Holds and releases by result.",
  moorgate_publications_total: "Signed verdicts published and withdrawn, by result.",
  moorgate_deliveries_total: "Batches handed to a sink, by result.",
  moorgate_sweep_missed_events_total: "Images that a sweep found and no event announced.",
  moorgate_sweep_last_success_timestamp_seconds: "When the registry that was swept longest ago was swept.",
  moorgate_outbox_depth: "Journal entries that wait for a sink.",
  moorgate_dlq_depth: "Journal entries that a sink refused one by one.",
  moorgate_dest_circuit_state: "0: active, 1: paused or disabled.",
  moorgate_feed_usable: "1: a snapshot of the feed is in use.",
  moorgate_feed_failing: "1: the last try to renew the feed failed.",
  moorgate_feed_age_seconds: "Since the publisher made the snapshot in use.",
  moorgate_feed_last_success_timestamp_seconds: "When the feed was last read.",
  moorgate_feed_entries: "Entries of the snapshot in use.",
  moorgate_trust_root_usable: "1: there is a trusted root of this Sigstore to verify with.",
  moorgate_trust_root_failing: "1: the last try to renew the trusted root failed.",
  moorgate_trust_root_expires_in_seconds: "Until the mirror's word for the trusted root ends; below 0 it has ended.",
  moorgate_queue_depth: "Work by state.",
  moorgate_images: "Images by verdict.",
  moorgate_images_held: "Images held now.",
  moorgate_policy_info: "The policy in force.",
};

export function createMetrics(): MetricsRoom {
  const kinds = new Map<string, Kind>();
  const values = new Map<string, Map<string, number>>();
  const histograms = new Map<string, Map<string, Histogram>>();
  const seriesOf = (name: string, kind: Kind): Map<string, number> => {
    kinds.set(name, kind);
    return room(values, name, () => new Map<string, number>());
  };
  return {
    count(name, labels = {}, by = 1) {
      const series = seriesOf(name, "counter");
      series.set(printLabels(labels), (series.get(printLabels(labels)) ?? 0) + by);
    },
    gauge(name, value, labels = {}) {
      seriesOf(name, "gauge").set(printLabels(labels), value);
    },
    observe(name, seconds, labels = {}) {
      kinds.set(name, "histogram");
      const series = room(histograms, name, () => new Map<string, Histogram>());
      const histogram = room(series, printLabels(labels), () => ({ counts: Array.from({ length: BUCKETS.length + 1 }, () => 0), sum: 0 }));
      const slot = BUCKETS.findIndex((limit) => seconds <= limit);
      const index = slot < 0 ? BUCKETS.length : slot;
      histogram.counts[index] = (histogram.counts[index] ?? 0) + 1;
      histogram.sum += seconds;
    },
    render(gauges) {
      const own = [...kinds]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([name, kind]) => block(name, kind, values.get(name), histograms.get(name)));
      const read = [...Map.groupBy(gauges, (sample) => sample.name)].map(([name, samples]) =>
        block(name, "gauge", seriesOfSamples(samples)),
      );
      return [...own, ...read].join("");
    },
  };
}

function seriesOfSamples(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels = {}, value }) => [printLabels(labels), value]));
}

function block(
  name: string,
  kind: Kind,
  values: ReadonlyMap<string, number> = new Map(),
  histograms: ReadonlyMap<string, Histogram> = new Map(),
): string {
  const help = HELP[name] === undefined ? "" : `# HELP ${name} ${HELP[name]}\n`;
  const lines =
    kind === "histogram"
      ? [...histograms].flatMap(([labels, histogram]) => histogramLines(name, labels, histogram))
      : [...values].map(([labels, value]) => line(name, labels, value));
  return `${help}# TYPE ${name} ${kind}\n${lines.join("")}`;
}

function histogramLines(name: string, labels: string, { counts, sum }: Histogram): readonly string[] {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    const limit = `le="${BUCKETS[index] ?? "+Inf"}"`;
    return line(`${name}_bucket`, labels === "" ? limit : `${labels},${limit}`, total);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, total)];
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
}

/** Sorted, so that the order in which a caller writes labels makes no second series. */
function printLabels(labels: Labels): string {
  return Object.entries(labels)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function room<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
