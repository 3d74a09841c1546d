import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Counted, Counts } from "../../infra/aws/cost-basis.ts";
import { type Month, withMonth } from "./aws-month.ts";

const PATH = new URL("../../infra/aws/cost-counts.json", import.meta.url);
const PUSHES = 40;
/** What a repository holds into which is pushed, and how many such pushes are counted. */
const STOCK = 1_000;
const BUILDS = 20;
/** Sizes of items, and which write of an index falls together with which, differ a little from run to run. */
const SHARE = 0.1;
const NEXT_TO_NOTHING = 0.3;

test("a month costs what the page on costs is computed from", async () => {
  const counts = await counted();
  process.stdout.write(`${JSON.stringify(counts, undefined, 2)}\n`);
  if (process.env["MOORGATE_WRITE_COUNTS"] !== undefined) writeFileSync(PATH, `${JSON.stringify(counts, undefined, 2)}\n`);
  const written: Counts = JSON.parse(readFileSync(PATH, "utf8"));
  for (const [what, each] of figures(counts)) {
    const other = figures(written).get(what) ?? Number.NaN;
    expect(Math.abs(each - other), `${what}: ${each}, written ${other}`).toBeLessThanOrEqual(Math.max(NEXT_TO_NOTHING, SHARE * other));
  }
}, 240_000);

function figures(counts: Counts): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(counts).flatMap(([what, each]) =>
      Object.entries(each).map(([unit, value]) => [`${what} ${unit}`, Number(value)] as const),
    ),
  );
}

function counted(): Promise<Counts> {
  return withMonth(async (month) => {
    const each = (): Counted => perImage(month.count(), PUSHES);
    await month.schedule("standings");
    await month.push(PUSHES);
    month.count();
    await month.work(month.events("ECR Image Action"));
    month.count();
    await month.scan();
    const scans = month.events("ECR Image Scan");
    expect(scans).toHaveLength(PUSHES);
    await month.work(scans);
    const scanned = each();
    await month.work(month.events("AWS API Call via CloudTrail"));
    const attributed = each();
    await month.forward();
    const forwarded = each();
    expect(month.told()).toBeGreaterThanOrEqual(PUSHES);
    const again = (): Promise<number> => month.work(scans.map((event) => ({ ...event, id: crypto.randomUUID() })));
    // With the first, who pushed it gets into the evidence.
    await again();
    month.count();
    await again();
    const rescanned = each();
    await month.schedule("sweep");
    await month.schedule("queue");
    month.count();
    await month.schedule("sweep");
    const swept = each();
    const idle = await idleHour(month);
    return { ...(await builds(month)), scanned, attributed, forwarded, rescanned, swept, idleHour: idle };
  });
}

/** Pushes into a repository of a realistic size, each with a tag of its own; then `latest` comes to it, and whoever had it is judged again. */
async function builds(month: Month): Promise<Pick<Counts, "pushed" | "moved">> {
  await month.stock(STOCK);
  const [pushed, moved]: [Counted[], Counted[]] = [[], []];
  // Of what follows, without the calls of whoever pushes.
  const eventCounted = async (): Promise<Counted> => {
    const events = month.events("ECR Image Action");
    expect(events).toHaveLength(1);
    month.count();
    await month.work(events);
    return month.count();
  };
  for (let each = 0; each < BUILDS; each++) {
    await month.build();
    pushed.push(await eventCounted());
    await month.move();
    moved.push(await eventCounted());
  }
  // The first takes `latest` from an image that the registry does not have.
  const mean = (counts: readonly Counted[]): Counted =>
    perImage(
      counts.slice(1).reduce((one, other) => added(one, other)),
      BUILDS - 1,
    );
  return { pushed: mean(pushed), moved: mean(moved) };
}

function added(one: Counted, other: Counted, times = 1): Counted {
  return {
    writeUnits: one.writeUnits + other.writeUnits * times,
    readUnits: one.readUnits + other.readUnits * times,
    tableCalls: one.tableCalls + other.tableCalls * times,
    registryCalls: one.registryCalls + other.registryCalls * times,
  };
}

/** As often in an hour as infra/aws/resources/schedules.yml says. */
const TIMES = {
  queue: 60,
  emergencies: 60,
  runs: 60,
  policy: 12,
  standings: 12,
  feeds: 4,
  attestations: 4,
  rechecks: 4,
  "trust-roots": 4,
} as const;

async function idleHour(month: Month): Promise<Counted> {
  let total: Counted = { writeUnits: 0, readUnits: 0, tableCalls: 0, registryCalls: 0 };
  for (const [task, times] of Object.entries(TIMES) as [keyof typeof TIMES, number][]) {
    await month.schedule(task);
    total = added(total, month.count(), times);
  }
  return total;
}

function perImage({ writeUnits, readUnits, tableCalls, registryCalls }: Counted, images: number): Counted {
  const rounded = (value: number): number => Math.round((value / images) * 100) / 100;
  return {
    writeUnits: rounded(writeUnits),
    readUnits: rounded(readUnits),
    tableCalls: rounded(tableCalls),
    registryCalls: rounded(registryCalls),
  };
}
