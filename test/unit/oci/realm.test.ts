import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../shared/oci/challenge.ts";
import { chooseWay, isTrustedRealm } from "../../../shared/oci/realm.ts";
import { alsoAsked } from "../../../shared/oci/scope.ts";

const way = (header: string) => chooseWay(parseChallenges(header));

describe("the way to authenticate", () => {
  test("is Bearer where it is offered with an address, in whatever order", () => {
    expect(way('Basic realm="x", Bearer realm="https://r.example/token",service="s"')).toMatchObject({ kind: "bearer", service: "s" });
  });

  test("is Basic where the realm is a title or another kind of address", () => {
    expect(way('Bearer realm="Artifactory Realm"')).toEqual({ kind: "basic" });
    expect(way('Bearer realm="file:///etc/passwd"')).toEqual({ kind: "basic" });
    expect(way('Basic realm="x"')).toEqual({ kind: "basic" });
  });

  test("is unknown where we know none of the schemes", () => {
    expect(way("Negotiate")).toBeUndefined();
    expect(way("")).toBeUndefined();
  });
});

describe("credentials are shown to a token service", () => {
  test.each([
    ["https://registry-1.docker.io", "https://auth.docker.io/token"],
    ["https://registry.gitlab.example", "https://gitlab.example/jwt/auth"],
    ["https://ghcr.io", "https://ghcr.io/token"],
    ["https://r.example.co.uk", "https://auth.example.co.uk/t"],
    ["https://r.example:5000", "https://r.example/t"],
    ["https://10.0.0.1", "https://10.0.0.1:5001/t"],
    ["https://team.azurecr.io", "https://team.azurecr.io/oauth2/token"],
    ["http://127.0.0.1:5000", "http://127.0.0.1:5001/t"],
    ["http://localhost:5000", "http://127.0.0.1:5001/t"],
  ])("%s may send us to %s", (registry, realm) => {
    expect(isTrustedRealm(new URL(registry), new URL(realm))).toBe(true);
  });

  test.each([
    ["https://r.example", "https://evil.example.net/t"],
    ["https://r.example.co.uk", "https://r.evil.co.uk/t"],
    ["https://r.example", "https://r.example.evil.example.net/t"],
    ["https://team.azurecr.io", "https://other.azurecr.io/t"],
    ["https://a.jfrog.io", "https://b.jfrog.io/t"],
    ["https://10.0.0.1", "https://10.0.0.2/t"],
    ["https://registry", "https://auth/t"],
    ["https://r.example", "http://r.example/t"],
    ["https://r.example", "http://127.0.0.1/t"],
    ["http://127.0.0.1:5000", "https://evil.example/t"],
  ])("%s may not send us to %s", (registry, realm) => {
    expect(isTrustedRealm(new URL(registry), new URL(realm))).toBe(false);
  });
});

test("a challenge may widen the scope for what we asked about, and for nothing else", () => {
  const own = ["repository:a/b:pull"];
  expect(alsoAsked("repository:a/b:metadata_read", own)).toEqual(["repository:a/b:metadata_read"]);
  expect(alsoAsked("repository:a/b:pull repository:other:push * registry:catalog:*", own)).toEqual([]);
  expect(alsoAsked(undefined, own)).toEqual([]);
});
