import type { ServedRegistry } from "../served-registry.ts";
import type { FakeAws } from "./aws.ts";

/** One registry of the fake where a test wants any registry: what it tells goes to EventBridge, and a new start would find it empty. */
export function servedEcr(aws: FakeAws, region?: string, account?: string): ServedRegistry {
  const { host, dir, send, contents, clone } = aws.registry(region, account);
  return {
    host,
    dir,
    send,
    contents,
    clone,
    envelopes: [],
    reopen: async () => undefined,
    close: aws.close,
  };
}
