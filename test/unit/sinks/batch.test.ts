import { expect, test } from "vitest";
import { fitting } from "../../../shared/sinks/batch.ts";

const render = (text: string): string => text;

test("entries are taken from the front as long as they fit, with what stands between them", () => {
  expect(fitting(["aaaa", "bbbb", "cccc"], render, { maxEvents: 10, maxBytes: 10 })).toEqual(["aaaa", "bbbb"]);
  expect(fitting(["aaaa", "bbbb", "cccc"], render, { maxEvents: 10, maxBytes: 9 })).toEqual(["aaaa"]);
});

test("bytes are counted, not letters", () => {
  expect(fitting(["ää", "ää"], render, { maxEvents: 10, maxBytes: 8 }, 0)).toHaveLength(2);
  expect(fitting(["ää", "ää"], render, { maxEvents: 10, maxBytes: 7 }, 0)).toHaveLength(1);
});

test("no more are taken than one request may have", () => {
  expect(fitting(["a", "b", "c"], render, { maxEvents: 2, maxBytes: 100 })).toEqual(["a", "b"]);
});

test("an entry that is too large by itself is taken alone, for only the destination can refuse it", () => {
  expect(fitting(["a".repeat(100), "b"], render, { maxEvents: 10, maxBytes: 10 })).toEqual(["a".repeat(100)]);
});

test("what does not fit any more is not rendered", () => {
  let rendered = 0;
  const counting = (text: string): string => {
    rendered += 1;
    return text;
  };
  fitting(
    Array.from({ length: 1_000 }, () => "aaaa"),
    counting,
    { maxEvents: 1_000, maxBytes: 10 },
  );
  expect(rendered).toBeLessThan(5);
});
