import { expect, test } from "vitest";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { fromFault, fromStatus } from "../../../shared/sinks/answer.ts";
import { NOW } from "../../fixtures/records.ts";

const answer = (status: number, headers: Record<string, string> = {}, said = "") =>
  fromStatus({ status, headers: new Headers(headers), said }, 3, NOW);

test.each<readonly [string, readonly number[]]>([
  ["delivered", [200, 201, 202, 204]],
  ["retry", [408, 425, 429, 500, 501, 502, 503, 504, 599]],
  ["paused", [401, 403, 404, 301, 302, 307, 308, 402, 405, 406, 409, 418, 451]],
  ["disabled", [410]],
  ["refused", [400, 413, 415, 422]],
])("%s: %j", (kind, statuses) => {
  for (const status of statuses) expect(answer(status).kind, String(status)).toBe(kind);
});

test("what was delivered or refused is counted", () => {
  expect(answer(200)).toEqual({ kind: "delivered", count: 3 });
  expect(answer(413)).toMatchObject({ kind: "refused", count: 3 });
});

test("the destination's wish to wait is kept, in seconds or as a date", () => {
  expect(answer(429, { "retry-after": "120" })).toMatchObject({ kind: "retry", afterMs: 120_000 });
  expect(answer(503, { "retry-after": new Date(NOW + 30_000).toUTCString() })).toMatchObject({ afterMs: 30_000 });
  expect(answer(503)).not.toHaveProperty("afterMs");
  expect(answer(503, { "retry-after": "soon" })).not.toHaveProperty("afterMs");
});

test("what the destination said is told short, on one line and without credentials", () => {
  const said = `no\r\nwith\u001b[31m https://robot:s3cr3t-pass@siem.example/ ${"x".repeat(1_000)}`;
  const delivered = answer(400, {}, said);
  const why = delivered.kind === "refused" ? delivered.why : "";
  expect(why).toMatch(/^answered 400: no with/);
  expect(why).not.toMatch(/\p{Cc}|s3cr3t/u);
  expect(why.length).toBeLessThan(250);
});

test("a fault that may pass is tried again, another one waits for a person", () => {
  expect(fromFault(new AdapterError("unreachable", "no connection")).kind).toBe("retry");
  expect(fromFault(new AdapterError("timeout", "no answer")).kind).toBe("retry");
  expect(fromFault(new AdapterError("unreachable", "the certificate has expired", { retryable: false })).kind).toBe("paused");
  expect(fromFault(new AdapterError("refused", "a private address")).kind).toBe("paused");
});
