import { expect, test } from "vitest";
import { asRegistryError, readErrorCodes } from "../../../shared/oci/error.ts";

const error = (status: number, body: string, headers: Record<string, string> = {}) =>
  asRegistryError(status, new Headers(headers), Buffer.from(body), "GET manifest of shop/api", Date.parse("2026-11-21T08:00:00Z"));

test.each([
  [401, '{"code":"UNAUTHORIZED","message":"x"}', "unauthorized", false],
  [403, '{"errors":[{"code":"DENIED"}]}', "forbidden", false],
  [404, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}', "not-found", false],
  [404, '{"errors":[{"code":"constructor"}]}', "not-found", false],
  [405, "Method not allowed", "unsupported", false],
  [405, '{"errors":[{"code":"DENIED"}]}', "conflict", false],
  [400, '{"errors":[{"code":"UNSUPPORTED"}]}', "unsupported", false],
  [400, '{"errors":[{"code":"MANIFEST_INVALID"}]}', "refused", false],
  [409, '{"errors":[{"code":"TAG_IMMUTABLE"}]}', "conflict", false],
  [412, '{"errors":[{"code":"PROJECTPOLICYVIOLATION"}]}', "refused", false],
  [413, "", "too-large", false],
  [429, "slow down", "rate-limited", true],
  [503, '{"errors":[{"code":"TOOMANYREQUESTS"}]}', "rate-limited", true],
  [500, "<html>", "unreachable", true],
  [302, "", "refused", false],
])("%i %s is %s", (status, body, code, retryable) => {
  expect(error(status, body)).toMatchObject({ code, retryable });
});

test("the wait that a registry asks for is kept", () => {
  expect(error(429, "", { "retry-after": "30" }).retryAfter).toBe(30_000);
  expect(error(429, "", { "x-retry-after": "1795248060" }).retryAfter).toBe(60_000);
});

test("codes are found in the standard body, the bare one, and nowhere else", () => {
  const codes = (body: string) => readErrorCodes(Buffer.from(body));
  expect(codes('{"errors":[{"code":"A"},{"code":"B"}]}')).toEqual(["A", "B"]);
  expect(codes('{"code":"A"}')).toEqual(["A"]);
  for (const body of ["", "404 page not found", "[]", "null", '{"errors":null}', '{"errors":[null,{"code":1}]}', '{"message":"x"}']) {
    expect(codes(body)).toEqual([]);
  }
});

test("a code cannot forge another line of a log", () => {
  expect(error(400, '{"code":"A\\nlevel=info"}').message).not.toContain("\n");
});
