import { expect, test } from "vitest";
import { lookAtFeed } from "../../../functions/cli/doctor-feeds.ts";
import { printInstant } from "../../../shared/domain/time.ts";
import { at, NOW } from "../../fixtures/records.ts";

const HOUR = 3_600_000;
const FEED = {
  name: "knownExploited",
  source: "file kev.json",
  entries: 1_404,
  madeAt: printInstant(at(-48 * HOUR)),
  checkedAt: printInstant(at(-2 * HOUR)),
} as const;

test("a feed is told with its age and when it was read", () => {
  const found = lookAtFeed(FEED, NOW);
  expect(found.state).toBe("well");
  expect(found.fact).toMatch(/2 d.*2 h/);
});

test("a feed that is not renewed has to be mended, and its age is told all the same", () => {
  const found = lookAtFeed({ ...FEED, fault: "feeds.example: answered 503" }, NOW);
  expect(found.state).toBe("mend");
  expect(found.fact).toMatch(/2 d.*503/);
});

test("a copy that nobody renews has to be mended, though it can be read", () => {
  const old = { ...FEED, madeAt: printInstant(at(-15 * 24 * HOUR)) };
  expect(lookAtFeed(old, NOW).state).toBe("mend");
  expect(lookAtFeed({ ...FEED, madeAt: printInstant(at(-13 * 24 * HOUR)) }, NOW).state).toBe("well");
});

test("a feed that was not read yet, right after the start, is no fault", () => {
  expect(lookAtFeed({ name: "knownExploited", source: "file kev.json" }, NOW).state).toBe("well");
});
