import * as z from "zod";
import type { ChangeRecord, Outbox } from "../../ports/outbox.ts";
import type { Key } from "./item.ts";
import { nameOf } from "./requests.ts";
import type { Stamps } from "./stamps.ts";
import type { WaitingItems } from "./waiting.ts";

interface Deps {
  readonly waiting: WaitingItems;
  readonly stamps: Stamps;
  /** Numbers what waits. @returns items that cannot be read */
  readonly number: () => Promise<readonly Key[]>;
}

const TEXT = z.object({ S: z.string() });
/** AWS API reference, "StreamRecord": with `NEW_IMAGE`, an item that went has none. */
const CHANGE = z.object({ Keys: z.object({ pk: TEXT, sk: TEXT }), NewImage: z.record(z.string(), z.unknown()).optional() });

interface Named {
  readonly id: string;
  readonly key: Key;
}

export function openOutbox({ waiting, stamps, number }: Deps): Outbox {
  return {
    async number(records) {
      const named = records.flatMap(namedIn);
      if (named.length === 0) return [];
      const since = stamps();
      waiting.add(named.map(({ key }) => ({ key, since })));
      const broken = new Set((await number()).map(nameOf));
      return named.filter(({ key }) => broken.has(nameOf(key))).map(({ id }) => id);
    },
  };
}

/** The item of a record, where something waits in it. */
function namedIn({ id, change }: ChangeRecord): readonly Named[] {
  const { Keys, NewImage } = CHANGE.parse(change);
  return NewImage?.["o"] === undefined ? [] : [{ id, key: { pk: Keys.pk.S, sk: Keys.sk.S } }];
}
