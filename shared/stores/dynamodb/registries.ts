import type { Documents } from "./documents.ts";

const HASH = "registry";

/** Every registry of which an image is kept: where lists of all images begin. */
export interface Registries {
  /** Before its first image is written. */
  announce(registry: string): Promise<void>;
  all(): Promise<readonly string[]>;
}

export function openRegistries(documents: Documents): Registries {
  const announced = new Set<string>();
  return {
    async announce(registry) {
      if (announced.has(registry)) return;
      await documents.putFact({ pk: HASH, sk: registry }, {});
      announced.add(registry);
    },
    async all() {
      const found: string[] = [];
      for await (const { key } of documents.list<object>({ hash: HASH })) found.push(key.sk);
      return found;
    },
  };
}
