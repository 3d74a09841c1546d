import type { Action, Outcome } from "../../domain/action.ts";
import type { StoredAction } from "../../domain/image-record.ts";
import { type ImageKey, printImageKey } from "../../domain/image-ref.ts";
import type { ActionQuery, LedgerStep, Page } from "../../ports/ledger.ts";
import { CHANGE_INDEX } from "./definition.ts";
import type { Change, Documents } from "./documents.ts";
import { type Key, keyOf, type Marks, numberOf, seenOf } from "./item.ts";
import { readPlace } from "./list-place.ts";
import type { Requests } from "./requests.ts";
import type { Stamps } from "./stamps.ts";

interface ActionDocument extends StoredAction {
  readonly begunAt: number;
}

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
  /** @throws Error on an outcome of an action that was never begun: its step must not be kept */
  write(change: Change, step: Pick<LedgerStep, "intents" | "outcomes">): Promise<void>;
}

const MAX_LIMIT = 500;
const HASH = "action";

/** Actions of one image lie together. Their ids are verb, image and number. */
function actionKey(id: string): Key {
  const [first, last] = [id.indexOf(":"), id.lastIndexOf(":")];
  return { pk: `action#${id.slice(first + 1, last)}`, sk: `${id.slice(0, first)}#${id.slice(last + 1)}` };
}

export function openActions(requests: Requests, documents: Documents, stamps: Stamps): Actions {
  return {
    async find(id) {
      const found = await documents.read<ActionDocument>(actionKey(id));
      return found === undefined ? undefined : storedOf(found);
    },
    async of(key) {
      const found: ActionDocument[] = [];
      for await (const { body } of documents.list<ActionDocument>({ hash: `action#${printImageKey(key)}` })) found.push(body);
      return found.toSorted((one, other) => other.begunAt - one.begunAt).map(storedOf);
    },
    search: (query) => search(requests, documents, query),
    async write(change, { intents, outcomes }) {
      const begun = new Map<string, ActionDocument>();
      for (const action of intents) {
        if ((await change.get(actionKey(action.id))) !== undefined) continue;
        begun.set(action.id, { action, begunAt: stamps() });
      }
      for (const { actionId, outcome } of outcomes) {
        const action = begun.get(actionId) ?? (await change.get<ActionDocument>(actionKey(actionId)));
        if (action === undefined) throw new Error(`action ${actionId} has an outcome and no intent`);
        begun.set(actionId, { ...action, outcome });
      }
      for (const [id, document] of begun) change.put(actionKey(id), document, marksOf(document));
    },
  };
}

function marksOf({ action, outcome, begunAt }: ActionDocument): Marks {
  const { run, policy } = action.cause;
  const seen: SeenAction = {
    ...(run === undefined ? {} : { run }),
    ...(policy === undefined ? {} : { policy }),
    ...(outcome === undefined ? {} : { endedAt: outcome.at }),
  };
  return { change: [HASH, begunAt], seen };
}

/** Newest first; a page's `next` is the stamp of the last action on it. There are few actions beside images: the list filters. */
async function search(
  requests: Requests,
  documents: Documents,
  { after, limit: asked, ...wish }: ActionQuery,
): Promise<Page<StoredAction>> {
  const limit = Math.min(Math.max(1, Math.trunc(asked)), MAX_LIMIT);
  const index = { name: CHANGE_INDEX, hash: "gc", sort: "gn" };
  const to = after === undefined ? {} : { to: readPlace(after) - 1 };
  const found: { readonly key: Key; readonly begunAt: number }[] = [];
  for await (const item of requests.query({ index, hash: HASH, descending: true, ...to })) {
    if (!isWished(seenOf<SeenAction>(item), wish)) continue;
    found.push({ key: keyOf(item), begunAt: numberOf(item, "gn") });
    if (found.length > limit) break;
  }
  const shown = found.slice(0, limit);
  const items = (await documents.readAll<ActionDocument>(shown.map(({ key }) => key))).flatMap((each) =>
    each === undefined ? [] : [storedOf(each)],
  );
  return found.length > limit ? { items, next: String(shown.at(-1)?.begunAt) } : { items };
}

function isWished(seen: SeenAction, { run, policy, since }: Omit<ActionQuery, "after" | "limit">): boolean {
  if (run !== undefined && seen.run !== run) return false;
  if (policy !== undefined && seen.policy?.startsWith(policy) !== true) return false;
  return since === undefined || seen.endedAt === undefined || seen.endedAt >= since;
}

function storedOf({ action, outcome }: { readonly action: Action; readonly outcome?: Outcome }): StoredAction {
  return outcome === undefined ? { action } : { action, outcome };
}
