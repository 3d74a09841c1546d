import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { eventId } from "../../../shared/audit/event-id.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import {
  acted,
  braked,
  correlationOf,
  gone,
  halted,
  type Occasion,
  parked,
  placeForgotten,
  planned,
  proposed,
  published,
  publishing,
  refused,
  takenOver,
  undoTold,
} from "../../../shared/audit/record.ts";
import type { Action, Outcome, Strength } from "../../../shared/domain/action.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { parseRegistryHost, parseTag } from "../../../shared/domain/image-ref.ts";
import type { StepResult, Undo, UndoProgress } from "../../../shared/domain/undo.ts";
import { actionOf, deleteOf, keyOf, NOW } from "../../fixtures/records.ts";

const KEY = keyOf("a");

function occasion(): Occasion {
  return { image: KEY, tags: [], at: NOW, correlationId: correlationOf(KEY, 1) };
}

function render(event: AuditEvent): Readonly<Record<string, unknown>> {
  return toOcsf({ sequence: 14, ...link(undefined, event) }, { version: "1.2.3" });
}

const REGISTRY = { registry: parseRegistryHost("registry.example:5000"), since: NOW };
const ANN = { name: "ann", reason: "INC-12" };
const PROPOSAL = { id: "proposal-1", act: "resume", subject: "", summary: "the gate acts again" } as const;
const ATTEST = { verb: "attest", why: "compliant by p@1", subjects: [KEY.digest] } as const;
const WITHDRAW = { ...ATTEST, verb: "withdraw", why: "violating by p@1" } as const;

/** Of a policy that held two images and one whose copy is gone; with what became of the two. */
function undoOf(...kinds: readonly StepResult["kind"][]): Undo {
  const results = { done: { action: "release:x:2", notes: [] }, left: { why: "" }, failed: { code: "forbidden", why: "" } } as const;
  const step = { image: KEY, tags: [], verb: "release", takesBack: ["hold:x:1"], last: "hold:x:1", notes: [] } as const;
  const steps = [0, 1].map((place): UndoProgress => {
    const kind = kinds[place];
    return kind === undefined ? step : { ...step, result: { at: NOW, kind, ...results[kind] } as StepResult };
  });
  const left = [{ action: "hold:y:1", image: KEY, code: "copy-gone", why: "gone" }] as const;
  return { id: "undo-1", scope: { kind: "policy", policy: "826771e6bfc6" }, actor: ANN, plan: "hash", begunAt: NOW, steps, left };
}

test("an act says what asked for it, so that it is found with its run, its emergency or its undo", () => {
  const outcome: Outcome = { kind: "applied", at: NOW, strength: "hidden", notes: [] };
  const own = (cause: Action["cause"]): unknown => render(acted(occasion(), { ...actionOf(KEY, "hold"), cause }, outcome))["unmapped"];
  expect(own({ run: "policy-3", policy: "826771e6bfc6" })).toMatchObject({ moorgate: { run: "policy-3", policy: "826771e6bfc6" } });
  expect(own({ run: "undo-1", undoes: ["hold:x:1"] })).toMatchObject({ moorgate: { run: "undo-1", undoes: ["hold:x:1"] } });
  expect((own({}) as { readonly moorgate: object }).moorgate).not.toHaveProperty("run");
});

test("an undo says who asked for what, by which plan, and what became of it", () => {
  const event = render(undoTold(undoOf("done", "left"), "ended", NOW));
  expect(event).toMatchObject({
    actor: { user: { name: "ann" } },
    api: { operation: "undo", request: { uid: "undo-1" } },
    status_detail: "INC-12",
    unmapped: {
      moorgate: { undo: "undo-1", scope: "policy 826771e6bfc6", plan: "hash", steps: 2, done: 1, left: 1, failed: 0, notTakenBack: 1 },
    },
  });
});

const DONE = { kind: "done", manifests: [], notes: [] } as const;
const DENIED = { kind: "failed", code: "forbidden", why: "the registry refused" } as const;

test("a hold says what serves the image still", () => {
  const reference = parseTag("1.0");
  const replica = { way: "tag", host: parseRegistryHost("eu.example"), isReplica: true, reference, answer: "served" } as const;
  const outcome: Outcome = { kind: "applied", at: NOW, strength: "advisory", notes: [], probes: [replica] };
  const event = render(acted(occasion(), actionOf(KEY, "hold"), outcome));
  expect(event).toMatchObject({ status_code: "advisory", disposition_id: 19, status_detail: "replica eu.example serves it still" });
  expect(event["message"]).toContain("replica eu.example serves it still");
});

const KEPT: AuditEvent = { kind: "kept", id: eventId("kept"), ...occasion(), dueAt: NOW, by: "running", why: "east runs it" };

