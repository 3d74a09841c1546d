import { randomUUID } from "node:crypto";
import { parseRegistryHost, parseRepository } from "../../domain/image-ref.ts";
import type { StepResult, Undo, UndoStep } from "../../domain/undo.ts";
import type { UndoPlace, UndoStore } from "../../ports/undo-store.ts";
import type { Change } from "./change.ts";
import { JOB_INDEX } from "./definition.ts";
import type { Documents } from "./documents.ts";
import { type Key, keyOf, type Marks } from "./item.ts";
import type { Requests } from "./requests.ts";
import { padded } from "./stamps.ts";

/** What is asked of all undos; the open ones with how many steps wait in each place. */
interface Head {
  readonly last: number;
  readonly open: readonly OpenUndo[];
}

interface OpenUndo {
  readonly id: string;
  readonly plan: string;
  readonly waiting: readonly (UndoPlace & { readonly steps: number })[];
}

interface UndoDocument extends Omit<Undo, "steps"> {
  /** Where its steps lie. */
  readonly group: string;
}

interface StepDocument {
  readonly step: UndoStep;
  readonly result?: StepResult;
}

const HEAD_KEY: Key = { pk: "undo", sk: "head" };
const NONE: Head = { last: 0, open: [] };
const INDEX = { name: JOB_INDEX, hash: "gj", sort: "gt" };

export function openUndos(requests: Requests, documents: Documents): UndoStore {
  const find = (id: string): Promise<UndoDocument | undefined> => documents.read<UndoDocument>(undoKey(id));
  return {
    begin: (undo, now) => documents.change(HEAD_KEY.pk, (change) => begin(documents, change, undo, now)),
    async find(id) {
      const undo = await find(id);
      if (undo === undefined) return undefined;
      const { group, ...rest } = undo;
      const steps: Undo["steps"][number][] = [];
      for await (const { body } of documents.list<StepDocument>({ hash: stepKey(group, 0).pk }))
        steps.push(body.result === undefined ? body.step : { ...body.step, result: body.result });
      return { ...rest, steps };
    },
    isEnded: async (id) => (await find(id))?.endedAt !== undefined,
    async open() {
      const { open } = (await documents.read<Head>(HEAD_KEY)) ?? NONE;
      return open.map(({ id, waiting }) => ({ id, places: waiting.map(placeOf) }));
    },
    async next(id, where) {
      const undo = await find(id);
      if (undo === undefined) return undefined;
      for await (const item of requests.query({ index: INDEX, hash: waitingHash(undo.group, where), page: 10 })) {
        const key = keyOf(item);
        const waiting = await documents.read<StepDocument>(key);
        if (waiting !== undefined && waiting.result === undefined) return { place: Number(key.sk), step: waiting.step, actor: undo.actor };
      }
      return undefined;
    },
    settle: (id, place, result) => documents.change(HEAD_KEY.pk, (change) => settle(change, id, place, result)),
  };
}

function undoKey(id: string): Key {
  return { pk: `undo#${id}`, sk: "undo" };
}

function stepKey(group: string, place: number): Key {
  return { pk: `undo-steps#${group}`, sk: padded(place) };
}

function waitingHash(group: string, { registry, repository }: UndoPlace): string {
  return `undo-steps#${group}#${registry}/${repository}`;
}

function placeOf({ registry, repository }: UndoPlace): UndoPlace {
  return { registry: parseRegistryHost(registry), repository: parseRepository(repository) };
}

/** The steps are there before anything names them. */
async function begin(
  documents: Documents,
  change: Change,
  { scope, actor, plan, left, steps }: Parameters<UndoStore["begin"]>[0],
  now: Parameters<UndoStore["begin"]>[1],
): Promise<string> {
  const head = (await change.get<Head>(HEAD_KEY)) ?? NONE;
  const standing = head.open.find((each) => each.plan === plan);
  if (standing !== undefined) return standing.id;
  const group = randomUUID();
  await documents.putFacts(
    steps.map((step, place) => {
      const marks: Marks = { job: [waitingHash(group, step.image), padded(place)] };
      return { key: stepKey(group, place), body: { step } satisfies StepDocument, marks };
    }),
  );
  const id = `undo-${head.last + 1}`;
  const ended = steps.length === 0 ? { endedAt: now } : {};
  change.put(undoKey(id), { id, scope, actor, plan, begunAt: now, ...ended, left, group } satisfies UndoDocument);
  const open: OpenUndo = { id, plan, waiting: countByPlace(steps) };
  change.put(HEAD_KEY, { last: head.last + 1, open: steps.length === 0 ? head.open : [...head.open, open] } satisfies Head);
  return id;
}

function countByPlace(steps: readonly UndoStep[]): OpenUndo["waiting"] {
  const places = Map.groupBy(steps, ({ image }) => `${image.registry}/${image.repository}`);
  return [...places.values()].flatMap((some) => some.slice(0, 1).map(({ image }) => ({ ...placeOf(image), steps: some.length })));
}

async function settle(change: Change, id: string, place: number, result: StepResult): Promise<void> {
  const undo = await change.get<UndoDocument>(undoKey(id));
  if (undo === undefined) return;
  const key = stepKey(undo.group, place);
  const waiting = await change.get<StepDocument>(key);
  if (waiting === undefined || waiting.result !== undefined) return;
  change.put(key, { step: waiting.step, result } satisfies StepDocument);
  const head = (await change.get<Head>(HEAD_KEY)) ?? NONE;
  const open = head.open.map((each) => (each.id === id ? withoutOne(each, waiting.step) : each));
  const isEnded = open.some((each) => each.id === id && each.waiting.length === 0);
  change.put(HEAD_KEY, { ...head, open: open.filter((each) => each.waiting.length > 0) } satisfies Head);
  if (isEnded) change.put(undoKey(id), { ...undo, endedAt: result.at } satisfies UndoDocument);
}

function withoutOne(undo: OpenUndo, { image }: UndoStep): OpenUndo {
  const isHere = (place: UndoPlace): boolean => place.registry === image.registry && place.repository === image.repository;
  const waiting = undo.waiting.map((place) => (isHere(place) ? { ...place, steps: place.steps - 1 } : place));
  return { ...undo, waiting: waiting.filter(({ steps }) => steps > 0) };
}
