import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { answer, answerOf, requestOf } from "../../../functions/aws/function-url.ts";
import { AdapterError } from "../../../shared/ports/adapter-error.ts";
import { DOMAIN, urlEvent } from "./woken.ts";

describe("a request to a Function URL", () => {
  test("keeps method, path, query and headers, and its body byte for byte", async () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128]);
    const request = requestOf(
      urlEvent("POST", "/hooks/oci", {
        rawQueryString: "a=1&a=2",
        body: bytes.toString("base64"),
        isBase64Encoded: true,
        headers: { "x-sent": "one" },
      }),
    );
    expect([request.method, request.url, request.headers.get("x-sent")]).toEqual(["POST", `https://${DOMAIN}/hooks/oci?a=1&a=2`, "one"]);
    expect(Buffer.from(await request.arrayBuffer())).toEqual(bytes);
  });

  test("carries a text as UTF-8", async () => {
    expect(await requestOf(urlEvent("POST", "/", { body: "grüße" })).text()).toBe("grüße");
  });

  test("is of the name that Lambda was reached under, whatever headers claim", () => {
    const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http" };
    const request = requestOf(urlEvent("GET", "/", { headers }));
    expect([new URL(request.url).origin, request.headers.get("host")]).toEqual([`https://${DOMAIN}`, DOMAIN]);
  });

  test.each(["@evil.example/", ".evil.example/", ":8080/"])("cannot be led to another host by its path: %s", (rawPath) => {
    expect(() => requestOf(urlEvent("GET", rawPath))).toThrow(AdapterError);
  });

  test("has its cookies back in one header", () => {
    expect(requestOf(urlEvent("GET", "/", { cookies: ["a=1", "b=2"] })).headers.get("cookie")).toBe("a=1; b=2");
  });

  test.each([
    [{ body: "no base64!", isBase64Encoded: true }, 400],
    [{ body: "QUJ", isBase64Encoded: true }, 400],
    [{ body: "QU-J", isBase64Encoded: true }, 400],
    [{ body: "Q=JD", isBase64Encoded: true }, 400],
    [{ body: "x".repeat(6 * 1_048_576 + 1) }, 413],
    [{ rawPath: "@evil.example/" }, 400],
    [{ headers: { "x-sent": "grüße \u{1F600}" } }, 400],
    [{ headers: { "x sent": "one" } }, 400],
    [{ cookies: ["a=\u0100"] }, 400],
  ] satisfies readonly (readonly [Partial<APIGatewayProxyEventV2>, number])[])(
    "that cannot be read reaches nobody: %#",
    async (more, status) => {
      const reached = async (): Promise<Response> => {
        throw new Error("reached");
      };
      expect((await answer(urlEvent("POST", "/", more), reached)).statusCode).toBe(status);
    },
  );
});

test.each([
  ["an older gateway's", { resource: "/{proxy+}", path: "/hooks/oci", httpMethod: "POST", headers: {}, requestContext: {}, body: "{}" }],
  ["a load balancer's", { path: "/hooks/oci", httpMethod: "POST", headers: {}, requestContext: { elb: {} }, body: "" }],
  ["an older format of a gateway's", { version: "1.0", path: "/hooks/oci", httpMethod: "POST", requestContext: {} }],
])("%s request is refused with the reason, and reaches nobody", async (_, event) => {
  const reached = async (): Promise<Response> => {
    throw new Error("reached");
  };
  const told = await answer(event as unknown as APIGatewayProxyEventV2, reached);
  expect(told).toMatchObject({ statusCode: 400, body: expect.stringContaining("payload format 2.0") });
});

test("a method that no platform lets through is refused", async () => {
  expect((await answer(urlEvent("TRACE", "/"), async () => new Response())).statusCode).toBe(400);
});

describe("an answer", () => {
  test("gives each cookie apart, and text as text", async () => {
    const headers = new Headers({ "content-type": "text/html; charset=utf-8" });
    headers.append("set-cookie", "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT");
    headers.append("set-cookie", "b=2");
    const told = await answerOf(new Response("grüße", { status: 201, headers }));
    expect(told).toMatchObject({
      statusCode: 201,
      body: "grüße",
      isBase64Encoded: false,
      cookies: ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"],
    });
    expect(Object.keys(told.headers ?? {})).not.toContain("set-cookie");
  });

  test.each([["image/png"], ["application/octet-stream"]])("gives what is no text in base64: %s", async (type) => {
    const bytes = Uint8Array.of(137, 80, 78, 71, 0, 255);
    const told = await answerOf(new Response(bytes, { headers: { "content-type": type } }));
    expect([told.isBase64Encoded, told.body]).toEqual([true, Buffer.from(bytes).toString("base64")]);
  });
});
