import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ThreatFacts } from "../../../shared/domain/threat.ts";
import { changedThreats } from "../../../shared/domain/threat-change.ts";
import { type Instant, parseDuration } from "../../../shared/domain/time.ts";
import { type Feeds, openFeeds } from "../../../shared/feeds/feeds.ts";
import type { FeedSetting } from "../../../shared/feeds/location.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { signHead } from "../../contract/store.ts";
import { serveRaw } from "../../fakes/raw-server.ts";
import { bytesOf, epssOf, type KevEntry, kevOf } from "../../fixtures/feeds.ts";
import { at, NOW } from "../../fixtures/records.ts";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DAY = 86_400_000;

let store: Store;
let folder: string;
let file: string;

beforeEach(() => {
  store = openSqliteStore({ file: ":memory:", signHead });
  folder = mkdtempSync(join(tmpdir(), "moorgate-feeds-"));
  file = join(folder, "kev.json");
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function setting(path = file): FeedSetting {
  return { location: { kind: "file", path }, every: parseDuration("24h") };
}

function open(path = file): Promise<Feeds> {
  return openFeeds({ store: store.feeds, log }, { knownExploited: setting(path), keepFor: parseDuration("30d") });
}

function publish(entries: readonly KevEntry[], dateReleased = "2026-11-20T17:00:00Z"): void {
  writeFileSync(file, kevOf(entries, { dateReleased }));
}

function ids({ knownExploited }: ThreatFacts): readonly string[] | string {
  return knownExploited.kind === "read" ? [...knownExploited.entries.keys()] : knownExploited.kind;
}

const ONE = { id: "CVE-2026-1000" };
const TWO = { id: "CVE-2026-1001" };
const LATER = "2026-11-21T17:00:00Z";

describe("a feed", () => {
  test("that is not set up is absent, and one that was never read is unavailable", async () => {
    const feeds = await open();
    expect(feeds.current()).toMatchObject({ knownExploited: { kind: "unavailable" }, exploitPrediction: { kind: "absent" } });
    await feeds.refresh(NOW);
    expect(feeds.current().knownExploited.kind).toBe("unavailable");
    expect(feeds.status()).toMatchObject([{ name: "knownExploited", fault: expect.any(String) }]);
  });

  test("is read when its time has come, not before", async () => {
    const feeds = await open();
    publish([ONE]);
    await feeds.refresh(NOW);
    publish([ONE, TWO], LATER);
    await feeds.refresh(at(DAY - 1));
    expect(ids(feeds.current())).toEqual([ONE.id]);
    await feeds.refresh(at(DAY));
    expect(ids(feeds.current())).toEqual([ONE.id, TWO.id]);
  });

  test("that cannot be read keeps its last good snapshot, says so, and is tried again soon", async () => {
    const feeds = await open();
    publish([ONE]);
    await feeds.refresh(NOW);
    writeFileSync(file, "<html>");
    await feeds.refresh(at(DAY));
    expect(ids(feeds.current())).toEqual([ONE.id]);
    expect(feeds.status()).toMatchObject([{ checkedAt: NOW, entries: 1, fault: expect.any(String) }]);
    publish([ONE, TWO], LATER);
    await feeds.refresh(at(DAY + 300_000));
    expect(ids(feeds.current())).toEqual([ONE.id, TWO.id]);
    expect(feeds.status()[0]).not.toHaveProperty("fault");
  });

  const many = Array.from({ length: 20 }, (_, number) => ({ id: `CVE-2026-${2000 + number}` }));
  test.each([
    ["much smaller", many.slice(0, 17), LATER],
    ["older", [...many, ONE], "2026-11-19T17:00:00Z"],
    ["of the future", [...many, ONE], "2027-11-21T17:00:00Z"],
  ])("that is %s than the last is refused, and a slightly smaller newer one is not", async (_, entries, madeAt) => {
    const feeds = await open();
    publish(many);
    await feeds.refresh(NOW);
    publish(entries, madeAt);
    await feeds.refresh(at(DAY));
    expect(ids(feeds.current())).toHaveLength(20);
    expect(feeds.status()[0]).toHaveProperty("fault");
    publish(many.slice(0, 18), LATER);
    await feeds.refresh(at(2 * DAY));
    expect(ids(feeds.current())).toHaveLength(18);
  });

  test("of another place begins anew: a smaller one from there is believed", async () => {
    publish([ONE, TWO]);
    await (await open()).refresh(NOW);
    const other = join(folder, "other.json");
    writeFileSync(other, kevOf([ONE]));
    const feeds = await open(other);
    await feeds.refresh(at(1));
    expect(ids(feeds.current())).toEqual([ONE.id]);
  });

  test("is there after a restart, without being read, and what was in use on an earlier day can be asked for", async () => {
    const first = await open();
    publish([ONE]);
    await first.refresh(NOW);
    publish([ONE, TWO], LATER);
    await first.refresh(at(DAY));
    rmSync(file);
    const again = await open();
    expect(ids(again.current())).toEqual([ONE.id, TWO.id]);
    expect(ids(await again.asOf(at(DAY - 1)))).toEqual([ONE.id]);
    expect(ids(await again.asOf(at(-1)))).toBe("unavailable");
  });

  test("drops snapshots that went out of use long ago, and never the newest", async () => {
    const feeds = await open();
    publish([ONE]);
    await feeds.refresh(NOW);
    publish([ONE, TWO], LATER);
    await feeds.refresh(at(DAY));
    await feeds.follow(async () => undefined);
    publish([ONE, TWO, { id: "CVE-2026-1002" }], "2027-01-19T00:00:00Z");
    await feeds.refresh(at(60 * DAY));
    expect(ids(await feeds.asOf(NOW))).toBe("unavailable");
    // What the verdicts still rest on is kept as well.
    expect(ids(await (await open()).asOf(at(DAY)))).toEqual([ONE.id, TWO.id]);
    expect(ids((await open()).current())).toHaveLength(3);
  });

  test("is downloaded, and neither a redirect inside nor another status is believed", async () => {
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => response.end(epssOf(["CVE-2026-1000,0.5,0.9"])),
      (response) => response.writeHead(302, { location: "/other" }).end(),
      (response) => response.writeHead(404).end("gone"),
    ];
    const server = await serveRaw((_, response) => answers.shift()?.(response));
    try {
      const url = new URL(`http://${server.host}/epss.csv?key=secret`);
      const location = { kind: "url", url, isInternal: true } as const;
      const feeds = await openFeeds({ store: store.feeds, log }, { exploitPrediction: { location, every: parseDuration("1h") } });
      await feeds.refresh(NOW);
      expect(feeds.current().exploitPrediction).toMatchObject({ kind: "read" });
      expect(JSON.stringify(feeds.status())).not.toContain("secret");
      for (const day of [1, 2]) {
        await feeds.refresh(at(day * DAY));
        expect(feeds.status()[0]).toHaveProperty("fault");
      }
      expect(server.heard.map(({ path }) => path)).toEqual(Array.from({ length: 3 }, () => "/epss.csv?key=secret"));
    } finally {
      await server.close();
    }
  });

  test("of the public internet is not fetched from this machine or a private network", async () => {
    const location = { kind: "url", url: new URL("https://127.0.0.1:9/kev.json"), isInternal: false } as const;
    const feeds = await openFeeds({ store: store.feeds, log }, { knownExploited: { location, every: parseDuration("1h") } });
    await feeds.refresh(NOW);
    expect(feeds.status()).toMatchObject([{ fault: expect.stringContaining("127.0.0.1") }]);
  });
});

describe("a change of the feeds", () => {
  async function followed(feeds: Feeds): Promise<readonly (readonly string[] | string)[]> {
    const seen: (readonly string[] | string)[] = [];
    await feeds.follow(async (before, after) => {
      const change = changedThreats(before, after);
      seen.push(change.kind === "ids" ? change.ids : change.kind);
    });
    return seen;
  }

  async function refreshed(feeds: Feeds, now: Instant, entries: readonly KevEntry[], madeAt?: string): Promise<void> {
    publish(entries, madeAt);
    await feeds.refresh(now);
  }

  test("is followed once, by the names on which the snapshots differ", async () => {
    const feeds = await open();
    expect(await followed(feeds)).toEqual([]);
    await refreshed(feeds, NOW, [ONE, { ...TWO, due: "2026-12-01" }]);
    expect(await followed(feeds)).toEqual(["everything"]);
    expect(await followed(feeds)).toEqual([]);
    await refreshed(feeds, at(DAY), [ONE, TWO, { id: "CVE-2026-1002" }], LATER);
    expect(await followed(feeds)).toEqual([[TWO.id, "CVE-2026-1002"]]);
    await refreshed(feeds, at(2 * DAY), [ONE, TWO, { id: "CVE-2026-1002" }], "2026-11-22T17:00:00Z");
    expect(await followed(feeds)).toEqual([[]]);
  });

  test("that was not followed to its end is followed after the restart", async () => {
    const feeds = await open();
    await refreshed(feeds, NOW, [ONE]);
    await followed(feeds);
    await refreshed(feeds, at(DAY), [ONE, TWO], LATER);
    await expect(feeds.follow(() => Promise.reject(new Error("cut off")))).rejects.toThrow("cut off");
    expect(await followed(await open())).toEqual([[TWO.id]]);
  });

  test("concerns everything where a feed ceases to be known", async () => {
    const feeds = await open();
    await refreshed(feeds, NOW, [ONE]);
    await followed(feeds);
    const none = await openFeeds({ store: store.feeds, log }, {});
    expect(await followed(none)).toEqual(["everything"]);
    expect(await followed(none)).toEqual([]);
  });
});

test("bytes of a feed are given back as they came", async () => {
  const bytes = bytesOf("any");
  const digest = await store.feeds.put("withdrawn", "file x", { bytes, madeAt: NOW }, NOW);
  expect(Buffer.from((await store.feeds.bytes("withdrawn", digest)) ?? []).toString()).toBe("any");
});
