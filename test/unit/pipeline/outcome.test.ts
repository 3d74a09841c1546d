import { expect, test } from "vitest";
import { parseInstant } from "../../../shared/domain/time.ts";
import { retryLater } from "../../../shared/pipeline/outcome.ts";

const NOW = parseInstant("2026-11-21T12:00:00Z");

test("work waits as long as a registry asks for, and a second where it does not say", () => {
  expect(retryLater("busy", 30_000, NOW)).toEqual({ kind: "retry", at: NOW + 30_000, why: "busy" });
  expect(retryLater("busy", undefined, NOW)).toEqual({ kind: "retry", at: NOW + 1_000, why: "busy" });
});
