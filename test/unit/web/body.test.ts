import { expect, test } from "vitest";
import { readBody } from "../../../shared/web/body.ts";

function requestOf(body: ReadableStream<Uint8Array>): Request {
  return new Request("http://127.0.0.1/", { method: "POST", body, duplex: "half" });
}

test("A sender that stops in the middle is given up after its time", async () => {
  const stalled = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
  expect(await readBody(requestOf(stalled), { maxBytes: 100, withinMs: 20 })).toEqual({ kind: "too-slow" });
});

test("A body in one-byte chunks is put together in order, over every growth of the buffer", async () => {
  const bytes = Uint8Array.from({ length: 40_000 }, (_, index) => index % 251);
  const chunks = bytes.values();
  const trickle = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(new Uint8Array([next.value]));
    },
  });
  expect(await readBody(requestOf(trickle), { maxBytes: 40_000, withinMs: 10_000 })).toEqual({ kind: "read", bytes });
});

test("No body is an empty one", async () => {
  const request = new Request("http://127.0.0.1/", { method: "POST" });
  expect(await readBody(request, { maxBytes: 0, withinMs: 1_000 })).toEqual({ kind: "read", bytes: new Uint8Array() });
});
