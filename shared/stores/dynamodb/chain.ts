import { type ChainLink, headText, link } from "../../audit/chain.ts";
import { type AuditEvent, chainOf } from "../../domain/audit-event.ts";
import { parseImageKey } from "../../domain/image-ref.ts";
import type { Chain, Holder } from "./chain-document.ts";
import type { Change } from "./change.ts";
import { type ImageDocument, imageItemKey, marksOf, newImage, touched } from "./image-document.ts";
import type { Key, Marks } from "./item.ts";
import type { Stamps } from "./stamps.ts";

export const GATE = "gate";
const GATE_KEY: Key = { pk: "gate", sk: "chain" };
/** A step that is repeated repeats the events of the steps right before it. */
const REMEMBERED = 32;
const ID_LENGTH = 12;
/** How long an event of the gate's own chain is known when it is told again. */
const KNOWN_FOR_MS = 90 * 24 * 60 * 60 * 1_000;

export function holderKey(chain: string): Key {
  return chain === GATE ? GATE_KEY : imageItemKey(parseImageKey(chain));
}

export function holderMarks(chain: string, holder: Holder & Partial<ImageDocument>): Marks {
  if (chain !== GATE) return marksOf({ ...newImage(parseImageKey(chain)), ...holder });
  return { waits: (holder.chain?.tail ?? []).length > 0 };
}

export interface Chains {
  /** The chain with these events, those left out that it has; `undefined` where nothing is new. */
  extended(name: string, before: Chain | undefined, events: readonly AuditEvent[]): Chain | undefined;
  /** Extends each chain that the events belong to, but for those named. */
  append(change: Change, events: readonly AuditEvent[], but?: string): Promise<void>;
}

export function openChains(signHead: (text: string) => string, stamps: Stamps): Chains {
  function extended(name: string, before: Chain | undefined, events: readonly AuditEvent[]): Chain | undefined {
    const told = [...(before?.told ?? [])];
    const tail = [...(before?.tail ?? [])];
    let end: ChainLink | Chain | undefined = before;
    for (const event of events) {
      const id = event.id.slice(0, ID_LENGTH);
      if (told.includes(id)) continue;
      told.push(id);
      const entry = link(end, event);
      // A clock that is behind the last writer's must not turn the order of the chain.
      tail.push({ at: Math.max(stamps(), (tail.at(-1)?.at ?? 0) + 1), entry });
      end = entry;
    }
    if (end === undefined || end === before) return undefined;
    const { index, hash } = end;
    return { ...before, index, hash, signature: signHead(headText({ chain: name, index, hash })), tail, told: told.slice(-REMEMBERED) };
  }

  async function append(change: Change, events: readonly AuditEvent[], but?: string): Promise<void> {
    for (const [name, some] of Map.groupBy(events, chainOf)) {
      if (name === but) continue;
      const key = holderKey(name);
      const holder = await change.get<Holder & Partial<ImageDocument>>(key);
      const chain = extended(name, holder?.chain, name === GATE ? await unknown(change, some) : some);
      if (chain === undefined) continue;
      const next: Holder = name === GATE ? { chain } : touched({ ...newImage(parseImageKey(name)), ...holder, chain }, stamps());
      change.put(key, next, holderMarks(name, next));
    }
  }

  return { extended, append };
}

/** The gate's chain is long: an item for each event, in the same transaction, tells whether it was told before. */
async function unknown(change: Change, events: readonly AuditEvent[]): Promise<readonly AuditEvent[]> {
  const found: AuditEvent[] = [];
  for (const event of new Map(events.map((each) => [each.id, each])).values()) {
    const key = { pk: `told#${event.id}`, sk: "told" };
    if ((await change.get(key)) !== undefined) continue;
    change.put(key, {}, { endsAt: event.at + KNOWN_FOR_MS });
    found.push(event);
  }
  return found;
}
