import { afterEach, expect, test } from "vitest";
import type { HoldState, ImageRecord } from "../../../shared/domain/image-record.ts";
import { parseTag } from "../../../shared/domain/image-ref.ts";
import type { WatchedRegistry } from "../../../shared/pipeline/deps.ts";
import { isServed } from "../../../shared/pipeline/tags.ts";
import { decoder } from "../../../shared/providers/oci/events.ts";
import { BY_NOTHING, BY_UNTAG } from "../../../shared/providers/oci/hold-by-untag.ts";
import { BY_MOVE, type Holding } from "../../../shared/providers/oci/holding.ts";
import { openOciRegistry } from "../../../shared/providers/oci/registry.ts";
import { openTestClient } from "../../fakes/oci-client.ts";
import { pushImage } from "../../fakes/pusher.ts";
import { openServers } from "../../fakes/servers.ts";
import { keyOf, NOW, recordOf } from "../../fixtures/records.ts";

const HELD: HoldState = { kind: "held", since: NOW, actionId: "hold:x:1", strength: "hidden" };
const servers = openServers();
afterEach(() => servers.close());

/** Whether a held image is served again that its registry has by digest, with or without its tag 1.0. */
async function isBack(holding: Holding, hasTag: boolean, hold: HoldState = HELD, indexes: readonly ImageRecord[] = []): Promise<boolean> {
  const served = await servers.registry((request, registry) => registry(request));
  const image = await pushImage(served, "shop/api", "x", hasTag ? "1.0" : undefined);
  const key = { ...keyOf("x", "shop/api", served.host), digest: image.digest };
  const client = openTestClient(served.host);
  const registry = openOciRegistry(
    client,
    { host: key.registry, quarantine: "quarantine" },
    [{ client, host: key.registry, isReplica: false, isGate: true }],
    holding,
  );
  const watched: WatchedRegistry = {
    registry,
    provider: "oci",
    decoder,
    mode: "enforce",
    configured: "enforce",
    hookSecrets: [],
    gateActors: [],
  };
  const ledger = { parents: async () => indexes };
  return isServed({ ledger }, watched, recordOf(key, { hold }), true, [parseTag("1.0")]);
}

test("what is held by moving was pushed again where its digest is served", async () => {
  expect(await isBack(BY_MOVE, false)).toBe(true);
});

test("what was left to an index that can be pulled is held otherwise where one of its tags is back, and where that index is held", async () => {
  const left: HoldState = { ...HELD, strength: "untagged", only: "tags" };
  const index = recordOf(keyOf("index", "shop/api"));
  expect(await isBack(BY_MOVE, false, left, [index])).toBe(false);
  expect(await isBack(BY_MOVE, true, left, [index])).toBe(true);
  expect(await isBack(BY_MOVE, false, left, [{ ...index, hold: HELD }])).toBe(true);
  expect(await isBack(BY_MOVE, false, HELD, [index])).toBe(true);
});

test("what is held by taking its tags was pushed again where one of them is back: the digest is served all the time", async () => {
  expect(await isBack(BY_UNTAG, false)).toBe(false);
  expect(await isBack(BY_UNTAG, true)).toBe(true);
});

test("where nothing can be shut a hold is not done anew for ever", async () => {
  expect(await isBack(BY_NOTHING, true)).toBe(false);
  expect(await isBack(BY_NOTHING, true, { kind: "free" })).toBe(true);
});
