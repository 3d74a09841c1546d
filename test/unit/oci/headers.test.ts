import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../shared/oci/challenge.ts";
import { parseNextLink, resolveOnOrigin } from "../../../shared/oci/link.ts";

const plain = (header: string) => parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("WWW-Authenticate", () => {
  test("gives the challenges that registries send", () => {
    expect(plain('Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"')).toEqual([
      ["bearer", { realm: "https://ghcr.io/token", service: "ghcr.io", scope: "repository:user/image:pull" }],
    ]);
    expect(plain('Basic realm="Artifactory Realm"')).toEqual([["basic", { realm: "Artifactory Realm" }]]);
  });

  test("may offer two ways in one header", () => {
    const header =
      'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="x"';
    expect(plain(header)).toEqual([
      ["bearer", { realm: "https://codeberg.org/v2/token", service: "container_registry", scope: "*" }],
      ["basic", { realm: "https://codeberg.org/v2", service: "x" }],
    ]);
  });

  test("is read with escapes, commas and schemes inside quotes, odd spaces and bare words", () => {
    expect(plain('BEARER  Realm = "a\\"b, Basic realm=\\\\" ,, scope="repository:a:pull,push" ,\tservice=reg.example:5000/x')).toEqual([
      ["bearer", { realm: 'a"b, Basic realm=\\', scope: "repository:a:pull,push", service: "reg.example:5000/x" }],
    ]);
  });

  test("keeps the first of a repeated parameter, passes over padded tokens, and ends at what it cannot read", () => {
    expect(plain('Negotiate abc==, Basic realm="a", realm="b"')).toEqual([
      ["negotiate", { abc: "" }],
      ["basic", { realm: "a" }],
    ]);
    expect(plain('Basic realm="a", Bearer realm="unclosed')).toEqual([
      ["basic", { realm: "a" }],
      ["bearer", { realm: "" }],
    ]);
    expect(plain("")).toEqual([]);
    expect(plain('realm="nobody"')).toEqual([]);
  });
});

describe("Link", () => {
  test.each([
    ['</v2/_catalog?last=b&n=2>; rel="next"', "/v2/_catalog?last=b&n=2"],
    ["<https://r.example/v2/x>;rel=next", "https://r.example/v2/x"],
    ['</a>; rel="prev", </b>; title="a, <c>"; rel="up next"', "/b"],
    ['</a>; rel="nextish"', undefined],
    ['</a>; rel="prev"', undefined],
    ["", undefined],
    ["</a", undefined],
  ])("%s leads to %s", (header, expected) => {
    expect(parseNextLink(header)).toBe(expected);
  });

  const from = new URL("https://r.example:5000/v2/a/tags/list?n=2");

  test.each([
    ["/v2/a/tags/list?last=x", "https://r.example:5000/v2/a/tags/list?last=x"],
    ["list?last=x", "https://r.example:5000/v2/a/tags/list?last=x"],
    ["?last=x", "https://r.example:5000/v2/a/tags/list?last=x"],
    ["http://r.example:5000/v2/b", "https://r.example:5000/v2/b"],
    ["https://user:pass@r.example:5000/v2/b", "https://r.example:5000/v2/b"],
  ])("%s stays on the registry's origin", (target, expected) => {
    expect(resolveOnOrigin(target, from).href).toBe(expected);
  });

  test.each([
    "https://evil.example/v2/",
    "//evil.example/v2/",
    "https://r.example/v2/",
    "https://r.example.evil.example:5000/",
    "ftp://r.example:5000/",
    "javascript:alert(1)",
  ])("%s is refused", (target) => {
    expect(() => resolveOnOrigin(target, from)).toThrow(expect.objectContaining({ code: "refused" }));
  });

  test("a path that looks like a host stays a path", () => {
    expect(resolveOnOrigin("https://r.example:5000//evil.example/x", from).href).toBe("https://r.example:5000/evil.example/x");
  });

  test("the default ports are no other origin", () => {
    expect(resolveOnOrigin("http://r.example/v2/b?c", new URL("https://r.example/v2/")).href).toBe("https://r.example/v2/b?c");
  });
});
