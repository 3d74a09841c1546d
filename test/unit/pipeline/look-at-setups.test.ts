import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRegistryHost, type RegistryHost } from "../../../shared/domain/image-ref.ts";
import type { SetupFinding } from "../../../shared/domain/setup-finding.ts";
import { lookAtSetups, type SetupLook } from "../../../shared/pipeline/look-at-setups.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { NOW } from "../../fixtures/records.ts";

const [EAST, WEST] = [parseRegistryHost("east.example"), parseRegistryHost("west.example")];
const FOUND: SetupFinding = { code: "scan-off", places: ["shop/api"], state: "mend", fact: "is not scanned", next: "scan it" };

let store: Store;
beforeEach(() => {
  store = openSqliteStore({ file: ":memory:", signHead: () => "" });
});
afterEach(() => store.close());

function look(looks: readonly (readonly [RegistryHost, SetupLook])[], signal?: AbortSignal): Promise<void> {
  return lookAtSetups({ ...store, clock: { now: () => NOW } }, new Map(looks), signal);
}

async function told(): Promise<readonly unknown[]> {
  const entries = await store.ledger.journal(0, 100);
  return entries.flatMap(({ event }) => (event.kind === "posture" ? [[event.registry, event.change]] : []));
}

test("what is found at several registries in the same moment is told of each, and what is mended in the next too", async () => {
  const all = (findings: readonly SetupFinding[]) => [EAST, WEST].map((registry) => [registry, async () => findings] as const);
  await look(all([FOUND]));
  await look(all([]));
  expect(await told()).toEqual([
    [EAST, "opened"],
    [WEST, "opened"],
    [EAST, "cleared"],
    [WEST, "cleared"],
  ]);
});

test("a look that fails keeps no other registry from being looked at, and fails the whole", async () => {
  const failing: SetupLook = async () => {
    throw new Error("no such host");
  };
  await expect(
    look([
      [EAST, failing],
      [WEST, async () => [FOUND]],
    ]),
  ).rejects.toThrow("no such host");
  expect(await told()).toEqual([[WEST, "opened"]]);
});

test("a look that was broken off has found nothing", async () => {
  const over = new AbortController();
  const broken: SetupLook = async () => {
    over.abort();
    return [FOUND];
  };
  await expect(look([[EAST, broken]], over.signal)).rejects.toThrow("aborted");
  expect(await told()).toEqual([]);
});

test("what was told waits no more", async () => {
  await look([[EAST, async () => [FOUND]]]);
  expect(await store.postures.change(EAST, (posture) => posture)).toMatchObject({ told: [{ code: "scan-off" }], untold: [] });
});
