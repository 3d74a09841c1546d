import { expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import { drifted } from "../../../shared/audit/record.ts";
import { parseRegistryHost, parseRepository } from "../../../shared/domain/image-ref.ts";
import type { SetupChange } from "../../../shared/domain/setup-change.ts";
import { EVENT_KINDS } from "../../../shared/web/event-kinds.ts";
import { tell } from "../../../shared/web/pages/events.ts";
import { NOW } from "../../fixtures/records.ts";

const CHANGE: SetupChange = {
  id: "record-1",
  source: "ecr",
  registry: parseRegistryHost("registry.example"),
  control: "scanning",
  call: "PutRegistryScanningConfiguration",
  at: NOW,
};

test("people read who changed what, where and how, in the timeline and in the terminal", () => {
  const change = { ...CHANGE, repository: parseRepository("shop/api"), actor: "ann", after: '{"scanType":"BASIC"}' };
  const event = drifted(change, NOW);
  const { what, detail, hasWeight } = tell(event);
  expect([what, detail].join(" ")).toMatch(/registry\.example\/shop\/api.*scanned.*PutRegistryScanningConfiguration by ann.*BASIC/);
  expect(hasWeight).toBe(true);
  expect(eventWords({ ...event })).toMatch(/registry\.example\/shop\/api.*scanned.*PutRegistryScanningConfiguration.*by ann/);
});

test("of the registry as a whole, and of somebody whom the log does not name, no name is made up", () => {
  const event = drifted(CHANGE, NOW);
  expect(tell(event).what).toMatch(/^registry\.example:/);
  expect(tell(event).detail).toMatch(/by somebody$/);
  expect(eventWords({ ...event })).not.toMatch(/undefined| by /);
});

test("the journal can be asked for changes of a set-up alone", () => {
  expect(EVENT_KINDS).toContain(drifted(CHANGE, NOW).kind);
});
