import { describe, expect, test } from "vitest";
import { OCI_INDEX, OCI_MANIFEST } from "../../../shared/domain/manifest.ts";
import { parseInstant } from "../../../shared/domain/time.ts";
import type { Delivery } from "../../../shared/ports/event-decoder.ts";
import { oci } from "../../../shared/providers/oci/index.ts";
import { digestOf, NOW } from "../../fixtures/records.ts";

const { decoder } = oci;
const DIGEST = digestOf("image");
const V3_EMPTY = { mediaType: "", digest: "", size: 0, url: "", tag: "" };

function delivery(body: unknown, headers: Record<string, string> = {}): Delivery {
  return { headers, body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), receivedAt: NOW };
}

function event(action: string, target: object, more: object = {}): object {
  return {
    id: "0c1f7f4e-0001",
    timestamp: "2026-11-21T11:00:00.123456789Z",
    action,
    target: { repository: "shop/api", ...target },
    request: { id: "1", addr: "203.0.113.9", host: "registry.example:5000", method: "PUT", useragent: "docker/29" },
    actor: {},
    source: { addr: "node-1:5000", instanceID: "7d0f" },
    ...more,
  };
}

const decode = (...events: readonly object[]) => decoder.decode(delivery({ events }));
const told = (kind: string, more: object) => ({
  id: "0c1f7f4e-0001",
  source: "oci",
  registry: "registry.example:5000",
  repository: "shop/api",
  at: parseInstant("2026-11-21T11:00:00.123Z"),
  kind,
  ...more,
});

