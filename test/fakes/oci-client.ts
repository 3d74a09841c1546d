import { parseRegistryHost } from "../../shared/domain/image-ref.ts";
import { openClient, type RegistryClient } from "../../shared/oci/client.ts";
import type { ClientSettings } from "../../shared/oci/transport.ts";
import { BRIEF_RETRY, type RetryRules } from "../../shared/runtime/retry.ts";

/** Retry rules that wait without time going by, and keep what they waited for. */
export function instantRetry(): RetryRules & { readonly waits: readonly number[] } {
  const waits: number[] = [];
  return {
    ...BRIEF_RETRY,
    random: () => 0.5,
    waits,
    sleep: async (ms) => {
      waits.push(ms);
    },
  };
}

/** Plain HTTP to a server of the test, anonymous unless told otherwise. */
export function openTestClient(host: string, more: Partial<ClientSettings> = {}): RegistryClient {
  return openClient({ host: parseRegistryHost(host), plainHttp: true, credentials: async () => undefined, retry: instantRetry(), ...more });
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
