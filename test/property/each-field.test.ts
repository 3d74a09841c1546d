import { describe, expect, it } from "vitest";
import { changesOfEach } from "../fuzz/each-field.ts";
import { table } from "../fuzz/table.ts";

// Forms whose text is JSON; the others are changed element by element in the fuzzer.
const JSON_FORMS = [
  "keyedBundles",
  "envelopes",
  "layers",
  "keylessBundles",
  "logEntries",
  "jwsEnvelopes",
  "statements",
  "payloads",
  "targets",
  "jwsHeaders",
  "occurrences",
];

describe("each field of a good signature, changed in each simple way, refuses it or means nothing", () => {
  it.each(Object.entries(table).filter(([name]) => JSON_FORMS.includes(name)))("%s", async (_name, make) => {
    const { seeds, judge } = await make();
    const [good, ...others] = seeds;
    expect((await judge(good)).code).toBe("ok");
    const changes = changesOfEach(good, others.slice(-2));
    const outcomes = await Promise.all(changes.map(async ({ what, bytes }) => ({ what, ...(await judge(bytes)) })));
    expect(outcomes.filter(({ violation }) => violation !== undefined)).toEqual([]);
    expect(outcomes.filter(({ code }) => code !== "ok").length).toBeGreaterThanOrEqual(20);
  });
});
