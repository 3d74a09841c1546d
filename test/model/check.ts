import type { ImageRecord, StoredAction } from "../../shared/domain/image-record.ts";
import { checkBrake } from "./check-brake.ts";
import { checkDeletions } from "./check-deletions.ts";
import { checkJournal } from "./check-journal.ts";
import { checkRecord } from "./check-record.ts";
import { checkAsIdeal, checkIndexes, checkKnown, checkNothingLost } from "./check-registry.ts";
import { checkRetags, notePromotions } from "./check-tags.ts";
import { checkCuts } from "./check-use.ts";
import { nameOf } from "./stock.ts";
import type { Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** What must be true when all work is done. Each finding is a sentence. */
export async function checkAtRest(world: World, truth: Truth): Promise<readonly string[]> {
  const records = await recordsOf(world);
  const acts = await checkActions(world, truth, records);
  const found = [...world.defects];
  for (const record of records) found.push(...(await checkRecord(world, truth, record, records)));
  return [
    ...found,
    ...checkKnown(world, records),
    ...checkNothingLost(world, truth),
    ...checkIndexes(world, records),
    ...acts,
    ...(await checkBrake(world)),
    ...(await checkUndos(world)),
    ...(await checkJournal(world, records)),
  ];
}

async function checkActions(world: World, truth: Truth, records: readonly ImageRecord[]): Promise<readonly string[]> {
  const found: string[] = [];
  const all = await Promise.all(records.map(async (record) => ({ record, actions: await world.store.ledger.actions(record.key) })));
  for (const { actions } of all) notePromotions(truth, actions);
  for (const { record, actions } of all) {
    noteUnderWay(truth, actions);
    const wrong = [
      ...checkCuts(world, record, actions),
      ...checkRetags(world, truth, actions),
      ...checkDeletions(world, truth, record, actions),
    ];
    found.push(...wrong.map((finding) => `${nameOf(record.key.digest)} of ${record.key.repository}: ${finding}`));
  }
  return found;
}

function noteUnderWay(truth: Truth, actions: readonly StoredAction[]): void {
  for (const { action, outcome } of actions) {
    if (action.verb === "retag") continue;
    for (const { digest } of action.before.manifests) truth.underWay(action.image.repository, digest, action.plannedAt, outcome?.at);
  }
}

/** What was begun is ended, and every step of it has an answer. */
async function checkUndos({ past, store }: World): Promise<readonly string[]> {
  const undos = await Promise.all([...past.undos].map((id) => store.undos.find(id)));
  return undos.flatMap((undo) =>
    undo?.endedAt !== undefined && undo.steps.every(({ result }) => result !== undefined) ? [] : [`${undo?.id ?? "an undo"} has no end`],
  );
}

/** What must be true when nothing is asked any more and nobody wants anything held: as if there had never been a gate. */
export async function checkReleased(world: World, truth: Truth): Promise<readonly string[]> {
  const records = await recordsOf(world);
  const held = records
    .filter(({ hold }) => hold.kind === "held")
    .map(({ key }) => `${nameOf(key.digest)} of ${key.repository} is still held`);
  // What was deleted since the last look.
  const acts = await checkActions(world, truth, records);
  return [...world.defects, ...acts, ...held, ...checkAsIdeal(world, truth), ...(await checkJournal(world, records))];
}

async function recordsOf({ store }: World): Promise<readonly ImageRecord[]> {
  const { items } = await store.ledger.images({ limit: 500 });
  return items;
}
