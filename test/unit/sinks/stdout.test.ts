import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { write } from "../../../shared/sinks/stdout/index.ts";

test("lines are delivered when the reader has taken them", async () => {
  const stream = new PassThrough();
  expect(await write(stream, ["a\n", "b\n"])).toEqual({ kind: "delivered", count: 2 });
  expect(String(stream.read())).toBe("a\nb\n");
});

test("a reader that went away pauses the sink and ends nothing", async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
  expect(await write(broken, ["a\n"])).toMatchObject({ kind: "paused" });
});
