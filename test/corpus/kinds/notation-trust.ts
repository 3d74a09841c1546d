import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { NotationTrust, RevocationSource } from "../../../shared/ports/notation-trust.ts";
import type { Trust } from "../../../shared/ports/signature-verifier.ts";

export const NOTATION = z.strictObject({
  trustPolicy: z.string(),
  trustStore: z.string().optional(),
  scope: z.string(),
  userMetadata: z.record(z.string(), z.string()).optional(),
  httpAnswers: z.string().optional(),
});
export type NotationCase = z.output<typeof NOTATION>;

/** The trust of a Notation case: its policy and stores as they lie. */
export async function readNotationTrust(dir: string, { trustPolicy, trustStore, userMetadata }: NotationCase): Promise<Trust> {
  const notation: NotationTrust = {
    name: "notation",
    policy: await readFile(join(dir, trustPolicy), "utf8"),
    stores: trustStore === undefined ? {} : await readStores(join(dir, trustStore, "x509")),
  };
  return { keys: [], notation, ...(userMetadata === undefined ? {} : { annotations: userMetadata }) };
}

async function readStores(root: string): Promise<NotationTrust["stores"]> {
  const stores: [string, readonly Uint8Array[]][] = [];
  for (const type of await namesIn(root)) {
    for (const name of await namesIn(join(root, type))) {
      const files = await namesIn(join(root, type, name));
      stores.push([`${type}:${name}`, await Promise.all(files.map((file) => readFile(join(root, type, name, file))))]);
    }
  }
  return Object.fromEntries(stores);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

/** Answers from the files that a case names by the beginning of the address; every other address is unreachable. */
export async function readRevocation(dir: string, { httpAnswers }: NotationCase): Promise<RevocationSource> {
  const written = httpAnswers === undefined ? "{}" : await readFile(join(dir, httpAnswers), "utf8");
  const answers = Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(written)));
  return {
    async ask({ url }, read) {
      const file = answers.find(([prefix]) => url.startsWith(prefix))?.[1];
      return file === undefined ? { kind: "none", why: "unreachable" } : { kind: "read", read: read(await readFile(join(dir, file))) };
    },
  };
}