describe("a notification of distribution tells", () => {
  test.each([
    [
      "a push by tag",
      event("push", { mediaType: OCI_MANIFEST, digest: DIGEST, tag: "1.0" }),
      told("pushed", { mediaType: OCI_MANIFEST, digest: DIGEST, tag: "1.0" }),
    ],
    [
      "a push by digest, with the empty members of version 3",
      event("push", { ...V3_EMPTY, mediaType: OCI_INDEX, digest: DIGEST }),
      told("pushed", { mediaType: OCI_INDEX, digest: DIGEST }),
    ],
    [
      "a push of a type that we do not know, by tag",
      event("push", { mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws", digest: DIGEST, tag: "old" }),
      told("pushed", { mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws", digest: DIGEST, tag: "old" }),
    ],
    ["a deleted digest, which may have been a blob", event("delete", { digest: DIGEST }), told("deleted", { digest: DIGEST })],
    ["a deleted tag of version 2", event("delete", { tag: "1.0" }), told("deleted", { tag: "1.0" })],
    ["a deleted tag of version 3", event("delete", { ...V3_EMPTY, tag: "1.0" }), told("deleted", { tag: "1.0" })],
    [
      "who pushed, where the registry knows",
      event("push", { digest: DIGEST }, { actor: { name: "ci" } }),
      told("pushed", { digest: DIGEST, actor: "ci" }),
    ],
    [
      "a time that was never set as unknown",
      event("push", { digest: DIGEST }, { timestamp: "0001-01-01T00:00:00Z" }),
      { ...told("pushed", { digest: DIGEST }), at: "unknown" },
    ],
  ])("%s", (_, given, expected) => {
    expect(decode(given)).toEqual({ kind: "events", events: [expected], skipped: [] });
  });

  test("the host that was asked, whatever the address in the event says", () => {
    const forged = event("push", { digest: DIGEST, url: "http://attacker.example/v2/shop/api/manifests/x" });
    expect(decode(forged)).toMatchObject({ events: [{ registry: "registry.example:5000" }] });
    expect(JSON.stringify(decode(forged))).not.toContain("attacker");
  });
});

test("a pull of a manifest is told beside what changed, with who pulled and by what", () => {
  const request = { host: "registry.example:5000", method: "GET", useragent: "containerd/2.1" };
  const decoded = decode(
    event("pull", { mediaType: OCI_MANIFEST, digest: DIGEST, tag: "1.0" }, { request, actor: { name: "node" } }),
    event("push", { digest: DIGEST }),
  );
  expect(decoded).toMatchObject({ events: [{ kind: "pushed" }], skipped: [] });
  const { kind: _, ...pull } = told("pushed", { digest: DIGEST, actor: "node", userAgent: "containerd/2.1" });
  expect(decoded.kind === "events" && decoded.pulls).toEqual([pull]);
});

describe("a notification of distribution passes over", () => {
  test.each([
    [
      "a look at a manifest",
      event("pull", { mediaType: OCI_MANIFEST, digest: DIGEST }, { request: { host: "registry.example", method: "HEAD" } }),
    ],
    ["a pull of a blob", event("pull", { mediaType: "application/octet-stream", digest: DIGEST })],
    ["a pull that names no digest", event("pull", { mediaType: OCI_MANIFEST, tag: "1.0" })],
    ["a mount", event("mount", { digest: DIGEST, fromRepository: "shop/web" })],
    ["a blob", event("push", { mediaType: "application/octet-stream", digest: DIGEST })],
    ["a deleted blob that says so", event("delete", { mediaType: "application/octet-stream", digest: DIGEST })],
    ["a deleted repository", event("delete", {})],
    ["a shortened digest", event("push", { digest: DIGEST.slice(0, 20), tag: "1.0" })],
    ["an impossible digest", event("push", { digest: "sha256:EXAMPLE", tag: "1.0" })],
    ["an impossible tag", event("push", { digest: DIGEST, tag: "-x" })],
    ["an impossible repository", event("push", { digest: DIGEST, repository: "../etc" })],
    ["an event without a host", event("push", { digest: DIGEST }, { request: {} })],
    ["an event without an id", event("push", { digest: DIGEST }, { id: "" })],
    ["an event without an action", event("", { digest: DIGEST })],
    ["what is no event", [] as object],
  ])("%s, and says so", (_, given) => {
    const decoded = decode(given, event("push", { digest: DIGEST }));
    expect(decoded).toMatchObject({ kind: "events", events: [{ kind: "pushed" }], skipped: [expect.any(String)] });
  });

  test("what is beyond the thousandth event", () => {
    const decoded = decode(...Array.from({ length: 1_002 }, () => event("push", { digest: DIGEST })));
    expect(decoded).toMatchObject({ skipped: [expect.stringContaining("2 events")] });
    expect(decoded.kind === "events" && decoded.events.length).toBe(1_000);
  });
});

test.each(["", "no JSON", "[]", "{}", '{"events":{}}', `{"events":[${"[".repeat(100)}${"]".repeat(100)}]}`])("%j is malformed", (body) => {
  expect(decoder.decode(delivery(body)).kind).toBe("malformed");
});

describe("the sender is known by", () => {
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
  test.each([
    ["a bearer token", "Bearer s3cret", true],
    ["a bearer token in other letters", "bearer s3cret", true],
    ["a header as it was configured", "s3cret", true],
    ["the password of Basic", basic("registry:s3cret"), true],
    ["the second secret, while one is replaced", "Bearer newer", true],
    ["no wrong secret", "Bearer guess", false],
    ["no beginning of the secret", "Bearer s3cre", false],
    ["no user name", basic("s3cret:guess"), false],
    ["no empty header", "", false],
    ["no empty token", "Bearer ", false],
  ])("%s", (_, authorization, expected) => {
    expect(decoder.authenticate(delivery("", { authorization }), ["s3cret", "newer"])).toBe(expected);
  });

  test("nothing where no secret is set", () => {
    expect(decoder.authenticate(delivery("", { authorization: "" }), [])).toBe(false);
    expect(decoder.authenticate(delivery("", { authorization: "" }), [""])).toBe(false);
    expect(decoder.authenticate(delivery(""), ["s3cret"])).toBe(false);
  });
});
