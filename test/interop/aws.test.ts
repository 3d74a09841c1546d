import { beforeAll, describe, expect, test } from "vitest";
import { type StoryFigures, tellStory } from "../e2e-aws/story.ts";

const PUSHES = 100;
const REST_MS = 400_000;

let figures: StoryFigures;
beforeAll(async () => {
  figures = await tellStory({ pushes: PUSHES, seed: 7, restMs: REST_MS });
  process.stdout.write(`${JSON.stringify({ ...figures, judgement: undefined })}\n`);
}, REST_MS + 120_000);

describe("the bundled functions between moto, DynamoDB Local and a stand-in of ECR, while all goes wrong that may", () => {
  test("it comes to rest, with nothing given up and nothing parked", () => {
    expect(figures).toMatchObject({ restedInTime: true, givenUp: 0, judgement: { parked: 0 } });
  });

  test("every image has the verdict that it deserves", () => expect(figures.judgement.misjudged).toEqual([]));

  test("what violates cannot be pulled, and what complies can", () => expect(figures.judgement.unenforced).toEqual([]));

  test("ledger, registry and journal say the same", () => expect(figures.judgement.divergences).toEqual([]));

  test("the SIEM got each event of the journal, and no other", () => {
    expect(figures.judgement.lostEvents).toEqual([]);
    expect(figures.judgement.strangeEvents).toEqual([]);
  });

  test("the journal is whole, each of its chains with a signed end", () => {
    const { entries, problems, signed, chains } = figures.judgement.journal;
    expect(entries).toBeGreaterThan(PUSHES);
    expect({ problems, signed }).toEqual({ problems: 0, signed: chains });
  });

  test("the sweep finds what no event told of", () => {
    expect(figures.untold).toBeGreaterThan(0);
    expect(figures.judgement.healed).toBeGreaterThanOrEqual(figures.untold);
  });

  test("functions died in the midst of their work, calls were throttled, and the SIEM was down: or this shows nothing", () => {
    const { kills, faults, events } = figures;
    expect(kills["on-registry-event"]).toBeGreaterThan(0);
    for (const count of [faults.awsThrottled, faults.awsLost, faults.tableThrottled, faults.tableLost, faults.siemRefused, faults.siemLost])
      expect(count).toBeGreaterThan(0);
    for (const count of [events.lost, events.duplicated, events.delayed, figures.pushedAgain]) expect(count).toBeGreaterThan(0);
  });
});