describe("what is deleted for ever", () => {
  test("is told as a deletion by the gate, with what was left", () => {
    const outcome: Outcome = { kind: "applied", at: NOW, strength: "hidden", notes: ["child sha256:1 stays"] };
    expect(render(acted(occasion(), deleteOf(KEY), outcome))).toMatchObject({
      type_uid: 600_304,
      action_id: 2,
      disposition_id: 5,
      status_id: 1,
      status_code: "deleted",
      status_detail: "child sha256:1 stays",
      is_alert: false,
      api: { operation: "delete" },
    });
  });

  test("or kept says which it was, and why", () => {
    expect(render(KEPT)).toMatchObject({
      type_uid: 600_303,
      action_id: 3,
      disposition_id: 17,
      status_id: 99,
      status: "Kept",
      status_code: "kept-running",
      status_detail: "east runs it",
    });
  });
});

describe("what is done is API Activity", () => {
  const hold = actionOf(KEY, "hold");
  const release = actionOf(KEY, "release", 2);
  const applied = (strength: Strength): Outcome => ({ kind: "applied", at: NOW, strength, notes: ["tag 1.2 points elsewhere now"] });
  const failed: Outcome = { kind: "failed", at: NOW, code: "forbidden", why: "the registry refused" };

  // 1 informational, 3 medium, 4 high
  test.each<readonly [string, AuditEvent, number]>([
    ["a hold begins", planned(occasion(), hold), 1],
    ["a verdict is about to be published", publishing(occasion(), ATTEST), 1],
    ["a hold failed: what violates can be pulled", acted(occasion(), hold, failed), 4],
    ["a release failed", acted(occasion(), release, failed), 4],
    ["a verdict could not be published", published(occasion(), ATTEST, DENIED), 3],
    ["a deletion failed", acted(occasion(), deleteOf(KEY), failed), 4],
    ["what was to be deleted is kept", KEPT, 1],
    ["an image was deleted for ever", acted(occasion(), deleteOf(KEY), applied("hidden")), 3],
    ["a verdict still stands that should not", published(occasion(), WITHDRAW, DENIED), 4],
  ])("is as severe as what it leaves behind: %s", (_, event, severity) => {
    expect(render(event)).toMatchObject({ severity_id: severity });
  });

  // type, action, disposition, status, alert
  test.each<readonly [string, AuditEvent, string, readonly [number, number, number, number], boolean]>([
    ["a hold begins", planned(occasion(), hold), "registry.quarantine.planned", [600_303, 3, 17, 99], false],
    ["a hold that moved the image", acted(occasion(), hold, applied("hidden")), "registry.quarantine.applied", [600_303, 2, 3, 1], true],
    [
      "a hold that the registry keeps",
      acted(occasion(), hold, applied("blocked")),
      "registry.quarantine.applied",
      [600_303, 2, 3, 1],
      true,
    ],
    [
      "a hold that leaves the digest",
      acted(occasion(), hold, applied("untagged")),
      "registry.quarantine.applied",
      [600_303, 4, 3, 1],
      true,
    ],
    ["a hold that stops nothing", acted(occasion(), hold, applied("advisory")), "registry.quarantine.applied", [600_303, 3, 19, 1], true],
    ["a hold that failed", acted(occasion(), hold, failed), "registry.quarantine.failed", [600_303, 0, 27, 2], true],
    ["a release", acted(occasion(), release, applied("blocked")), "registry.quarantine.released", [600_303, 1, 9, 1], false],
    ["a release that failed", acted(occasion(), release, failed), "registry.release.failed", [600_303, 0, 27, 2], true],
    [
      "an action that was too late",
      acted(occasion(), hold, { kind: "superseded", at: NOW, why: "moved" }),
      "registry.action.superseded",
      [600_303, 3, 16, 99],
      false,
    ],
    [
      "a run that stopped",
      braked({ id: "policy-1", cause: "policy" }, { state: "stopped", why: "too many", at: NOW }),
      "gate.run.stopped",
      [600_303, 3, 14, 1],
      true,
    ],
    [
      "a run that a person let go on",
      braked({ id: "policy-1", cause: "policy" }, { state: "approved", why: "meant so", at: NOW, actor: "ann" }),
      "gate.run.approved",
      [600_303, 1, 8, 1],
      false,
    ],
    [
      "a gate that was stopped by hand",
      halted("stopped", { name: "ann", reason: "INC-12" }, NOW),
      "gate.acts.stopped",
      [600_303, 3, 14, 1],
      true,
    ],
    [
      "an act that waits for a second person",
      proposed(PROPOSAL, "proposed", ANN, NOW),
      "gate.proposal.proposed",
      [600_303, 3, 17, 1],
      false,
    ],
    [
      "an act that a second person confirmed",
      proposed(PROPOSAL, "confirmed", ANN, NOW),
      "gate.proposal.confirmed",
      [600_303, 1, 8, 1],
      false,
    ],
    [
      "an act that a second person declined",
      proposed(PROPOSAL, "declined", ANN, NOW),
      "gate.proposal.declined",
      [600_303, 2, 25, 1],
      false,
    ],
    ["an undo that begins", undoTold(undoOf(), "begun", NOW), "gate.undo.begun", [600_303, 3, 17, 1], false],
    ["an undo that took back all", undoTold(undoOf("done", "done"), "ended", NOW), "gate.undo.ended", [600_303, 4, 11, 1], false],
    ["an undo that took back a part", undoTold(undoOf("done", "left"), "ended", NOW), "gate.undo.ended", [600_303, 4, 12, 1], false],
    ["an undo that took back nothing", undoTold(undoOf("left", "left"), "ended", NOW), "gate.undo.ended", [600_303, 3, 13, 1], false],
    ["an undo that failed in part", undoTold(undoOf("done", "failed"), "ended", NOW), "gate.undo.ended", [600_303, 4, 12, 2], true],
    ["a place that is forgotten", placeForgotten("east", 3, ANN, NOW), "gate.place.forgotten", [600_303, 3, 17, 1], false],
    ["a gate that goes on", halted("resumed", { name: "ann", reason: "over" }, NOW), "gate.acts.resumed", [600_303, 1, 8, 1], false],
    [
      "a registry whose images are not held yet",
      takenOver(REGISTRY, { state: "begun", why: "images lie there", at: NOW }),
      "gate.takeover.begun",
      [600_303, 3, 17, 1],
      false,
    ],
    [
      "a registry that is enforced from now on",
      takenOver(REGISTRY, { state: "confirmed", why: "seen", at: NOW, actor: "ann" }),
      "gate.takeover.confirmed",
      [600_303, 1, 8, 1],
      false,
    ],
    ["a verdict that is to be published", publishing(occasion(), ATTEST), "registry.attestation.planned", [600_301, 3, 17, 99], false],
    ["a verdict that was published", published(occasion(), ATTEST, DONE), "registry.attestation.published", [600_301, 1, 8, 1], false],
    ["a verdict that could not be", published(occasion(), ATTEST, DENIED), "registry.attestation.failed", [600_301, 0, 27, 2], true],
    ["a verdict that is to go", publishing(occasion(), WITHDRAW), "registry.withdrawal.planned", [600_304, 3, 17, 99], false],
    ["a verdict that was taken away", published(occasion(), WITHDRAW, DONE), "registry.attestation.withdrawn", [600_304, 2, 24, 1], false],
    ["a verdict that still stands", published(occasion(), WITHDRAW, DENIED), "registry.withdrawal.failed", [600_304, 0, 27, 2], true],
    ["an image that somebody took away", gone(occasion()), "registry.image.gone", [600_304, 3, 5, 1], false],
    [
      "refused deliveries",
      refused({ source: "oci", why: "wrong secret", count: 12, at: NOW }),
      "gate.delivery.refused",
      [600_301, 2, 25, 2],
      true,
    ],
    ["work that was given up", parked({ work: "judge:x", why: "12 tries", at: NOW }), "gate.work.parked", [600_303, 0, 27, 2], true],
  ])("%s", (_, event, code, [type, action, disposition, status], isAlert) => {
    expect(render(event)).toMatchObject({
      class_uid: 6003,
      type_uid: type,
      metadata: { event_code: code, profiles: ["security_control"] },
      action_id: action,
      disposition_id: disposition,
      status_id: status,
      is_alert: isAlert,
    });
  });

  test("the action's id is the request's, and a failure says which", () => {
    expect(render(acted(occasion(), hold, failed))).toMatchObject({
      api: { operation: "hold", request: { uid: hold.id } },
      status_code: "forbidden",
      status_detail: "the registry refused",
    });
  });

  test("who asked is told: the gate as a service, a person as a user", () => {
    expect(render(planned(occasion(), hold))).toMatchObject({ actor: { app_name: "moorgate", user: { name: "moorgate", type_id: 4 } } });
    const byHand = { ...hold, actor: { name: "ada", reason: "incident 7" } };
    expect(render(planned(occasion(), byHand))).toMatchObject({
      actor: { user: { name: "ada", type_id: 1, type: "User" } },
      status_detail: "incident 7",
    });
  });

  test("how often a source was refused is counted", () => {
    expect(render(refused({ source: "oci", why: "wrong secret", count: 12, at: NOW }))).toMatchObject({
      count: 12,
      src_endpoint: { svc_name: "oci" },
    });
  });
});
