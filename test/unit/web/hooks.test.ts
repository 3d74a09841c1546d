import { describe, expect, test } from "vitest";
import type { Received } from "../../../shared/ports/operator.ts";
import { HOST, openWebGate } from "../../fakes/web-gate.ts";

const HOOK = `http://${HOST}/hooks/oci`;

function post(body: RequestInit["body"], headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(HOOK, { method: "POST", headers, ...(body === null || body === undefined ? {} : { body, duplex: "half" }) });
}

/** Chunks without an end; tells how many were asked for. */
function endless(chunk: Uint8Array): { readonly stream: ReadableStream<Uint8Array>; pulled(): number } {
  let count = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      count += 1;
      controller.enqueue(chunk);
    },
  });
  return { stream, pulled: () => count };
}

describe("a registry's delivery", () => {
  test.each<[Received, number]>([
    [{ kind: "accepted", work: 2 }, 202],
    [{ kind: "duplicate" }, 200],
    [{ kind: "unauthenticated" }, 401],
    [{ kind: "malformed", why: "no events" }, 400],
    [{ kind: "unknown-provider" }, 404],
  ])("is answered by what became of it: %o with %i", async (received, status) => {
    const gate = openWebGate();
    gate.answers.received = received;
    const response = await gate.app.fetch(post("{}"));
    expect(response.status).toBe(status);
  });

  test("reaches the gate byte for byte with its headers in lower case, whatever its content type says", async () => {
    const gate = openWebGate();
    await gate.app.fetch(post(new Uint8Array([0, 255, 10]), { Authorization: "Bearer x", "Content-Type": "text/plain" }));
    expect(gate.deliveries).toMatchObject([{ provider: "oci", bytes: 3, headers: { authorization: "Bearer x" } }]);
  });

  test("names its registry with its port in the path", async () => {
    const gate = openWebGate();
    await gate.app.fetch(new Request(`${HOOK}/127.0.0.1:5055`, { method: "POST", body: "{}" }));
    expect(gate.deliveries[0]?.registry).toBe("127.0.0.1:5055");
  });

  test("that declares more than 1 MiB is refused unread", async () => {
    const gate = openWebGate();
    const { stream, pulled } = endless(new Uint8Array(1_024));
    const response = await gate.app.fetch(post(stream, { "content-length": "1048577" }));
    expect(response.status).toBe(413);
    expect(pulled()).toBeLessThan(3);
    expect(gate.deliveries).toEqual([]);
  });

  test("that does not end is cut off at 1 MiB", async () => {
    const gate = openWebGate();
    const { stream, pulled } = endless(new Uint8Array(65_536));
    const response = await gate.app.fetch(post(stream));
    expect([response.status, response.headers.get("connection")]).toEqual([413, "close"]);
    expect(pulled()).toBeLessThan(20);
  });

  test("of exactly 1 MiB is taken", async () => {
    const gate = openWebGate();
    const response = await gate.app.fetch(post(new Uint8Array(1_048_576)));
    expect(response.status).toBe(202);
    expect(gate.deliveries[0]?.bytes).toBe(1_048_576);
  });

  test("that is compressed is refused, also where it is small", async () => {
    const gate = openWebGate();
    const response = await gate.app.fetch(post("x", { "content-encoding": "gzip" }));
    expect(response.status).toBe(415);
  });

  test("whose connection breaks is refused and never handed on in part", async () => {
    const gate = openWebGate();
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(10));
        controller.error(new Error("reset"));
      },
    });
    expect((await gate.app.fetch(post(broken))).status).toBe(400);
    expect(gate.deliveries).toEqual([]);
  });

  test("that is refused is told to the gate once, with a source that its sender cannot make up", async () => {
    const gate = openWebGate();
    gate.answers.received = { kind: "unknown-provider" };
    await gate.app.fetch(new Request(`http://${HOST}/hooks/made-up-4711`, { method: "POST", body: "{}" }));
    await gate.app.fetch(new Request(`http://${HOST}/hooks/%3Cscript%3E`, { method: "POST", body: "{}" }));
    gate.answers.received = { kind: "unauthenticated" };
    await gate.app.fetch(post("{}"));
    expect(gate.refusals.map(({ source }) => source)).toEqual(["hooks/unknown", "hooks/unknown", "hooks/oci"]);
  });

  test("that the gate cannot store is answered so that the registry sends it again", async () => {
    const gate = openWebGate();
    gate.answers.fault = new Error("disk full at /var/lib/secret");
    const response = await gate.app.fetch(post("{}"));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("/var/lib/secret");
  });

  test("is not read from a GET", async () => {
    const response = await openWebGate().app.fetch(new Request(HOOK));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });
});
