import fc from "fast-check";
import { expect, test } from "vitest";
import type { BrakeLimits } from "../../shared/domain/brake.ts";
import { mayHold } from "../../shared/enforcement/brake.ts";
import type { WeighedHold } from "../../shared/ports/run-store.ts";
import type { Store } from "../../shared/ports/store.ts";
import { openSqliteStore } from "../../shared/stores/sqlite/open.ts";
import { limitsOf } from "../fixtures/brake.ts";
import { present } from "../fixtures/present.ts";
import { at, keyOf, NOW, recordOf, verdictOf } from "../fixtures/records.ts";

const REPOSITORIES = ["shop/api", "shop/web"];
const IMAGES = Array.from({ length: 12 }, (_, number) => keyOf(`image ${number}`, REPOSITORIES[number % 2]));
const MINUTE = 60_000;

interface Asked {
  readonly run: number;
  readonly image: number;
  /** A step that a crash cuts off after it asked is done once more, and so is one that two workers do. */
  readonly times: number;
  readonly after: number;
}

const asked = fc.record<Asked>({
  run: fc.nat({ max: 2 }),
  image: fc.nat({ max: IMAGES.length - 1 }),
  times: fc.integer({ min: 1, max: 3 }),
  after: fc.nat({ max: 20 }),
});
const limits = fc.record({ images: fc.nat({ max: 6 }), perHour: fc.nat({ max: 8 }), ofRepository: fc.constantFrom(20, 50, 100) });

async function withStore(use: (store: Store) => Promise<void>): Promise<void> {
  const store = openSqliteStore({ file: ":memory:", signHead: () => "" });
  try {
    await Promise.all(
      IMAGES.map((key) => {
        const image = recordOf(key, { verdict: verdictOf("violating") });
        return store.ledger.commit({ image, intents: [], outcomes: [], journal: [] });
      }),
    );
    await use(store);
  } finally {
    await store.close();
  }
}

function weigh({ runs }: Store, run: string, image: (typeof IMAGES)[number], given: BrakeLimits, minute: number): Promise<WeighedHold> {
  const hold = { image, hasTags: true, reasons: ["r"] };
  return runs.weigh(run, hold, at(minute * MINUTE), (facts) => mayHold(given, facts, hold, { lastPull: { kind: "not-told" } }));
}

interface Played {
  readonly runs: readonly string[];
  /** Minute of each hold that was let through, by run and digest. */
  readonly held: ReadonlyMap<string, number>;
  /** Answers that contradict each other, and holds after the stop. */
  readonly faults: readonly string[];
}

async function play(store: Store, given: BrakeLimits, steps: readonly Asked[]): Promise<Played> {
  const runs = await Promise.all((["feeds", "sweep", "waivers"] as const).map((cause) => store.runs.begin(cause, "", NOW)));
  const held = new Map<string, number>();
  const stopped = new Set<string>();
  const faults: string[] = [];
  let minute = 0;
  for (const { run: number, image: place, times, after } of steps) {
    minute += after;
    const run = present(runs[number]);
    const image = present(IMAGES[place]);
    const name = `${run} ${image.digest}`;
    const answers = await Promise.all(Array.from({ length: times }, () => weigh(store, run, image, given, minute)));
    const isNew = answers[0]?.kind === "go" && !held.has(name);
    if (new Set(answers.map(({ kind }) => kind)).size > 1) faults.push(`${name} has two answers`);
    if (isNew && stopped.has(run)) faults.push(`${name} was held after the stop`);
    if (isNew) held.set(name, minute);
    if (answers[0]?.kind === "wait") stopped.add(run);
  }
  return { runs, held, faults };
}

/** Shares of the repositories that a run holds, in percent. */
function sharesOf(run: string, { held }: Played): readonly number[] {
  return REPOSITORIES.map((repository) => {
    const there = IMAGES.filter((image) => image.repository === repository);
    return (there.filter((image) => held.has(`${run} ${image.digest}`)).length * 100) / there.length;
  });
}

test("however steps come, crash and meet: no run and no hour holds more than it may, each image counts once, and what stopped holds nothing more", async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(asked, { minLength: 5, maxLength: 60 }), (fields, steps) =>
      withStore(async (store) => {
        const played = await play(store, limitsOf(fields), steps);
        expect(played.faults).toEqual([]);
        for (const run of played.runs) {
          const own = [...played.held.keys()].filter((name) => name.startsWith(`${run} `));
          expect(own.length).toBeLessThanOrEqual(fields.images);
          expect((await store.runs.find(run))?.held).toBe(own.length);
          expect(Math.max(...sharesOf(run, played))).toBeLessThanOrEqual(fields.ofRepository);
        }
        const times = [...played.held.values()];
        for (const time of times)
          expect(times.filter((other) => other <= time && other >= time - 60).length).toBeLessThanOrEqual(fields.perHour);
      }),
    ),
    { numRuns: 60 },
  );
});
