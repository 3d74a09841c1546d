import { expect, test } from "vitest";
import { eventWords } from "../../../functions/cli/journal-words.ts";
import { posture } from "../../../shared/audit/record.ts";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import type { PostureNews } from "../../../shared/domain/posture.ts";
import { EVENT_KINDS } from "../../../shared/web/event-kinds.ts";
import { tell } from "../../../shared/web/pages/events.ts";
import { SCAN_OFF } from "../../fixtures/posture.ts";
import { NOW } from "../../fixtures/records.ts";

const event = (news: Partial<PostureNews> = {}) => posture(parseRegistryHost("registry.example"), { ...SCAN_OFF, ...news }, NOW);

test("people read what stands against the gate, where and how often, in the timeline and in the terminal", () => {
  const { what, detail, hasWeight } = tell(event());
  expect([what, detail].join(" ")).toMatch(/registry\.example .*otherwise.*scan-off.*shop\/api and 1 more: is not scanned/);
  expect(hasWeight).toBe(true);
  expect(eventWords({ ...event() })).toMatch(/^! .*registry\.example.*shop\/api and 1 more: is not scanned/);
});

test("they read what is mended as mended, and what is not known as that", () => {
  expect(tell(event({ change: "cleared", places: [], count: 0 })).what).toMatch(/right again/);
  expect(eventWords({ ...event({ change: "cleared", places: [], count: 0 }) })).toMatch(/^\+ .*scan-off is mended/);
  expect(eventWords({ ...event({ state: "unknown" }) })).toMatch(/^\? /);
  expect(tell(event({ state: "unknown" })).hasWeight).toBe(false);
});

test("the journal can be asked for it alone", () => {
  expect(EVENT_KINDS).toContain(event().kind);
});
