import { expect, test } from "vitest";
import { instant } from "../../../shared/domain/time.ts";
import { openLog } from "../../../shared/runtime/log.ts";

function lines(level: "info" | "warn" | "error" | "silent" = "info") {
  const written: string[] = [];
  const log = openLog({ level, clock: { now: () => instant(1_795_000_000_000) }, write: (line) => written.push(line) });
  return { log, written };
}

test("a line is JSON with time, level and sentence, which fields cannot forge", () => {
  const { log, written } = lines();
  log.warn("Registry did not answer", { host: "r.example", level: "info", msg: "all is well", time: "1970" });
  expect(JSON.parse(written[0] ?? "")).toEqual({
    time: "2026-11-18T11:06:40.000Z",
    level: "warn",
    msg: "Registry did not answer",
    host: "r.example",
  });
});

test("values under names of secrets, and credentials in addresses, are not written", () => {
  const { log, written } = lines();
  const apiKey = "v1";
  log.info("x", {
    token: "v2",
    clientSecret: "v3",
    Authorization: "v4",
    "x-api-key": apiKey,
    url: "https://user:v5@r.example/",
    "set-cookie": "v6",
  });
  expect(written[0]).not.toMatch(/v[1-6]/);
  expect(written[0]).toContain("r.example");
});

test("no value can end the line or steer a terminal", () => {
  const { log, written } = lines();
  log.info("x", { tag: 'a\n{"level":"error"}\u001b[2J\u009b2J\u2028\u202e' });
  const unsafe = ["\n", "\u001b", "\u009b", "\u2028", "\u202e"];
  expect(unsafe.filter((character) => written[0]?.includes(character))).toEqual([]);
  expect(JSON.parse(written[0] ?? "").tag).toBe('a\n{"level":"error"}\u001b[2J\u009b2J\u2028\u202e');
});

test("what is below the level is not written", () => {
  const { log, written } = lines("error");
  log.info("a");
  log.warn("b");
  log.error("c");
  expect(written).toHaveLength(1);
  const silent = lines("silent");
  silent.log.error("d");
  expect(silent.written).toEqual([]);
});
