import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseRegistryHost } from "../../../shared/domain/image-ref.ts";
import { dockerCredentials } from "../../../shared/oci/credentials.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "docker-"));
  vi.stubEnv("PATH", `${dir}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

const auth = (text: string): string => Buffer.from(text).toString("base64");

async function ask(config: unknown, host: string) {
  const file = join(dir, "config.json");
  await writeFile(file, typeof config === "string" ? config : JSON.stringify(config));
  return dockerCredentials(file, parseRegistryHost(host))();
}

async function helper(name: string, script: string): Promise<void> {
  const file = join(dir, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

describe("stored credentials", () => {
  test.each([
    ["r.example", "r.example"],
    ["https://r.example", "r.example"],
    ["https://r.example/v2/", "r.example"],
    ["r.example:5000", "r.example:5000"],
    ["https://index.docker.io/v1/", "docker.io"],
    ["https://index.docker.io/v1/", "registry-1.docker.io"],
  ])("under %s are for %s", async (key, host) => {
    expect(await ask({ auths: { [key]: { auth: auth("u:p:w") } } }, host)).toEqual({ username: "u", password: "p:w", kind: "password" });
  });

  test.each([
    ["r.example", "r.example.evil.example"],
    ["evil-r.example", "r.example"],
    ["example", "r.example"],
    ["r.example", "r.example:5000"],
    ["r.example/team", "r.example"],
    ["https://evil.example/r.example", "r.example"],
    ["https://index.docker.io/v1/", "r.example"],
  ])("under %s are not for %s", async (key, host) => {
    expect(await ask({ auths: { [key]: { auth: auth("u:p") } } }, host)).toBeUndefined();
  });

  test("may be an identity token, or written out", async () => {
    expect(await ask({ auths: { "r.example": { auth: auth("u:p"), identitytoken: "t" } } }, "r.example")).toMatchObject({
      password: "t",
      kind: "identity-token",
    });
    expect(await ask({ auths: { "r.example": { username: "u", password: "p" } } }, "r.example")).toMatchObject({
      username: "u",
      kind: "password",
    });
    expect(await ask({ auths: { "r.example": {} } }, "r.example")).toBeUndefined();
  });

  test("are none where there is no file", async () => {
    expect(await dockerCredentials(join(dir, "absent.json"), parseRegistryHost("r.example"))()).toBeUndefined();
  });

  test.each(["{", "[]", '{"auths":{"r.example":{"auth":"!"}}}', '{"auths":{"r.example":7}}', '{"credHelpers":{"r.example":7}}'])(
    "that cannot be read are an error without their content: %s",
    async (config) => {
      await expect(ask(config, "r.example")).rejects.toMatchObject({ code: "malformed" });
    },
  );
});

describe("a credential program", () => {
  test("is asked for exactly the host, before what is stored", async () => {
    await helper("one", 'read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"at $server\\",\\"Secret\\":\\"s\\"}"');
    const config = { credHelpers: { "r.example": "one" }, credsStore: "absent", auths: { "r.example": { auth: auth("u:p") } } };
    expect(await ask(config, "r.example")).toEqual({ username: "at r.example", password: "s", kind: "password" });
    expect(await ask({ credsStore: "one" }, "docker.io")).toMatchObject({ username: "at https://index.docker.io/v1/" });
  });

  test("may give an identity token, or say that it has nothing", async () => {
    await helper("token", 'echo \'{"Username":"<token>","Secret":"t"}\'');
    await helper("none", "echo 'credentials not found in native keychain'; exit 1");
    expect(await ask({ credsStore: "token" }, "r.example")).toEqual({ username: "<token>", password: "t", kind: "identity-token" });
    expect(await ask({ credsStore: "none" }, "r.example")).toBeUndefined();
  });

  test("that fails, is not there or floods us is an error that tells no secret", async () => {
    await helper("fails", "echo hunter2; echo hunter2 >&2; exit 3");
    await helper("floods", "yes hunter2");
    for (const credsStore of ["fails", "floods", "absent"]) {
      const fault = await ask({ credsStore }, "r.example").catch((error: unknown) => error);
      expect(fault, credsStore).toMatchObject({ code: "unauthorized" });
      expect(JSON.stringify([String(fault), fault])).not.toContain("hunter2");
    }
  });

  test.each(["../../bin/sh", "a b", "a;id", "$(id)"])("cannot be named %j", async (credsStore) => {
    await expect(ask({ credsStore }, "r.example")).rejects.toMatchObject({ code: "malformed" });
  });
});
