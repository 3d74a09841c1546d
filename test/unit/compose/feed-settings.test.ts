import { expect, test } from "vitest";
import { parseSettings } from "../../../shared/compose/settings.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import type { FeedSettings } from "../../../shared/feeds/feeds.ts";
import { PolicyError } from "../../../shared/policy/policy-error.ts";

function parse(feeds: string): FeedSettings {
  const text = `apiVersion: moorgate.dev/v1\nkind: Settings\n${feeds}\n`;
  return parseSettings(text, "moorgate.yaml", {}, () => async () => undefined).feeds;
}

test("no feed is set up by itself, and snapshots are kept for 90 days", () => {
  expect(parse("")).toEqual({ keepFor: parseDuration("90d") });
});

test("a feed is read from an address or a file, once a day where nothing else is said", () => {
  const { knownExploited, exploitPrediction, withdrawn } = parse(
    "feeds: { knownExploited: { url: 'https://feeds.example/kev.json' }, exploitPrediction: { url: 'https://mirror.example/epss.csv.gz', internal: true, every: 6h }, withdrawn: { file: osv.jsonl } }",
  );
  const day = parseDuration("24h");
  const url = (text: string, isInternal: boolean) => ({ kind: "url", url: new URL(text), isInternal });
  expect(knownExploited).toEqual({ location: url("https://feeds.example/kev.json", false), every: day });
  expect(exploitPrediction).toEqual({ location: url("https://mirror.example/epss.csv.gz", true), every: parseDuration("6h") });
  expect(withdrawn).toEqual({ location: { kind: "file", path: "osv.jsonl" }, every: day });
});

test.each([
  ["both an address and a file", "feeds: { knownExploited: { url: 'https://feeds.example/kev.json', file: kev.json } }"],
  ["neither", "feeds: { knownExploited: {} }"],
  ["an address of another scheme", "feeds: { knownExploited: { url: 'file:///etc/passwd' } }"],
  ["a feed that is unknown", "feeds: { kev: { file: kev.json } }"],
  ["a setting that is unknown", "feeds: { knownExploited: { file: kev.json, retries: 3 } }"],
  ["a time that is none", "feeds: { knownExploited: { file: kev.json, every: daily } }"],
])("%s is refused", (_, feeds) => {
  expect(() => parse(feeds)).toThrow(PolicyError);
});
