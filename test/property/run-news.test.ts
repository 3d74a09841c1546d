import fc from "fast-check";
import { expect, test } from "vitest";
import { link } from "../../shared/audit/chain.ts";
import { toOcsf } from "../../shared/audit/ocsf.ts";
import { newsOf } from "../../shared/audit/run-news.ts";
import type { AuditEvent } from "../../shared/domain/audit-event.ts";
import { URGENT_NEWS } from "../../shared/domain/run-news.ts";
import { auditEvent } from "../fixtures/audit-arbitrary.ts";

const PRODUCER = { version: "1" };

/** What runs cause; the rest is told of the gate itself, or by runs. */
const OF_RUNS: readonly AuditEvent["kind"][] = [
  "judged",
  "planned",
  "acted",
  "gone",
  "signature",
  "deadline",
  "publishing",
  "published",
  "parked",
];
const partOfRun = auditEvent.filter(({ kind }) => OF_RUNS.includes(kind));

test("whatever would be an alert by itself is none as a part of a run, and urgent news of the run; nothing else is", () => {
  fc.assert(
    fc.property(partOfRun, (event) => {
      const alone = toOcsf({ sequence: 1, ...link(undefined, event) }, PRODUCER);
      const asPart = toOcsf({ sequence: 1, ...link(undefined, { ...event, partOf: "feeds-1" }) }, PRODUCER);
      expect(asPart["is_alert"]).toBe(false);
      const news = newsOf(event);
      expect(URGENT_NEWS.some((urgent) => urgent === news)).toBe(alone["is_alert"] === true);
    }),
  );
});
