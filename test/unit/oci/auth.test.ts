import { afterEach, describe, expect, test } from "vitest";
import { parseDigest } from "../../../shared/domain/digest.ts";
import { parseRepository, parseTag } from "../../../shared/domain/image-ref.ts";
import { instant } from "../../../shared/domain/time.ts";
import type { Basic } from "../../../shared/ports/provider.ts";
import { collect, instantRetry, openTestClient } from "../../fakes/oci-client.ts";
import { answer, type RawServer } from "../../fakes/raw-server.ts";
import { openServers } from "../../fakes/servers.ts";

const repository = parseRepository("shop/api");
const tag = parseTag("1.0");
const digest = parseDigest(`sha256:${"1".repeat(64)}`);
const person: Basic = { username: "u", password: "p:w", kind: "password" };
const BASIC = `Basic ${Buffer.from("u:p:w").toString("base64")}`;
const FOUND = { "docker-content-digest": digest };

const servers = openServers();
afterEach(() => servers.close());

/** Lets through who has the header that `right` names; others get the challenge. */
function guarded(challenge: () => string, right: (authorization: string | undefined) => boolean) {
  return servers.raw(({ headers }, response) =>
    right(headers.authorization)
      ? answer(response, 200, FOUND)
      : answer(response, 401, { "www-authenticate": challenge() }, '{"code":"UNAUTHORIZED"}'),
  );
}

/** A token service that gives `token-1`, `token-2`, ... and a registry that takes the one named last. */
async function withTokens(more: { life?: number; challenge?: (realm: string) => string } = {}) {
  const given: string[] = [];
  const service = await servers.raw((_, response) => {
    given.push(`token-${given.length + 1}`);
    answer(response, 200, {}, JSON.stringify({ token: given.at(-1), ...(more.life === undefined ? {} : { expires_in: more.life }) }));
  });
  const realm = `http://${service.host}/token`;
  const challenge = more.challenge?.(realm) ?? `Bearer realm="${realm}",service="reg",scope="repository:some/thing:pull"`;
  const registry = await guarded(
    () => challenge,
    (authorization) => authorization === `Bearer ${given.at(-1)}`,
  );
  return { registry, service, given };
}

const client = (server: RawServer, credentials: Basic | undefined, more: Parameters<typeof openTestClient>[1] = {}) =>
  openTestClient(server.host, { credentials: async () => credentials, ...more });

