import type { Action, Outcome } from "../../domain/action.ts";
import type { StoredAction } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import type { ActionQuery, LedgerStep, Page } from "../../ports/ledger.ts";
import { newestOf, pageOf } from "./by-time.ts";
import type { Change } from "./change.ts";
import type { Documents } from "./documents.ts";
import { type ActionDocument, type ImageDocument, imageItemKey } from "./image-document.ts";
import { type Item, type Key, keyOf, type Marks, numberOf, seenOf } from "./item.ts";
import { readPlace } from "./list-place.ts";
import type { Requests } from "./requests.ts";
import { ACTION_LISTS, actionList } from "./shards.ts";
import type { Stamps } from "./stamps.ts";
import type { Settle } from "./turns.ts";

interface SeenAction {
  readonly run?: string;
  readonly policy?: string;
  readonly endedAt?: number;
}

export interface Actions {
  find(id: string): Promise<StoredAction | undefined>;
  /** Newest first. */
  of(key: ImageKey): Promise<readonly StoredAction[]>;
  search(query: ActionQuery): Promise<Page<StoredAction>>;
  /**
   * @returns the actions that wait in the image's item after the step
   * @throws Error on an outcome of an action that was never begun: its step must not be kept
   */
  write(change: Change, waiting: readonly ActionDocument[], step: LedgerStep): Promise<readonly ActionDocument[]>;
}

const MAX_LIMIT = 500;
const PAGE = 100;

/** Actions of one image lie together. Their ids are verb, image and number. */
function actionKey(id: string): Key {
  const [first, last] = [id.indexOf(":"), id.lastIndexOf(":")];
  return { pk: `action#${id.slice(first + 1, last)}`, sk: `${id.slice(0, first)}#${id.slice(last + 1)}` };
}

/** Of the image that the action is about; `undefined` for an id that names none. */
function imageKeyOf(id: string): Key | undefined {
  const [repository, digest] = id.slice(id.indexOf(":") + 1, id.lastIndexOf(":")).split("@");
  return repository === undefined || digest === undefined ? undefined : { pk: `image#${repository}`, sk: digest };
}

/** A step keeps its actions in the item of its image, where they wait like the entries of its journal: so it is one write. */
export function openActions(requests: Requests, documents: Documents, stamps: Stamps, settle: Settle): Actions {
  async function find(id: string): Promise<ActionDocument | undefined> {
    const image = imageKeyOf(id);
    // The item first: what is taken out of it was put into its own place before.
    const waiting =
      image === undefined ? undefined : (await documents.read<ImageDocument>(image))?.acts?.find(({ action }) => action.id === id);
    return waiting ?? documents.read<ActionDocument>(actionKey(id));
  }

  return {
    async find(id) {
      const found = await find(id);
      return found === undefined ? undefined : storedOf(found);
    },
    async of(key) {
      const acts = (await documents.read<ImageDocument>(imageItemKey(key)))?.acts ?? [];
      const found = new Map<string, ActionDocument>();
      for await (const { body } of documents.list<ActionDocument>({ hash: `action#${printImageKey(key)}` }))
        found.set(body.action.id, body);
      for (const act of acts) found.set(act.action.id, act);
      return [...found.values()].toSorted((one, other) => other.begunAt - one.begunAt).map(storedOf);
    },
    async search(query) {
      await settle();
      return search(requests, documents, query);
    },
    async write(change, waiting, { image, intents, outcomes }) {
      const acts = new Map(waiting.map((act) => [act.action.id, act]));
      const known = async (id: string): Promise<ActionDocument | undefined> => acts.get(id) ?? change.get<ActionDocument>(actionKey(id));
      for (const action of intents) if ((await known(action.id)) === undefined) acts.set(action.id, { action, begunAt: stamps() });
      for (const { actionId, outcome } of outcomes) {
        const action = await known(actionId);
        if (action === undefined) throw new Error(`action ${actionId} has an outcome and no intent`);
        acts.set(actionId, ended(action, outcome));
      }
      return inOwnItem(change, acts, imageItemKey(image.key));
    },
  };
}

function ended(action: ActionDocument, outcome: Outcome): ActionDocument {
  const outcomes = outcomesOf(action) + 1;
  return { ...action, outcome, ...(outcomes === 1 ? {} : { outcomes }) };
}

function outcomesOf({ outcome, outcomes }: ActionDocument): number {
  return outcomes ?? (outcome === undefined ? 0 : 1);
}

/** Those that are about another image than the step's are found by that image, and are written with the step. */
function inOwnItem(change: Change, acts: ReadonlyMap<string, ActionDocument>, own: Key): readonly ActionDocument[] {
  const isOwn = ({ action }: ActionDocument): boolean => {
    const key = imageKeyOf(action.id);
    return key?.pk === own.pk && key.sk === own.sk;
  };
  for (const act of acts.values()) if (!isOwn(act)) change.put(actionKey(act.action.id), act, marksOf(act));
  return [...acts.values()].filter(isOwn);
}

/** Puts an action into its own place, where it is listed. Somebody late takes no outcome back: each step counts them by one. */
export async function settleAction(documents: Documents, act: ActionDocument): Promise<void> {
  const key = actionKey(act.action.id);
  await documents.change(key.pk, async (change) => {
    const there = await change.get<ActionDocument>(key);
    if (there === undefined || outcomesOf(there) < outcomesOf(act)) change.put(key, act, marksOf(act));
  });
}

function marksOf({ action, outcome, begunAt }: ActionDocument): Marks {
  const { run, policy } = action.cause;
  const seen: SeenAction = {
    ...(run === undefined ? {} : { run }),
    ...(policy === undefined ? {} : { policy }),
    ...(outcome === undefined ? {} : { endedAt: outcome.at }),
  };
  return { change: [actionList(action.id), begunAt], seen };
}

/** Newest first; a page's `next` is the stamp of the last action on it. There are few actions beside images: the list filters. */
async function search(
  requests: Requests,
  documents: Documents,
  { after, limit: asked, ...wish }: ActionQuery,
): Promise<Page<StoredAction>> {
  const limit = Math.min(Math.max(1, Math.trunc(asked)), MAX_LIMIT);
  const before = after === undefined ? {} : { before: readPlace(after) };
  const read = (item: Item) => ({ key: keyOf(item), at: numberOf(item, "gn"), seen: seenOf<SeenAction>(item) });
  async function* wished() {
    for await (const action of newestOf(requests, { lists: ACTION_LISTS, within: 0, page: PAGE, read, ...before }))
      if (isWished(action.seen, wish)) yield action;
  }
  const { shown, ...next } = await pageOf(wished(), limit);
  const items = (await documents.readAll<ActionDocument>(shown.map(({ key }) => key))).flatMap((each) =>
    each === undefined ? [] : [storedOf(each)],
  );
  return { items, ...next };
}

function isWished(seen: SeenAction, { run, policy, since }: Omit<ActionQuery, "after" | "limit">): boolean {
  if (run !== undefined && seen.run !== run) return false;
  if (policy !== undefined && seen.policy?.startsWith(policy) !== true) return false;
  return since === undefined || seen.endedAt === undefined || seen.endedAt >= since;
}

function storedOf({ action, outcome }: { readonly action: Action; readonly outcome?: Outcome }): StoredAction {
  return outcome === undefined ? { action } : { action, outcome };
}
