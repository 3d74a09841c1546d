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
  test("it comes to rest, with nothing parked and no call that failed of itself", () => {
    expect(figures).toMatchObject({ restedInTime: true, judgement: { parked: 0 } });
    // A table that refuses for long ends a call, and the call comes again.
    expect(Object.keys(figures.failures).filter((why) => !why.includes("the table takes no more requests"))).toEqual([]);
  });

  test("what nobody can read is given up, nothing else is, and an alarm tells of it", () => {
    const { messages, items, ...wrong } = figures.poison;
    expect(Math.min(messages, items)).toBeGreaterThan(0);
    expect(wrong).toEqual({ missing: [], passed: [], stray: [], untold: [] });
  });

  test("every image has the verdict that it deserves", () => expect(figures.judgement.misjudged).toEqual([]));

  test("what violates cannot be pulled, and what complies can", () => expect(figures.judgement.unenforced).toEqual([]));

  test("what complies was never cut off, be it for a moment", () => expect(figures.judgement.wronglyCut).toEqual([]));

  test("ledger, registry and journal say the same", () => expect(figures.judgement.divergences).toEqual([]));

  test("the SIEM got each event of the journal, and no other", () => {
    expect(figures.judgement.lostEvents).toEqual([]);
    expect(figures.judgement.strangeEvents).toEqual([]);
    expect(figures.siem.forged).toBe(0);
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

  test("the schedule looks at how the registry is set up, with what its bundle and nothing else has", () => {
    for (const call of ["GetLifecyclePolicy", "GetRegistryPolicy", "GetSigningConfiguration"])
      expect(figures.calls.ecr[call]).toBeGreaterThan(0);
  });

  test("functions died in the midst of their work, calls were throttled, and the SIEM was down: or this shows nothing", () => {
    const { functions, faults, events, siem, stream } = figures;
    for (const name of ["on-registry-event", "forward-audit"]) expect(functions[name]?.killed).toBeGreaterThan(0);
    for (const count of [faults.awsThrottled, faults.awsLost, faults.tableThrottled, faults.tableLost, stream.doubled])
      expect(count).toBeGreaterThan(0);
    expect(siem.slowed + siem.refused + siem.broken).toBeGreaterThan(0);
    expect(siem.lost + siem.hung).toBeGreaterThan(0);
    const { pushedAgain, restored, turned } = figures.disturbed;
    for (const count of [events.lost, events.duplicated, events.delayed, pushedAgain + restored, turned]) expect(count).toBeGreaterThan(0);
  });
});