describe("Bearer", () => {
  test("asks another origin of the same site for the scope that the call needs, and shows it the credentials", async () => {
    const { registry, service } = await withTokens();
    expect(await client(registry, person).resolve(repository, tag)).toBe(digest);
    expect(service.heard.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual([
      ["GET", "/token?service=reg&scope=repository%3Ashop%2Fapi%3Apull", BASIC],
    ]);
    expect(registry.heard.map(({ headers }) => headers.authorization)).toEqual([undefined, "Bearer token-1"]);
  });

  test("works without credentials where the registry gives tokens to everybody", async () => {
    const { registry, service } = await withTokens();
    expect(await client(registry, undefined).resolve(repository, tag)).toBe(digest);
    expect(service.heard.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("keeps a token for its scope until it is about to expire", async () => {
    let now = 1_000_000;
    const clock = { now: () => instant(now) };
    const { registry, service } = await withTokens({ life: 100 });
    const kept = client(registry, person, { retry: { ...instantRetry(), clock } });
    await kept.resolve(repository, tag);
    await kept.resolve(repository, digest);
    expect(service.heard).toHaveLength(1);
    now += 79_000;
    await kept.resolve(repository, tag);
    expect(service.heard).toHaveLength(1);
    now += 2_000;
    await kept.resolve(repository, tag);
    expect(service.heard).toHaveLength(2);
    await kept.resolve(parseRepository("other/app"), tag);
    expect(service.heard[2]?.path).toContain("repository%3Aother%2Fapp%3Apull");
  });

  test("asks once for calls that are made together", async () => {
    const { registry, service } = await withTokens();
    const shared = client(registry, person);
    await Promise.all(Array.from({ length: 8 }, () => shared.resolve(repository, tag)));
    expect(service.heard).toHaveLength(1);
  });

  test("gets a new token when the registry no longer takes the old one", async () => {
    const { registry, service, given } = await withTokens({ life: 3_600 });
    const kept = client(registry, person);
    await kept.resolve(repository, tag);
    given.push("revoked");
    expect(await kept.resolve(repository, tag)).toBe(digest);
    expect(service.heard).toHaveLength(2);
  });

  test("names both repositories for a mount, and the rights for a deletion", async () => {
    const { registry, service } = await withTokens();
    const asked = client(registry, person);
    await asked.mountBlob(repository, parseRepository("q/api"), digest).catch(() => undefined);
    await asked.deleteManifest(repository, digest);
    expect(service.heard.map(({ path }) => new URL(path, "http://x").searchParams.getAll("scope"))).toEqual([
      ["repository:shop/api:pull", "repository:q/api:pull,push"],
      ["repository:shop/api:pull,push,delete"],
    ]);
  });

  test("asks again without `delete` where the service does not know it (Quay)", async () => {
    const service = await servers.raw(({ path }, response) =>
      path.includes("delete")
        ? answer(response, 400, {}, '{"error":"Unable to decode"}')
        : answer(response, 200, {}, '{"access_token":"t"}'),
    );
    const registry = await guarded(
      () => `Bearer realm="http://${service.host}/token"`,
      (authorization) => authorization === "Bearer t",
    );
    expect(await client(registry, person).deleteManifest(repository, digest)).toBe("deleted");
  });

  test("widens the scope when the registry names a wider one for the same repository (ACR)", async () => {
    const service = await servers.raw(({ path }, response) =>
      answer(response, 200, {}, JSON.stringify({ token: path.includes("metadata_read") ? "wide" : "narrow" })),
    );
    const registry = await servers.raw(({ headers }, response) =>
      headers.authorization === "Bearer wide"
        ? answer(response, 200, {}, '{"tags":["a"]}')
        : answer(response, 401, {
            "www-authenticate": `Bearer realm="http://${service.host}/t",scope="repository:shop/api:metadata_read"`,
          }),
    );
    const kept = client(registry, person);
    expect(await collect(kept.tags(repository))).toEqual(["a"]);
    const before = registry.heard.length;
    await collect(kept.tags(repository));
    expect(registry.heard.length).toBe(before + 1);
  });

  test("exchanges an identity token by POST and never sends it as a password", async () => {
    const { registry, service } = await withTokens();
    const token: Basic = { username: "<token>", password: "identity", kind: "identity-token" };
    expect(await client(registry, token).resolve(repository, tag)).toBe(digest);
    expect(service.heard[0]).toMatchObject({ method: "POST", path: "/token" });
    expect(Object.fromEntries(new URLSearchParams(service.heard[0]?.body))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "identity",
      client_id: "moorgate",
      scope: "repository:shop/api:pull",
      service: "reg",
    });
    expect([...service.heard, ...registry.heard].filter(({ headers }) => headers.authorization?.startsWith("Basic"))).toEqual([]);
  });

  test("shows no credentials to a token service of another site, nor asks it (T60)", async () => {
    const registry = await guarded(
      () => 'Bearer realm="https://evil.example/token",service="reg"',
      () => false,
    );
    await expect(client(registry, person).resolve(repository, tag)).rejects.toMatchObject({ code: "refused" });
  });

  test("stays with the token service that gave the first token", async () => {
    const first = await withTokens();
    const second = await withTokens();
    let service = first.service;
    const registry = await guarded(
      () => `Bearer realm="http://${service.host}/token"`,
      (authorization) => service === first.service && authorization === "Bearer token-1",
    );
    const kept = client(registry, person);
    expect(await kept.resolve(repository, tag)).toBe(digest);
    service = second.service;
    await expect(kept.resolve(repository, tag)).rejects.toMatchObject({ code: "refused" });
    expect(second.service.heard).toEqual([]);
  });

  test.each([
    [200, "<html>", "malformed"],
    [200, "{}", "malformed"],
    [200, '{"token":"line\\nbreak"}', "malformed"],
    [401, "", "unauthorized"],
    [403, "", "forbidden"],
    [302, "", "refused"],
    [500, "", "unreachable"],
  ])("a token service that answers %i %s gives no token (T60)", async (status, body, code) => {
    const service = await servers.raw((_, response) => answer(response, status, { location: "http://127.0.0.1:1/" }, body));
    const registry = await guarded(
      () => `Bearer realm="http://${service.host}/token"`,
      () => false,
    );
    await expect(client(registry, person).resolve(repository, tag)).rejects.toMatchObject({ code });
  });
});

describe("Basic", () => {
  test.each(['Basic realm="registry"', 'Bearer realm="Artifactory Realm"'])("is used for %s", async (challenge) => {
    const registry = await guarded(
      () => challenge,
      (authorization) => authorization === BASIC,
    );
    expect(await client(registry, person).resolve(repository, tag)).toBe(digest);
  });

  test("with wrong credentials ends after one try", async () => {
    const registry = await guarded(
      () => 'Basic realm="registry"',
      () => false,
    );
    await expect(client(registry, person).resolve(repository, tag)).rejects.toMatchObject({
      code: "unauthorized",
      mend: expect.any(String),
    });
    expect(registry.heard).toHaveLength(2);
  });

  test("without credentials, or with an identity token, is not tried", async () => {
    const registry = await guarded(
      () => 'Basic realm="registry"',
      () => true,
    );
    const strict = await guarded(
      () => 'Basic realm="registry"',
      () => false,
    );
    expect(await client(registry, undefined).resolve(repository, tag)).toBe(digest);
    for (const credentials of [undefined, { ...person, kind: "identity-token" as const }]) {
      await expect(client(strict, credentials).resolve(repository, tag)).rejects.toMatchObject({ code: "unauthorized" });
    }
    expect(strict.heard.map(({ headers }) => headers.authorization)).not.toContain(BASIC);
  });

  test("is also used where anonymous readers are let in, for they may not see everything", async () => {
    const registry = await servers.raw(({ headers, path }, response) =>
      path === "/v2/" || headers.authorization === BASIC
        ? answer(response, 200, FOUND)
        : answer(response, 404, { "docker-distribution-api-version": "registry/2.0" }),
    );
    expect(await client(registry, person).resolve(repository, tag)).toBe(digest);
  });
});

test("of two ways in one header Bearer is taken (Codeberg)", async () => {
  const { registry } = await withTokens({
    challenge: (realm) => `Bearer realm="${realm}",service="container_registry",scope="*",Basic realm="${realm}",service="x"`,
  });
  expect(await client(registry, person).resolve(repository, tag)).toBe(digest);
});

test("a 403 is an answer, also with a challenge in it (zot)", async () => {
  const registry = await servers.raw(({ path }, response) =>
    answer(response, path === "/v2/" ? 401 : 403, { "www-authenticate": 'Basic realm="r"' }),
  );
  await expect(client(registry, person).resolve(repository, tag)).rejects.toMatchObject({ code: "forbidden" });
  expect(registry.heard).toHaveLength(2);
});

test("a registry that is down is not taken for an open one", async () => {
  const registry = await servers.raw((_, response) => answer(response, 503));
  await expect(client(registry, person).resolve(repository, tag)).rejects.toMatchObject({ code: "unreachable", retryable: true });
  expect(registry.heard.every(({ path }) => path === "/v2/")).toBe(true);
});

test("no error tells a secret", async () => {
  const registry = await guarded(
    () => 'Basic realm="registry"',
    () => false,
  );
  const fault = await client(registry, person)
    .resolve(repository, tag)
    .catch((error: unknown) => error);
  expect(JSON.stringify([String(fault), fault])).not.toMatch(/p:w|dTpwOnc/);
});
