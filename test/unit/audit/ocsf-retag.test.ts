import { describe, expect, test } from "vitest";
import { link } from "../../../shared/audit/chain.ts";
import { toOcsf } from "../../../shared/audit/ocsf.ts";
import { acted, correlationOf, type Occasion, planned } from "../../../shared/audit/record.ts";
import type { Outcome, RetagPurpose, TagChange } from "../../../shared/domain/action.ts";
import type { AuditEvent } from "../../../shared/domain/audit-event.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import { digestOf, keyOf, NOW, retagOf } from "../../fixtures/records.ts";

const KEY = keyOf("bad");
const ON: Occasion = { image: KEY, tags: [], at: NOW, correlationId: correlationOf(KEY, 1) };
const STABLE: TagChange = { tag: parseTag("stable"), from: KEY.digest, to: digestOf("good") };
const PROD: TagChange = { tag: parseTag("prod"), from: KEY.digest, to: "absent" };
const PURPOSES = ["mark", "roll-back", "promote", "restore"] as const;

function render(event: AuditEvent): Readonly<Record<string, unknown>> {
  return toOcsf({ sequence: 14, ...link(undefined, event) }, { version: "1.2.3" });
}

function ended(purpose: RetagPurpose, outcome: Outcome): Readonly<Record<string, unknown>> {
  return render(acted(ON, retagOf(KEY, purpose, [STABLE, PROD]), outcome));
}

const applied = (...changes: readonly TagChange[]): Outcome => ({
  kind: "applied",
  at: NOW,
  strength: "advisory",
  notes: [],
  tags: changes.map(({ tag }) => tag),
});

/** Each is an update of API Activity: code, severity, action, disposition, status, alert. */
function told(event: Readonly<Record<string, unknown>>): unknown {
  const { metadata, severity_id, action_id, disposition_id, status_id, is_alert, class_uid, type_uid } = event;
  expect([class_uid, type_uid]).toEqual([6003, 600_303]);
  return [(metadata as { event_code: string }).event_code, severity_id, action_id, disposition_id, status_id, is_alert];
}

describe("a change of tags is API Activity", () => {
  test.each<readonly [RetagPurpose, readonly [string, number, number, number, number, boolean]]>([
    ["mark", ["registry.retag.mark", 2, 3, 18, 1, false]],
    ["roll-back", ["registry.retag.roll-back", 3, 4, 11, 1, true]],
    ["promote", ["registry.retag.promote", 1, 1, 8, 1, false]],
    ["restore", ["registry.retag.restore", 1, 1, 9, 1, false]],
  ])("whose code is what it is for, and of which a roll-back alone is an alert: %s", (purpose, expected) => {
    expect(told(ended(purpose, applied(STABLE, PROD)))).toEqual(expected);
  });

  test.each(PURPOSES)("whose intent, failure and end without a deed are told apart: %s", (purpose) => {
    expect(told(render(planned(ON, retagOf(KEY, purpose, [STABLE]))))).toEqual(["registry.retag.planned", 1, 3, 17, 99, false]);
    const denied: Outcome = { kind: "failed", at: NOW, code: "conflict", why: "the tag may not be moved" };
    const failed = ended(purpose, denied);
    expect(told(failed)).toEqual(["registry.retag.failed", 4, 0, 27, 2, true]);
    expect(failed).toMatchObject({ status_code: "conflict", status_detail: "the tag may not be moved" });
    const late = ended(purpose, { kind: "superseded", at: NOW, why: "it is compliant now" });
    expect(told(late)).toEqual(["registry.action.superseded", 1, 3, 16, 99, false]);
  });

  test.each(PURPOSES)("that has what it is for and each tag with both ends, also before it is done: %s", (purpose) => {
    const event = render(planned(ON, retagOf(KEY, purpose, [STABLE, PROD])));
    expect(event).toMatchObject({
      api: { operation: "retag", request: { uid: retagOf(KEY, purpose, []).id } },
      unmapped: { moorgate: { verb: "retag", purpose, changes: [STABLE, PROD] } },
    });
  });
});

test("Of what was done in part, the message names what was, and of nothing it says so", () => {
  const part = ended("roll-back", applied(STABLE));
  expect(part).toMatchObject({ status_code: "partial" });
  expect([String(part["message"]).includes("stable"), String(part["message"]).includes("prod")]).toEqual([true, false]);
  const none = ended("roll-back", applied());
  expect(none).toMatchObject({ status_code: "partial" });
  expect(none["message"]).not.toContain("stable");
  expect(ended("roll-back", applied(STABLE, PROD))).toMatchObject({ status_code: "roll-back" });
});
