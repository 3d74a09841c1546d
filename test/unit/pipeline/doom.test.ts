import { afterEach, expect, test } from "vitest";
import type { Action } from "../../../shared/domain/action.ts";
import type { ImageRecord } from "../../../shared/domain/image-record.ts";
import { parseDuration } from "../../../shared/domain/time.ts";
import { doomOf } from "../../../shared/pipeline/doom.ts";
import { notNeeded } from "../../../shared/pipeline/what-goes.ts";
import type { Store } from "../../../shared/ports/store.ts";
import { openSqliteStore } from "../../../shared/stores/sqlite/open.ts";
import { limitsOf } from "../../fixtures/brake.ts";
import { actionOf, keyOf, NOW, recordOf, verdictOf } from "../../fixtures/records.ts";
import { DELETING, startWorld, type World } from "../../scenario/deletion/world.ts";

/** What memory knows that keeps a held image, or a part of it, from being deleted. */

const KEY = keyOf("image");
const CHILD = keyOf("child");
const INDEX = keyOf("index");

let world: World | undefined;
let store: Store | undefined;
afterEach(async () => {
  await Promise.all([world?.stop(), store?.close()]);
  [world, store] = [undefined, undefined];
});

async function remember(...records: readonly (readonly [ImageRecord, Action | undefined])[]): Promise<Store> {
  store = openSqliteStore({ file: ":memory:", signHead: () => "" });
  for (const [image, action] of records)
    await store.ledger.commit({ image, intents: action === undefined ? [] : [action], outcomes: [], journal: [] });
  return store;
}

const HOLD = actionOf(KEY, "hold");
const held = (key = KEY, action = HOLD): ImageRecord =>
  recordOf(key, {
    verdict: verdictOf("violating"),
    hold: { kind: "held", since: NOW, actionId: action.id, strength: "hidden" },
    generation: 1,
  });

/** By the memory of a store, under a policy that deletes. */
async function doomIn({ ledger }: Store, record = held(), brake = limitsOf({})) {
  world = await startWorld(DELETING);
  return doomOf({ policy: world.gate.deps.policy, ledger, brake }, record);
}

test("what the policy held and nothing names may go", async () => {
  expect(await doomIn(await remember([held(), HOLD]))).toEqual({
    after: parseDuration("30d"),
    isByPolicy: true,
    isProtected: false,
    isNeeded: false,
  });
});

test.each<readonly [string, Partial<ImageRecord>, boolean]>([
  ["served", {}, true],
  ["held", { hold: { kind: "held", since: NOW, actionId: "hold:index:1", strength: "hidden" } }, true],
  ["gone", { presence: "gone" }, false],
])("an index that names it and is %s", async (_, fields, isNeeded) => {
  const index = recordOf(INDEX, { kind: "index", children: [KEY.digest], ...fields });
  expect(await doomIn(await remember([index, undefined], [held(), HOLD]))).toMatchObject({ isNeeded });
});

test.each<readonly [string, Action]>([
  ["a person", { ...HOLD, cause: {} }],
  ["an emergency", { ...HOLD, cause: { run: "emergency-1" } }],
  ["an undo", { ...HOLD, cause: { policy: "1", undoes: ["release:x:1"] } }],
])("what %s had held is not of the policy's", async (_, action) => {
  expect(await doomIn(await remember([held(), action]))).toMatchObject({ isByPolicy: false });
});

test("what is protected by a tag that it had is protected still", async () => {
  const brake = limitsOf({ protected: [{ repository: "shop/*", tag: "1.*" }] });
  expect(await doomIn(await remember([held(), HOLD]), held(), brake)).toMatchObject({ isProtected: true });
});

test("of an index goes what nothing else needs: no child that is held for itself, or about to be, nor one that another index names", async () => {
  const about = keyOf("about");
  const parts = [CHILD, keyOf("own"), keyOf("shared"), about];
  const [, own, shared] = parts;
  const intent = actionOf(about, "hold");
  const hold = actionOf(CHILD, "hold");
  const { ledger } = await remember(
    [held(CHILD, hold), hold],
    [recordOf(about, { pending: intent }), intent],
    [recordOf(INDEX, { kind: "index", children: parts.map(({ digest }) => digest) }), undefined],
    [recordOf(keyOf("other"), { kind: "index", children: [shared?.digest ?? KEY.digest] }), undefined],
  );
  const manifests = [INDEX, ...parts].map(({ digest }, place) => ({
    digest,
    mediaType: "",
    role: place === 0 ? ("subject" as const) : ("child" as const),
    tags: [],
  }));
  const before = await notNeeded({ ledger }, recordOf(INDEX), { tags: [], manifests });
  expect(before.manifests.map(({ digest }) => digest)).toEqual([INDEX.digest, own?.digest]);
});
