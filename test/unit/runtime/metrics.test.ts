import { expect, test } from "vitest";
import { createMetrics } from "../../../shared/runtime/metrics.ts";

test("Counts of the same labels are one series, in whatever order they are written", () => {
  const metrics = createMetrics();
  metrics.count("events_total", { source: "oci", result: "accepted" });
  metrics.count("events_total", { result: "accepted", source: "oci" }, 2);
  expect(metrics.render([])).toBe('# TYPE events_total counter\nevents_total{result="accepted",source="oci"} 3\n');
});

test("A label's value cannot start a line or a label of its own", () => {
  const metrics = createMetrics();
  metrics.count("events_total", { source: 'a"} 1\nb\\' });
  expect(metrics.render([])).toContain('events_total{source="a\\"} 1\\nb\\\\"} 1\n');
});

test("A histogram's buckets add up, and the last holds everything", () => {
  const metrics = createMetrics();
  for (const seconds of [0.001, 0.2, 0.2, 100]) metrics.observe("step_seconds", seconds, { kind: "judge" });
  const text = metrics.render([]);
  expect(text).toContain('step_seconds_bucket{kind="judge",le="0.005"} 1\n');
  expect(text).toContain('step_seconds_bucket{kind="judge",le="0.25"} 3\n');
  expect(text).toContain('step_seconds_bucket{kind="judge",le="+Inf"} 4\n');
  expect(text).toContain('step_seconds_count{kind="judge"} 4\n');
});

test("A figure that was read now leaves nothing behind for the next time", () => {
  const metrics = createMetrics();
  expect(metrics.render([{ name: "policy_info", value: 1, labels: { version: "a" } }])).toContain('version="a"');
  expect(metrics.render([{ name: "policy_info", value: 1, labels: { version: "b" } }])).not.toContain('version="a"');
});
