import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../running/programs.ts";
import type { Layout } from "./layout.ts";

/** What the tests ask of a registry client, in each one's own words. */
export interface Client {
  push(layout: Layout, reference: string): Promise<void>;
  /** Into a new layout folder. @returns digest of what was pulled. */
  pull(reference: string, dir: string): Promise<string>;
  copy(from: string, to: string): Promise<void>;
  digest(reference: string): Promise<string>;
  tags(repository: string): Promise<readonly string[]>;
  /** Removes the image that a tag points at, by digest. */
  remove(repository: string, digest: string): Promise<void>;
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function digestInLayout(dir: string): string {
  const { manifests } = JSON.parse(readFileSync(join(dir, "index.json"), "utf8")) as { manifests: readonly { digest: string }[] };
  return manifests[0]?.digest ?? "nothing";
}

const PLAIN = ["--src-tls-verify=false", "--dest-tls-verify=false"];

export const skopeo: Client = {
  push: async ({ dir }, reference) =>
    void (await run("skopeo", [
      "copy",
      "--all",
      "--preserve-digests",
      "--dest-tls-verify=false",
      `oci:${dir}:v1`,
      `docker://${reference}`,
    ])),
  async pull(reference, dir) {
    await run("skopeo", ["copy", "--all", "--preserve-digests", "--src-tls-verify=false", `docker://${reference}`, `oci:${dir}:v1`]);
    return digestInLayout(dir);
  },
  copy: async (from, to) =>
    void (await run("skopeo", ["copy", "--all", "--preserve-digests", ...PLAIN, `docker://${from}`, `docker://${to}`])),
  async digest(reference) {
    return (await run("skopeo", ["inspect", "--no-tags", "--format", "{{.Digest}}", "--tls-verify=false", `docker://${reference}`])).trim();
  },
  async tags(repository) {
    return (JSON.parse(await run("skopeo", ["list-tags", "--tls-verify=false", `docker://${repository}`])) as { Tags: readonly string[] })
      .Tags;
  },
  remove: async (repository, digest) => void (await run("skopeo", ["delete", "--tls-verify=false", `docker://${repository}@${digest}`])),
};

export const crane: Client = {
  push: async ({ dir }, reference) => void (await run("crane", ["push", "--insecure", dir, reference])),
  async pull(reference, dir) {
    await run("crane", ["pull", "--insecure", "--format=oci", reference, dir]);
    return digestInLayout(dir);
  },
  copy: async (from, to) => void (await run("crane", ["copy", "--insecure", from, to])),
  digest: async (reference) => (await run("crane", ["digest", "--insecure", reference])).trim(),
  tags: async (repository) => lines(await run("crane", ["ls", "--insecure", repository])),
  remove: async (repository, digest) => void (await run("crane", ["delete", "--insecure", `${repository}@${digest}`])),
};

/** @param config file that regctl keeps its settings in. */
export function regctl(config: string, registry: string): Client {
  const call = (...args: readonly string[]): Promise<string> =>
    run("regctl", [...args, "--host", `reg=${registry},tls=disabled`], { env: { REGCTL_CONFIG: config } });
  return {
    push: async ({ dir }, reference) => void (await call("image", "copy", `ocidir://${dir}:v1`, reference)),
    async pull(reference, dir) {
      await call("image", "copy", reference, `ocidir://${dir}:v1`);
      return digestInLayout(dir);
    },
    copy: async (from, to) => void (await call("image", "copy", "--referrers", from, to)),
    digest: async (reference) => (await call("image", "digest", reference)).trim(),
    tags: async (repository) => lines(await call("tag", "ls", repository)),
    remove: async (repository, digest) => void (await call("manifest", "delete", `${repository}@${digest}`)),
  };
}
