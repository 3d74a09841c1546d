import type { Hono } from "hono";
import { between, type Instant } from "../domain/time.ts";
import type { FeedStatus, TrustRootStatus } from "../ports/gate-status.ts";
import type { PlaceStatus } from "../ports/usage-desk.ts";
import type { Sample } from "../runtime/metrics.ts";
import { bearerOf, findToken, may, refusedRole } from "./access.ts";
import type { WebDeps } from "./deps.ts";
import { problem, problemResponse } from "./problem.ts";

const UNSHOWN = "The figures were not shown.";

/** Probes and figures. A sink that is down is a backlog, no ill health: an orchestrator would restart what holds the events. */
export function health(app: Hono, deps: WebDeps): void {
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const ledger = await ready(async () => deps.ledger.counts());
    const gate = await ready(deps.status);
    const isReady = ledger === "ok" && gate === "ok";
    return context.json({ status: isReady ? "ready" : "not ready", ledger, gate }, isReady ? 200 : 503);
  });
  app.get("/metrics", async (context) => {
    const token = findToken(deps.tokens, bearerOf(context.req.header("authorization")) ?? "");
    if (token === undefined) {
      return problemResponse(
        problem("unauthenticated", UNSHOWN, "They need an access token.", "Scrape with Authorization: Bearer <token>."),
        { "www-authenticate": "Bearer" },
      );
    }
    if (!may(token, "reader")) {
      const { why, mend } = refusedRole(token, "reader");
      return problemResponse(problem("forbidden", UNSHOWN, why, mend));
    }
    return context.text(deps.metrics.render(await readGauges(deps)), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
}

async function ready(probe: () => Promise<unknown>): Promise<"ok" | "failed"> {
  try {
    await probe();
    return "ok";
  } catch {
    return "failed";
  }
}

/** What stands somewhere already is read when asked for, not counted twice. */
async function readGauges({ ledger, status, clock }: WebDeps): Promise<readonly Sample[]> {
  const [counts, gate] = await Promise.all([ledger.counts(), status()]);
  const sweeps = gate.registries.flatMap(({ lastSweepAt }) => (typeof lastSweepAt === "string" ? [] : [lastSweepAt]));
  return [
    ...Object.entries(counts.verdicts).map(([verdict, value]) => ({ name: "moorgate_images", value, labels: { verdict } })),
    { name: "moorgate_images_held", value: counts.held },
    { name: "moorgate_halted", value: gate.halt.kind === "halted" ? 1 : 0 },
    { name: "moorgate_policy_info", value: 1, labels: { name: gate.policy.name, version: gate.policy.version, mode: gate.policy.mode } },
    ...Object.entries(gate.queue).map(([state, value]) => ({ name: "moorgate_queue_depth", value, labels: { state } })),
    ...gate.sinks.map((sink) => ({ name: "moorgate_outbox_depth", value: sink.waiting, labels: { dest: sink.name } })),
    ...gate.sinks.map((sink) => ({ name: "moorgate_dlq_depth", value: sink.dead, labels: { dest: sink.name } })),
    ...gate.sinks.map((sink) => ({
      name: "moorgate_dest_circuit_state",
      value: sink.state === "active" ? 0 : 1,
      labels: { dest: sink.name },
    })),
    ...gate.feeds.flatMap((feed) => feedGauges(feed, clock.now())),
    ...gate.trustRoots.flatMap((root) => trustRootGauges(root, clock.now())),
    ...gate.places.flatMap((place) => placeGauges(place, clock.now())),
    ...(sweeps.length === 0 ? [] : [{ name: "moorgate_sweep_last_success_timestamp_seconds", value: Math.min(...sweeps) / 1000 }]),
  ];
}

/** Its alarms: no root at all, a mirror that does not answer, and less than a day left of the mirror's word. */
function trustRootGauges({ name, isRead, expiresAt, fault }: TrustRootStatus, now: Instant): readonly Sample[] {
  const labels = { sigstore: name };
  return [
    { name: "moorgate_trust_root_usable", value: isRead ? 1 : 0, labels },
    { name: "moorgate_trust_root_failing", value: fault === undefined ? 0 : 1, labels },
    ...(expiresAt === undefined ? [] : [{ name: "moorgate_trust_root_expires_in_seconds", value: (expiresAt - now) / 1000, labels }]),
  ];
}

/** A place that has never reported has no age: its alarm is `moorgate_place_silent` 1. */
function placeGauges({ name, seenAt, unmatched, isSilent }: PlaceStatus, now: Instant): readonly Sample[] {
  const labels = { place: name };
  return [
    { name: "moorgate_place_silent", value: isSilent ? 1 : 0, labels },
    { name: "moorgate_place_unmatched_workloads", value: unmatched, labels },
    ...(seenAt === "never" ? [] : [{ name: "moorgate_place_report_age_seconds", value: between(seenAt, now) / 1000, labels }]),
  ];
}

/** A feed that was never read has no age: its alarm is `moorgate_feed_usable` 0. */
function feedGauges({ name, madeAt, checkedAt, entries, fault }: FeedStatus, now: Instant): readonly Sample[] {
  const labels = { feed: name };
  return [
    { name: "moorgate_feed_usable", value: madeAt === undefined ? 0 : 1, labels },
    { name: "moorgate_feed_failing", value: fault === undefined ? 0 : 1, labels },
    ...(madeAt === undefined ? [] : [{ name: "moorgate_feed_age_seconds", value: between(madeAt, now) / 1000, labels }]),
    ...(checkedAt === undefined
      ? []
      : [{ name: "moorgate_feed_last_success_timestamp_seconds", value: Math.floor(checkedAt / 1000), labels }]),
    ...(entries === undefined ? [] : [{ name: "moorgate_feed_entries", value: entries, labels }]),
  ];
}
