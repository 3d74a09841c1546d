import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RevocationLimits } from "../../shared/ports/revocation-store.ts";
import type { Store, StoreKind } from "../../shared/ports/store.ts";
import { SCRATCH } from "../fakes/scratch.ts";

/** So that a test is done soon which keeps more than that. */
export const FEW_REVOCATIONS: RevocationLimits = { answers: 20, bytes: 2 * 1024 * 1024 };

/** Runs a test with a store of its own, and closes it. */
export type WithStore = (test: (store: Store) => Promise<void>) => Promise<void>;

const { privateKey } = generateKeyPairSync("ed25519");
const publicKey = createPublicKey(privateKey);

export function signHead(text: string): string {
  return sign(null, Buffer.from(text), privateKey).toString("base64");
}

export function verifySignature(text: string, signature: string): boolean {
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
}

export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(SCRATCH, "moorgate-store-"));
  try {
    await test(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In memory: durability has its own tests. */
export function inMemory(load: () => Promise<StoreKind>): WithStore {
  return async (test) => {
    const store = await (await load()).open({ place: ":memory:", signHead, revocations: FEW_REVOCATIONS });
    try {
      await test(store);
    } finally {
      await store.close();
    }
  };
}
